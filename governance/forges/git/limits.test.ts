/** Whoever can push can push a great many. What is read and listed stays bounded, and members are not pushed out. */
import { describe, expect, test } from "vitest";
import type { GitRepository, GitTag, Oid, Ref } from "../../git/repository.ts";
import { formatBallot } from "./ballot.ts";
import { BallotReader, ballotsOfKeyMax, readBallots, strangersBallotsMax } from "./ballots.ts";
import { formatOpening } from "./opening.ts";
import { ProposalReader, proposalsMax } from "./proposals.ts";
import { TagReader, tagReadsMax, tagRefsMax } from "./tag-reader.ts";
import { alice, bob, mallory, signal } from "./world.fixture.ts";

const oidOf = (number: number): Oid => number.toString(16).padStart(40, "0");
const refsOf = (count: number, prefix = "x/box/"): Ref[] =>
  Array.from({ length: count }, (_, at) => ({ name: prefix + oidOf(at), oid: oidOf(at) }));

/** A repository that holds tags and nothing else, and counts what is read. */
function tags(tagOf: (oid: Oid) => GitTag | undefined): GitRepository & { reads: Oid[] } {
  const reads: Oid[] = [];
  const repository = {
    reads,
    tag: async (oid: Oid) => {
      reads.push(oid);
      return tagOf(oid);
    },
  };
  return repository as unknown as GitRepository & { reads: Oid[] };
}

const plain = (oid: Oid): GitTag => ({ oid, object: oid, objectType: "commit", name: "t", message: "m" });

describe("reading tags", () => {
  test("each is read once, however often it is asked for", async () => {
    const repository = tags(plain);
    const reader = new TagReader(repository, ({ oid }) => oid);
    for (let pass = 0; pass < 3; pass++) await reader.read(refsOf(10), {});
    expect(repository.reads).toHaveLength(10);
  });

  test("only so many new ones are read in one pass, and the next ones in the next", async () => {
    const repository = tags(plain);
    const reader = new TagReader(repository, ({ oid }) => oid);
    const refs = refsOf(tagReadsMax + 5);
    expect(await reader.read(refs, {})).toMatchObject({ unread: 5 });
    expect((await reader.read(refs, {})).read).toHaveLength(tagReadsMax + 5);
  });

  test("what came first is read first: a well-chosen id overtakes nobody", async () => {
    const repository = tags(plain);
    const reader = new TagReader(repository, ({ oid }) => oid);
    const early = refsOf(2 * tagReadsMax).slice(tagReadsMax);
    const late = refsOf(tagReadsMax);
    await reader.read([...early, { name: "x/box/mine", oid: oidOf(1_000_000) }], {});
    const { read } = await reader.read([...late, ...early, { name: "x/box/mine", oid: oidOf(1_000_000) }], {});
    expect(read).toContain(oidOf(1_000_000));
  });

  test("more refs than anybody needs are not looked at, and counted", async () => {
    const reader = new TagReader(tags(plain), ({ oid }) => oid);
    const { unread, read } = await reader.read(refsOf(tagRefsMax + 3), {});
    expect(unread).toBe(tagRefsMax + 3 - tagReadsMax);
    expect(read).toHaveLength(tagReadsMax);
  });

  test("what is gone is forgotten, and read again when it is back", async () => {
    const repository = tags(plain);
    const reader = new TagReader(repository, ({ oid }) => oid);
    await reader.read(refsOf(3), {});
    expect((await reader.read(refsOf(1), {})).read).toEqual([oidOf(0)]);
    await reader.read(refsOf(3), {});
    expect(repository.reads).toHaveLength(5);
  });

  test("an abort ends it at once", async () => {
    const repository = tags(plain);
    const abort = new AbortController();
    abort.abort(new Error("stopped"));
    const reading = new TagReader(repository, ({ oid }) => oid).read(refsOf(3), { signal: abort.signal });
    await expect(reading).rejects.toThrow("stopped");
    expect(repository.reads).toEqual([]);
  });
});

describe("ballots of one proposal", async () => {
  const head = "c".repeat(40);
  const isMemberKey = (key: string): boolean => key === alice.publicKey || key === bob.publicKey;

  const ballot = async (signer: typeof alice, oid: Oid, replaces: string[] = []): Promise<GitTag> => {
    const said = { choice: "yes", emergency: false, head, plan: `sha256:${"0".repeat(64)}` } as const;
    const message = formatBallot({ ...said, proposal: `git:${head}/${head}`, replaces });
    const payload = Buffer.from(message);
    const signature = { armored: await signer.sign(payload), payload };
    return { oid, object: head, objectType: "commit", name: "commonhold-ballot", message, signature };
  };
  const many = async (signer: typeof alice, from: number, count: number): Promise<GitTag[]> =>
    Promise.all(Array.from({ length: count }, (_, at) => ballot(signer, oidOf(from + at))));
  const boxOf = async (all: readonly GitTag[]) => {
    const byOid = new Map(all.map((tag) => [tag.oid, tag]));
    const refs = all.map(({ oid }) => ({ name: `p/box/${oid}`, oid }));
    const boxes = await new BallotReader(tags((oid) => byOid.get(oid))).boxes(refs, { signal, isMemberKey });
    return boxes.get("box")!;
  };

  test("a stranger's thousand leaves each member's one", async () => {
    const all = [...(await many(mallory, 0, 300)), await ballot(alice, oidOf(5_000)), await ballot(bob, oidOf(6_000))];
    const { ballots, omitted } = await boxOf(all);
    expect(ballots).toHaveLength(strangersBallotsMax + 2);
    expect(omitted).toBe(300 - strangersBallotsMax);
    expect(ballots.slice(-2).map(({ by }) => by)).toEqual(
      [alice, bob].map(({ publicKey }) => ({ kind: "key", key: publicKey })),
    );
  });

  test("who casts too many hides their own older ones and nobody else's", async () => {
    const older = await many(alice, 0, ballotsOfKeyMax + 10);
    const last = await ballot(
      alice,
      oidOf(9_000),
      older.map(({ oid }) => oid),
    );
    const { ballots, omitted } = await boxOf([...older, last, await ballot(bob, oidOf(8_000))]);
    expect(omitted).toBe(11);
    expect(ballots.map(({ id }) => id)).toEqual(expect.arrayContaining([last.oid, oidOf(8_000)]));
  });

  test("one that is there under two refs is one", async () => {
    const one = await ballot(alice, oidOf(1));
    const repository = {
      refs: async () => [1, 2].map((at) => ({ name: `p/box/${at}`, oid: one.oid })),
      tag: async () => one,
    };
    const { ballots } = await readBallots(repository as unknown as GitRepository, "p/box/");
    expect(ballots).toMatchObject([{ id: one.oid, signature: { isValid: true } }]);
  });

  test("one without a signature is of nobody", async () => {
    const { signature: _, ...unsigned } = await ballot(alice, oidOf(1));
    const { ballots } = await boxOf([unsigned]);
    expect(ballots).toMatchObject([{ by: { kind: "key", key: "unsigned" }, signature: { isValid: false } }]);
  });
});

test("a thousand proposals of an outsider leave a member's one its place", async () => {
  const genesis = "0".repeat(40);
  const openings = new Map<Oid, GitTag>();
  const open = async (signer: typeof alice, at: number): Promise<Oid> => {
    const head = oidOf(at);
    const message = formatOpening({
      ...{ base: genesis, head, emergency: false, repository: `git:${genesis}` },
      title: `${at}`,
    });
    const payload = Buffer.from(message);
    const signature = { armored: await signer.sign(payload), payload };
    const oid = oidOf(1_000_000 * (at + 1))
      .split("")
      .toReversed()
      .join("");
    openings.set(oid, { oid, object: head, objectType: "commit", name: "commonhold-opening", message, signature });
    return oid;
  };
  for (let at = 0; at < 1_000; at++) await open(mallory, at);
  const ours = await open(alice, 1_000);
  const refs = [...openings.keys()].flatMap((oid): Ref[] => [
    { name: `refs/policy/commonhold/openings/${oid}`, oid },
    { name: `refs/policy/heads/proposals/${oid.slice(0, 12)}`, oid: oidOf(7) },
  ]);
  const kept: string[] = [];
  const repository = {
    refs: async (prefix: string) => refs.filter(({ name }) => name.startsWith(prefix)),
    tag: async (oid: Oid) => openings.get(oid),
    updateRef: async (name: string) => void kept.push(name),
  };
  const reader = new ProposalReader({
    ...{ repository: repository as unknown as GitRepository, genesis, branch: "main" },
    isMemberKey: (key) => key === alice.publicKey,
    isDecided: () => false,
  });
  const { proposals, omitted } = await reader.list({ signal });
  expect(proposals).toHaveLength(proposalsMax);
  expect(proposals[0]).toMatchObject({ title: "1000", state: "open" });
  expect(omitted).toBe(1_001 - proposalsMax);
  // What strangers push costs no ref of ours.
  expect(kept).toEqual([`refs/commonhold/kept/openings/${ours}`, `refs/commonhold/kept/heads/${ours}`]);
});
