import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ForgeProposal } from "../forge.ts";
import { withTrailer } from "./merge-of.ts";
import { proposalIdOf, remoteRefs } from "./names.ts";
import { alice, bob, gitWorld, mallory, signal, signerNamed, type World } from "./world.fixture.ts";

let world: World;
beforeEach(async () => {
  world = await gitWorld();
});
afterEach(() => world.remove());

async function listed(forge = world.forge()): Promise<readonly ForgeProposal[]> {
  await world.fetch(forge);
  return (await forge.proposals(0, signal)).proposals;
}

const model = { "models/a.yaml": "a: 1\n" };

describe("who the repository is", () => {
  test("is its first commit, whatever its address is", async () => {
    const identity = await world.forge().identify(signal);
    expect(identity).toEqual({ repository: `git:${world.genesis}`, name: world.remote.url });
  });

  test("stays the same while the branch grows by first parent", async () => {
    await world.push(`${await world.commit([world.genesis], model)}:refs/heads/main`);
    await expect(world.forge().identify(signal)).resolves.toMatchObject({ repository: `git:${world.genesis}` });
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "another repository in its place",
      async () => world.push(`+${await world.commit([], { other: "" })}:refs/heads/main`),
      /does not go back to the commit [0-9a-f]{40} with which this community began/,
    ],
    [
      "a history that has the first commit on a side line only",
      async () => {
        const other = await world.commit([], { other: "" });
        await world.push(`+${await world.commit([other, world.genesis], {})}:refs/heads/main`);
      },
      /does not go back/,
    ],
  ])("%s is refused", async (_, prepare, reason) => {
    await prepare();
    const refused = world.forge().identify(signal);
    await expect(refused).rejects.toMatchObject({ name: "ForgeError", code: "identity", isTransient: false });
    await expect(refused).rejects.toThrow(reason);
  });

  test("a remote without the policy branch is refused", async () => {
    const refused = world.forge({ branch: "policy" }).identify(signal);
    await expect(refused).rejects.toMatchObject({ name: "ForgeError", code: "identity" });
    await expect(refused).rejects.toThrow(/has no branch policy: push it, or name the right branch/);
  });

  test("a remote that is not there is unreachable, and that may pass", async () => {
    const gone = world.forge({ remote: { url: `${world.folder}/nowhere` } }).identify(signal);
    await expect(gone).rejects.toMatchObject({ code: "unreachable", isTransient: true });
  });
});

describe("a proposal", () => {
  test("is its opening, its branch and its ballots", async () => {
    const head = await world.commit([world.genesis], model);
    const { id, oid } = await world.open(alice, head, { title: "Add a" });
    const yes = await world.vote(bob, id, { reason: "small" });
    expect(await listed()).toEqual([
      {
        id,
        label: oid.slice(0, 8),
        title: "Add a",
        proposer: { kind: "key", key: alice.publicKey },
        state: "open",
        head: { oid: head, pushedBy: { kind: "key", key: alice.publicKey } },
        isEmergency: false,
        ballots: [
          {
            id: yes,
            by: { kind: "key", key: bob.publicKey },
            choice: "yes",
            head,
            plan: `sha256:${"0".repeat(64)}`,
            proposal: id,
            isEmergency: false,
            replaces: [],
            isEdited: false,
            isReasoned: true,
            signature: { key: bob.publicKey, isValid: true, object: yes },
          },
        ],
      },
    ]);
  });

  test("to which somebody pushed has another head, and nobody knows who pushed it", async () => {
    const first = await world.commit([world.genesis], model);
    const { oid } = await world.open(alice, first, { emergency: true });
    const second = await world.commit([first], { "models/b.yaml": "b: 1\n" });
    await world.push(`${second}:${remoteRefs.head(oid)}`);
    const [proposal] = await listed();
    expect(proposal).toMatchObject({ head: { oid: second }, isEmergency: true, state: "open" });
    expect(proposal?.head.pushedBy).toBeUndefined();
  });

  test("whose branch is gone is closed, with the head that it had last", async () => {
    const first = await world.commit([world.genesis], model);
    const { oid } = await world.open(alice, first);
    const second = await world.commit([first], { "models/b.yaml": "b: 1\n" });
    await world.push(`${second}:${remoteRefs.head(oid)}`);
    const forge = world.forge();
    await listed(forge);
    await world.push(`:${remoteRefs.head(oid)}`);
    expect(await listed(forge)).toMatchObject([{ state: "closed", head: { oid: second } }]);
    // A service that starts anew knows it too.
    expect(await listed()).toMatchObject([{ state: "closed", head: { oid: second } }]);
  });

  test("is closed by who opened it, and by nobody else", async () => {
    const { id } = await world.open(alice, await world.commit([world.genesis], model));
    for (const other of [bob, mallory]) await world.close(other, id);
    expect(await listed()).toMatchObject([{ id, state: "open" }]);
    await world.close(alice, id);
    expect(await listed()).toMatchObject([{ id, state: "closed" }]);
  });

  test("that the log has decided is not listed any more", async () => {
    const { id } = await world.open(alice, await world.commit([world.genesis], model));
    expect(await listed(world.forge({ isDecided: (one) => one === id }))).toEqual([]);
  });
});

describe("what members said once", () => {
  test("is still there after somebody deleted it from the remote, ballots of others are not", async () => {
    const { id, oid } = await world.open(alice, await world.commit([world.genesis], model));
    const [yes, strange] = [await world.vote(bob, id), await world.vote(mallory, id)];
    const forge = world.forge();
    expect((await listed(forge))[0]?.ballots).toHaveLength(2);
    const refs = [remoteRefs.opening(oid), remoteRefs.ballot(oid, yes), remoteRefs.ballot(oid, strange)];
    await world.push(...refs.map((ref) => `:${ref}`));
    for (const one of [forge, world.forge()]) {
      expect((await listed(one))[0]).toMatchObject({ id, state: "open", ballots: [{ id: yes }] });
    }
  });

  test("a closing, too", async () => {
    const { id, oid } = await world.open(alice, await world.commit([world.genesis], model));
    const closing = await world.close(alice, id);
    const forge = world.forge();
    await listed(forge);
    await world.push(`:${remoteRefs.closing(oid, closing)}`);
    expect(await listed(forge)).toMatchObject([{ state: "closed" }]);
  });
});

describe("what says nothing", () => {
  test("openings that nobody signed, broken ones and those of other repositories are counted and left out", async () => {
    const head = await world.commit([world.genesis], model);
    await world.open(alice, head, { repository: `git:${"1".repeat(40)}` });
    await world.open(alice, head, { head: world.genesis });
    await world.push(`${head}:${remoteRefs.opening(head)}`);
    const lying = { ...alice, sign: (payload: Uint8Array) => bob.sign(Buffer.concat([payload, Buffer.from("x")])) };
    await world.open(lying, head);
    const forge = world.forge();
    await world.fetch(forge);
    expect(await forge.proposals(0, signal)).toEqual({ proposals: [], omitted: 0, refused: 4 });
  });

  test.each<[string, (id: string, head: string) => Promise<string>, object]>([
    [
      "a ballot that points to another commit than it names",
      async (id, head) =>
        tagged(id, { object: world.genesis, message: await messageOf(await world.vote(bob, id, { head })) }),
      { by: { kind: "key", key: bob.publicKey }, choice: "yes" },
    ],
    [
      "a ballot whose words are no ballot",
      (id, head) => tagged(id, { object: head, message: "yes!" }),
      { by: { kind: "key", key: bob.publicKey }, choice: "abstain", plan: "" },
    ],
  ])("%s is listed with a signature that does not hold", async (_, make, expected) => {
    const head = await world.commit([world.genesis], model);
    const { id } = await world.open(alice, head);
    const ballot = await make(id, head);
    const [proposal] = await listed();
    expect(proposal?.ballots.find((one) => one.id === ballot)).toMatchObject({
      ...expected,
      signature: { isValid: false, object: ballot },
    });
  });

  test("a ballot whose signature is of other words is listed as what it is", async () => {
    const { id } = await world.open(alice, await world.commit([world.genesis], model));
    const lying = { ...bob, sign: (payload: Uint8Array) => bob.sign(Buffer.concat([payload, Buffer.from("x")])) };
    const ballot = await world.vote(lying, id, { choice: "no" });
    const [proposal] = await listed();
    expect(proposal?.ballots).toMatchObject([
      { id: ballot, choice: "no", signature: { key: bob.publicKey, isValid: false } },
    ]);
  });

  test("a ref to what is no tag is no ballot", async () => {
    const { id, oid } = await world.open(alice, await world.commit([world.genesis], model));
    await world.push(`${world.genesis}:${remoteRefs.ballot(oid, world.genesis)}`);
    expect(await listed()).toMatchObject([{ id, ballots: [] }]);
  });

  async function tagged(id: string, { object, message }: { object: string; message: string }): Promise<string> {
    const oid = await world.person.writeTag({ object, name: "commonhold-ballot", message, at: 0, signer: bob });
    await world.push(`${oid}:${remoteRefs.ballot(id.slice(-40), oid)}`);
    return oid;
  }

  async function messageOf(oid: string): Promise<string> {
    return (await world.person.tag(oid))!.message;
  }
});

describe("a merge", () => {
  test("is found by the head that it brings in, also when the branch was deleted at once", async () => {
    const head = await world.commit([world.genesis], model);
    const { id, oid } = await world.open(alice, head);
    const forge = world.forge();
    await listed(forge);
    const merge = await world.commit([world.genesis, head], model);
    await world.push(`${merge}:refs/heads/main`, `:${remoteRefs.head(oid)}`);
    expect(await listed(forge)).toMatchObject([{ id, state: "merged", head: { oid: head } }]);
    expect(await forge.mergeOf(merge, signal)).toBe(id);
    expect(await world.forge().mergeOf(merge, signal)).toBe(id);
  });

  test("is listed though the log has decided, so that a second one is seen for what it is", async () => {
    const head = await world.commit([world.genesis], model);
    const { id } = await world.open(alice, head);
    await world.push(`${await world.commit([world.genesis, head], model)}:refs/heads/main`);
    expect(await listed(world.forge({ isDecided: () => true }))).toMatchObject([{ id, state: "merged" }]);
  });

  test("of one commit is found by the name in its message, which by itself ends nothing", async () => {
    const { id, oid } = await world.open(alice, await world.commit([world.genesis], model));
    const squash = await world.commit([world.genesis], model, withTrailer("Add a", id));
    await world.push(`${squash}:refs/heads/main`);
    const forge = world.forge();
    expect(await listed(forge)).toMatchObject([{ id, state: "open" }]);
    expect(await forge.mergeOf(squash, signal)).toBe(id);
    await world.push(`:${remoteRefs.head(oid)}`);
    expect(await listed(forge)).toMatchObject([{ id, state: "merged" }]);
  });

  test("of a head that somebody else proposes too is that of the member", async () => {
    const head = await world.commit([world.genesis], model);
    const theirs = await world.open(alice, head);
    for (const name of ["a", "b", "c"]) await world.open(signerNamed(name), head);
    const merge = await world.commit([world.genesis, head], model);
    await world.push(`${merge}:refs/heads/main`);
    const forge = world.forge();
    await listed(forge);
    expect(await forge.mergeOf(merge, signal)).toBe(theirs.id);
  });

  test("that nobody proposed, and a commit that is not there, are of nothing", async () => {
    const forge = world.forge();
    await world.push(`${await world.commit([world.genesis], model)}:refs/heads/main`);
    await listed(forge);
    const head = (await world.there.resolve("refs/heads/main"))!;
    expect(await forge.mergeOf(head, signal)).toBeUndefined();
    expect(await forge.mergeOf("1".repeat(40), signal)).toBeUndefined();
  });
});

test("one id of a proposal is that of its genesis and opening", () => {
  expect(proposalIdOf("a".repeat(40), "b".repeat(40))).toBe(`git:${"a".repeat(40)}/${"b".repeat(40)}`);
});
