/** Pull requests as proposals, over one double: each test has pull requests of its own. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Forge, ForgeProposal } from "../../governance/forges/forge.ts";
import { ballotTagName, formatBallot } from "../../governance/forges/git/ballot.ts";
import { ballotBoxOnGithub, remoteRefs } from "../../governance/forges/git/names.ts";
import { ed25519Signer } from "../../governance/signatures/ed25519-signer.ts";
import type { Opened } from "../doubles/github/actor.ts";
import { World } from "./world.ts";

let world: World;
let forge: Forge;
beforeAll(async () => {
  world = await World.start();
  forge = world.forge(world.token());
});
afterAll(() => world.stop());
beforeEach(() => world.clock.advance(60_000));

let files = 0;
const propose = (options: { fork?: boolean; body?: string; base?: string } = {}, login = "alice"): Promise<Opened> =>
  world.double.as(login).propose("A change", { [`models/${files++}.yaml`]: "a: 1\n" }, options);
const account = (login: string) => {
  const { id } = world.double.world.accounts.named(login);
  return { kind: "github", id, login, isBot: false };
};
const said = ({ ballots }: ForgeProposal) =>
  ballots.map(({ by, choice }) => [by.kind === "github" && by.login, choice]);

describe("an open pull request", () => {
  test("is a proposal with what GitHub knows of it", async () => {
    const at = world.clock.now();
    const { number, head } = await propose();
    expect(await world.proposal(forge, number)).toEqual({
      id: `github:${world.double.repository.id}/${number}`,
      label: `#${number}`,
      url: `${world.double.url}/community/policy/pull/${number}`,
      title: "A change",
      proposer: account("alice"),
      openedAt: at,
      state: "open",
      head: { oid: head, since: at, pushedBy: account("alice") },
      isEmergency: false,
      ballots: [],
    });
  });

  test("has votes by everybody, in their order, each for its commit", async () => {
    const { number, head } = await propose();
    const { double, clock } = world;
    await double.as("bob").requestChanges(number, "too large");
    await clock.advance(1_000);
    await double.as("carol").comment(number, `/abstain ${head.slice(0, 12)}`);
    await clock.advance(1_000);
    await double.as("bob").approve(number);
    await double.as("mallory").approve(number);
    const proposal = await world.proposal(forge, number);
    expect(said(proposal)).toEqual([
      ["bob", "no"],
      ["carol", "abstain"],
      ["bob", "yes"],
      ["mallory", "yes"],
    ]);
    expect(proposal.ballots.map((ballot) => ballot.head)).toEqual([head, head, head, head]);
    expect(proposal.ballots[0]).toMatchObject({ isReasoned: true, isEdited: false });
  });

  test("keeps votes on what was there before a push, for that commit", async () => {
    const { number, head, branch } = await propose();
    await world.double.as("bob").approve(number);
    await world.clock.advance(60_000);
    const pushedAt = world.clock.now();
    const next = await world.double.as("bob").push(branch, { "evil.yaml": "b: 1\n" });
    const proposal = await world.proposal(forge, number);
    expect(proposal.head).toEqual({ oid: next, since: pushedAt, pushedBy: account("bob") });
    expect(proposal.ballots.map((ballot) => ballot.head)).toEqual([head]);
  });

  test("from a fork tells who pushed there", async () => {
    const { number, head } = await propose({ fork: true }, "mallory");
    const { head: shown } = await world.proposal(forge, number);
    expect(shown).toMatchObject({ oid: head, pushedBy: account("mallory") });
  });

  test("from a fork that is gone tells nothing of pushes", async () => {
    const { number, head } = await propose({ fork: true, base: "main" }, "carol");
    world.double.world.repositories.named("carol/policy").isDeleted = true;
    expect((await world.proposal(forge, number)).head).toEqual({ oid: head });
  });

  test("of a branch that is not the policy branch is no proposal, and is one since it was turned there", async () => {
    await world.double.as("bob").push("other", { "x.yaml": "x: 1\n" });
    const { number } = await propose({ base: "other" });
    expect((await world.proposals(forge)).map(({ label }) => label)).not.toContain(`#${number}`);
    await world.clock.advance(3_600_000);
    await world.double.as("alice").edit(number, { base: "main" });
    expect((await world.proposals(forge)).map(({ label }) => label)).toContain(`#${number}`);
  });

  test("asks for an emergency by the first line of its description, and by nothing else", async () => {
    const asked = await propose({ body: "/emergency\n\nIt lies." });
    const other = await propose({ body: "No /emergency" });
    expect((await world.proposal(forge, asked.number)).isEmergency).toBe(true);
    expect((await world.proposal(forge, other.number)).isEmergency).toBe(false);
  });

  test("keeps a review that an administrator dismissed, with who did it", async () => {
    const { number } = await propose();
    const review = await world.double.as("bob").requestChanges(number);
    await world.double.as("root").dismissReview(number, review.id);
    const [ballot] = (await world.proposal(forge, number)).ballots;
    expect(ballot).toMatchObject({ choice: "no", by: account("bob"), dismissedBy: account("root") });
    // Not from memory: a service that was started anew sees the same.
    const [anew] = (await world.proposal(world.forge(world.token()), number)).ballots;
    expect(anew).toEqual(ballot);
  });

  test("flags an abstention that somebody edited", async () => {
    const { number, head } = await propose();
    const comment = await world.double.as("bob").comment(number, "I like it");
    await world.clock.advance(1_000);
    await world.double.as("root").editComment(comment, `/abstain ${head}`);
    expect((await world.proposal(forge, number)).ballots).toMatchObject([{ by: account("bob"), isEdited: true }]);
  });

  test("has a vote by number, whatever the account is called now", async () => {
    const { number } = await propose();
    const before = account("carol");
    await world.double.as("carol").approve(number);
    world.double.admin.renameUser("carol", "caroline");
    const stranger = world.double.admin.addUser("carol");
    await world.double.as("carol").approve(number);
    const { ballots } = await world.proposal(world.forge(world.token()), number);
    expect(ballots.map(({ by }) => by.kind === "github" && by.id)).toEqual([before.id, stranger]);
  });

  test("shows no vote of an account that was closed", async () => {
    world.double.admin.addUser("dave");
    const { number } = await propose();
    await world.double.as("dave").approve(number);
    world.double.admin.deleteUser("dave");
    await world.clock.advance(700_000);
    expect((await world.proposal(forge, number)).ballots).toEqual([]);
  });
});

describe("signed ballots", () => {
  test("come from the policy repository's refs, and are kept when somebody deletes the ref", async () => {
    const { number, head } = await propose();
    const signer = ed25519Signer(Buffer.alloc(32, 7));
    world.memberKeys.add(signer.publicKey);
    const { repository, signal } = world;
    const remote = await forge.remote(signal);
    await repository.fetch(remote, forge.fetchRefspecs, { signal });
    const proposal = `github:${world.double.repository.id}/${number}`;
    const plan = `sha256:${"a".repeat(64)}`;
    const message = formatBallot({ proposal, choice: "no", head, plan, emergency: false, replaces: [] });
    const at = world.clock.now();
    const oid = await repository.writeTag({ object: head, name: ballotTagName, message, at, signer });
    const ref = remoteRefs.ballot(ballotBoxOnGithub(number), oid);
    await repository.push(remote, [`${oid}:${ref}`], { signal });
    await repository.fetch(remote, forge.fetchRefspecs, { signal });
    const expected = [{ id: oid, choice: "no", proposal, plan, signature: { key: signer.publicKey, isValid: true } }];
    expect((await world.proposal(forge, number)).ballots).toMatchObject(expected);
    await repository.push(remote, [`:${ref}`], { signal });
    await repository.fetch(remote, forge.fetchRefspecs, { signal });
    expect((await world.proposal(forge, number)).ballots).toMatchObject(expected);
  });
});

describe("a pull request that ended", () => {
  test.each(["merge", "squash", "rebase"] as const)(
    "by %s is merged, and its commit leads back to it",
    async (method) => {
      const { number } = await propose();
      await world.clock.advance(1_000);
      const at = world.clock.now();
      const commit = await world.double.as("root").merge(number, { method });
      const proposal = await world.proposal(forge, number);
      expect(proposal).toMatchObject({ state: "merged", mergeCommit: commit, mergedAt: at });
      expect(await forge.mergeOf(commit, world.signal)).toBe(proposal.id);
      // Without having listed it before.
      expect(await world.forge(world.token()).mergeOf(commit, world.signal)).toBe(proposal.id);
    },
  );

  test("in a merge queue with another has its own commit", async () => {
    const [one, two] = [await propose(), await propose({}, "bob")];
    const last = await world.double.admin.mergeQueue([one.number, two.number]);
    const first = await world.proposal(forge, one.number);
    const second = await world.proposal(forge, two.number);
    expect(second.mergeCommit).toBe(last);
    expect(await forge.mergeOf(first.mergeCommit ?? "", world.signal)).toBe(first.id);
    expect(await forge.mergeOf(last, world.signal)).toBe(second.id);
  });

  test("by rebase is found by each of its commits", async () => {
    const { number, branch } = await propose();
    await world.double.as("alice").push(branch, { "second.yaml": "a: 2\n" });
    const last = await world.double.as("root").merge(number, { method: "rebase" });
    const first = (await world.double.repository.store.commit(last))?.parents[0] ?? "";
    expect(await forge.mergeOf(first, world.signal)).toBe(`github:${world.double.repository.id}/${number}`);
  });

  test("without a merge is closed", async () => {
    const { number } = await propose();
    await world.double.as("alice").close(number);
    expect((await world.proposal(forge, number)).state).toBe("closed");
  });

  test("before the time that is asked for is not listed", async () => {
    const { number } = await propose();
    await world.double.as("alice").close(number);
    await world.clock.advance(5_000);
    const listed = await world.proposals(forge, world.clock.now() - 1_000);
    expect(listed.map(({ label }) => label)).not.toContain(`#${number}`);
  });

  test("counts no dismissal that came after the merge", async () => {
    const { number } = await propose();
    const review = await world.double.as("bob").approve(number);
    await world.double.as("root").merge(number);
    await world.clock.advance(60_000);
    await world.double.as("root").dismissReview(number, review.id);
    const [ballot] = (await world.proposal(forge, number)).ballots;
    expect(ballot).toMatchObject({ choice: "yes" });
    expect(ballot).not.toHaveProperty("dismissedBy");
  });
});

test("the head of a pull request that is open merged nothing", async () => {
  const { head } = await propose();
  expect(await forge.mergeOf(head, world.signal)).toBeUndefined();
});

test("a commit that somebody pushed merged nothing, and one that is not there neither", async () => {
  const pushed = await world.double.as("root").push("main", { "pushed.yaml": "a: 1\n" });
  expect(await forge.mergeOf(pushed, world.signal)).toBeUndefined();
  expect(await forge.mergeOf("f".repeat(40), world.signal)).toBeUndefined();
});
