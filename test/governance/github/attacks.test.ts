/**
 * Attacks on a community that governs itself on GitHub, each named by its sentence: the double's real git and its state of GitHub, the
 * service's own passes, its own port. After each, what is in force is still what was decided, and every verdict can be recomputed.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Passed } from "../../../governance/service/pass.ts";
import {
  day,
  type Files,
  hour,
  keys,
  membersOnGitHub,
  minute,
  modelText,
} from "../../../governance/service/testing/policy.fixture.ts";
import { disagreements } from "../replayed.ts";
import { type GitHubCommunity, type PullHandle, startGitHubCommunity } from "./github-community.fixture.ts";

// Git and a server of its own for each take a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let c: GitHubCommunity;
const begin = async (options: Parameters<typeof startGitHubCommunity>[0] = {}): Promise<void> => {
  c = await startGitHubCommunity(options);
  await c.pass();
};
afterEach(async () => {
  const found = await disagreements(c);
  await c.discard();
  expect(found).toEqual([]);
});

const two = { "models/smollm2.yaml": modelText("smollm2", 2) };
const evil = { "models/evil.yaml": modelText("evil") };
const membersWith = (...more: readonly string[]): string =>
  membersOnGitHub({ alice: c.id("alice"), bob: c.id("bob"), carol: c.id("carol") }, ...more);
const mallory = (): string =>
  `  - {number: 4, name: mallory, github: {id: ${c.id("mallory")}, login: mallory}, sshKeys: ["${keys.mallory.publicKey}"], roles: [member], joined: 2026-01-10}\n`;

/** One pass after some time. */
async function passAfter(ms: number): Promise<Passed> {
  await c.clock.advance(ms);
  return c.pass();
}

/** Voted for by two and old enough to be merged. */
async function passed(files: Files = two): Promise<PullHandle> {
  const proposal = await c.propose("alice", files);
  await c.vote("bob", proposal, "yes");
  await passAfter(hour);
  return proposal;
}

/** Merged by an administrator, whatever was voted: nothing but the genesis may ever have been made true. */
async function expectHeld(proposal: PullHandle, code: string, reason?: string): Promise<void> {
  await c.merge(proposal, { by: "root" });
  await c.pass();
  expect(c.last("unratified")).toMatchObject({ code, proposal: proposal.id });
  if (reason !== undefined) expect(c.last("unratified")?.reasons).toContain(reason);
  await expectNothingInForce();
}

async function expectNothingInForce(): Promise<void> {
  // Longer than any timelock.
  await passAfter(4 * day);
  expect(new Set(c.targets.map(({ commit }) => commit))).toEqual(new Set([c.genesis]));
  expect(c.kinds()).not.toContain("ratified");
}

const reasonsShown = (): string[] => c.last("unratified")?.reasons?.slice() ?? [];

describe("a vote counts only for what was voted on, by who may vote", () => {
  test("a push after the approval resets the votes", async () => {
    await begin();
    const proposal = await passed();
    await c.amend(proposal, "alice", evil);
    await passAfter(2 * hour);
    await expectHeld(proposal, "NotPassed", "BallotForOtherHead");
  });

  test("a push after the approval, merged in the same moment", async () => {
    await begin();
    const proposal = await passed();
    await c.amend(proposal, "alice", evil);
    await expectHeld(proposal, "NotPassed", "BallotForOtherHead");
  });

  test("an approval of an old head, given after the push, is for the old head", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    const old = proposal.head;
    await c.amend(proposal, "alice", evil);
    await c.vote("bob", proposal, "yes", { head: old });
    await passAfter(2 * hour);
    await expectHeld(proposal, "NotPassed", "BallotForOtherHead");
  });

  test("who proposes cannot approve; and an approval of theirs that GitHub shows all the same is no second vote", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    await expect(c.vote("alice", proposal, "yes")).rejects.toThrow();
    const { reviews } = c.double.repository.pulls.get(proposal.number) as { reviews: unknown[] };
    const user = c.double.world.accounts.named("alice");
    const at = { submittedAt: c.clock.now(), commit: proposal.head };
    reviews.push({ id: c.double.world.nextId(), user, body: "", state: "APPROVED", ...at });
    await passAfter(2 * hour);
    await expectHeld(proposal, "NotPassed", "QuorumMissing");
  });

  test("approvals of bots and of another App are no votes, whoever they belong to", async () => {
    await begin();
    c.double.admin.addUser("helper[bot]", "write", "Bot");
    const { app } = c.double.admin.addApp("friendly", { pull_requests: "write" });
    const proposal = await c.propose("alice", two);
    for (const login of ["helper[bot]", app.bot.login]) await c.double.as(login).approve(proposal.number);
    await passAfter(2 * hour);
    await expectHeld(proposal, "NotPassed", "BallotOfBot");
    expect(reasonsShown()).toContain("QuorumMissing");
  });

  test("approvals of accounts that are no members are no votes, even of those who administer the repository", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    for (const login of ["root", "service", "mallory", "mallory"]) await c.double.as(login).approve(proposal.number);
    await passAfter(2 * hour);
    await expectHeld(proposal, "NotPassed", "BallotOfNonMember");
    expect(reasonsShown()).toContain("QuorumMissing");
  });

  test("somebody takes the login that a member had: their vote is none, and the member's counts", async () => {
    await begin();
    c.double.admin.renameUser("bob", "robert");
    c.double.admin.addUser("bob", "write");
    const proposal = await c.propose("alice", two);
    await c.vote("bob", proposal, "yes");
    await passAfter(2 * hour);
    expect(c.shown(proposal.head)["vote"]).toContain("Open: 1 yes");
    expect(c.comments(proposal).at(-1)?.body).toContain("is no member");
    await c.double.as("robert").approve(proposal.number);
    await c.pass();
    expect(c.shown(proposal.head)["vote"]).toContain("Passed: 2 yes");
  });

  test("a review against that an administrator dismisses still counts, and who dismissed it is said", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    const review = await c.double.as("bob").requestChanges(proposal.number);
    await c.vote("carol", proposal, "no");
    await c.double.as("root").dismissReview(proposal.number, review.id);
    await passAfter(2 * hour);
    expect(c.shown(proposal.head)["vote"]).toContain("1 yes, 2 no");
    expect(c.comments(proposal).at(-1)?.body).toMatch(/dismissed.*counts/i);
    await expectHeld(proposal, "NotPassed", "DismissalIgnored");
  });

  test("a member's comment that somebody turned into an abstention does not count", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    const comment = await c.double.as("bob").comment(proposal.number, "I like it.");
    await c.clock.advance(minute);
    await c.double.as("root").editComment(comment, `/abstain ${proposal.head}`);
    await passAfter(2 * hour);
    await expectHeld(proposal, "NotPassed", "BallotEdited");
  });

  test("a voter whom the proposal itself adds has no vote on it", async () => {
    await begin();
    const proposal = await c.propose("alice", { "members.yaml": membersWith(mallory()) });
    await c.double.as("mallory").approve(proposal.number);
    await c.vote("mallory", proposal, "yes", { signed: true });
    await passAfter(2 * day);
    await expectHeld(proposal, "NotPassed", "BallotOfNewMember");
  });

  test("who becomes a member while a vote runs has no vote in it", async () => {
    await begin();
    const waiting = await c.propose("alice", two);
    const joins = await c.propose("alice", { "members.yaml": membersWith(mallory()) });
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, joins, "yes", { signed: true });
    await passAfter(day);
    await c.merge(joins);
    await passAfter(3 * day);
    expect(c.last("ratified")?.proposal).toBe(joins.id);
    await c.double.as("mallory").approve(waiting.number);
    await c.pass();
    expect(c.shown(waiting.head)["vote"]).toMatch(/^in_progress: Open: 1 yes, 0 no, 0 abstain of 3 voters/);
    await c.merge(waiting, { by: "root" });
    await c.pass();
    expect(reasonsShown()).toContain("BallotOfNewMember");
  });

  test("where only signed ballots count, reviews are none: GitHub alone cannot change the constitution", async () => {
    await begin();
    const proposal = await c.propose("alice", { "members.yaml": membersWith(mallory()) });
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes");
    await passAfter(2 * day);
    await expectHeld(proposal, "NotPassed", "BallotUnsigned");
  });

  test("a signed ballot that was cast on one pull request is carried to another", async () => {
    await begin();
    const [one, other] = [await c.propose("alice", evil), await c.propose("alice", two)];
    await c.vote("bob", { ...other, id: one.id }, "yes", { signed: true });
    await passAfter(2 * hour);
    await expectHeld(other, "NotPassed", "BallotForOther");
  });

  test("a signed ballot against is deleted from the repository after it was seen", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    await c.vote("bob", proposal, "no", { signed: true });
    await c.vote("carol", proposal, "no", { signed: true });
    await c.pass();
    for (const { name } of await c.remote.refs("refs/commonhold/ballots/")) await c.remote.deleteRef(name);
    await passAfter(2 * hour);
    expect(c.shown(proposal.head)["vote"]).toContain("1 yes, 2 no");
    await expectHeld(proposal, "NotPassed");
  });
});

/** What is in force stays, and nobody is told anything else. */
const inForce = (): string => c.targets.at(-1)?.commit ?? "";

describe("who may push cannot decide", () => {
  test("an administrator merges without votes", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    await passAfter(2 * hour);
    await expectHeld(proposal, "NotPassed", "QuorumMissing");
  });

  test("an administrator pushes to the branch: it is waited for a proposal, then held, said, and offered a way back", async () => {
    await begin();
    const pushed = await c.double.as("root").push("main", evil);
    await c.pass();
    expect(c.kinds()).toEqual(["genesis", "applied"]);
    const { view } = await c.live(2 * minute);
    expect(c.last("unratified")).toMatchObject({ code: "NoProposal", commit: pushed });
    expect(view.troubles).toMatchObject([{ code: "Unratified" }]);
    expect(c.shown(pushed)["ratified"]).toMatch(/^failure: Not ratified: it was pushed without a proposal/);
    const offers = [...c.double.repository.pulls.values()].filter(({ title }) => title.startsWith("Go back to"));
    expect(offers).toMatchObject([{ user: c.double.app.bot, base: { ref: "main" } }]);
    await expectNothingInForce();
    expect([...c.double.repository.pulls.values()]).toHaveLength(1);
  });

  test("a good proposal is merged above a push that nobody voted for: the push does not ride in with it", async () => {
    await begin();
    const proposal = await passed();
    await c.double.as("root").push("main", evil);
    await c.live(2 * minute);
    await c.merge(proposal);
    await c.live(2 * minute);
    expect(c.kinds().filter((kind) => kind === "unratified")).toHaveLength(2);
    await expectNothingInForce();
  });

  test.each(["merge", "squash", "rebase"] as const)(
    "GitHub merges something else than was voted for, by %s",
    async (method) => {
      await begin();
      const proposal = await passed();
      c.double.admin.wrongMerge(evil);
      await c.merge(proposal, { method });
      await c.live(2 * minute);
      expect(c.last("unratified")).toMatchObject({ code: "MergeTreeDiffers", proposal: proposal.id });
      await expectNothingInForce();
    },
  );

  test("a merge queue makes one wrong tree among good ones: that one and what is above it are held", async () => {
    await begin();
    const first = await passed();
    const second = await c.propose("bob", { "models/other.yaml": modelText("other") });
    await c.vote("alice", second, "yes");
    await passAfter(hour);
    const { wrongMerges } = c.double.world;
    wrongMerges.push({}, evil);
    await c.double.admin.mergeQueue([first.number, second.number]);
    await c.pass();
    expect(c.last("ratified")?.proposal).toBe(first.id);
    expect(c.last("unratified")).toMatchObject({ code: "MergeTreeDiffers", proposal: second.id });
    await passAfter(hour);
    expect(inForce()).toBe(c.last("ratified")?.merge?.commit);
  });

  test("an outsider proposes the head of a proposal again: what was voted for is ratified all the same", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    const fork = await c.double.as("mallory").fork();
    await c.double.as("mallory", fork).pushCommit("mine", proposal.head);
    await c.double.as("mallory").openPullRequest({ title: "Mine", head: "mallory:mine" });
    await c.vote("bob", proposal, "yes");
    await passAfter(hour);
    const merge = await c.merge(proposal);
    await passAfter(hour);
    expect(c.last("ratified")).toMatchObject({ proposal: proposal.id, merge: { commit: merge } });
    expect(inForce()).toBe(merge);
  });

  test("a member proposes the head of a later proposal first: what was voted for is ratified all the same", async () => {
    await begin();
    await c.propose("alice", two);
    const voted = await c.propose("alice", two);
    await c.vote("bob", voted, "yes");
    await passAfter(hour);
    await c.merge(voted);
    await c.pass();
    expect(c.last("ratified")?.proposal).toBe(voted.id);
  });

  test("the branch is rewound by force after a decision, which stays in force until it is put back", async () => {
    await begin();
    const merge = await c.merge(await passed());
    await passAfter(hour);
    await c.double.admin.forcePush("main", c.genesis);
    const { view } = await c.pass();
    expect(view.troubles).toMatchObject([{ code: "HistoryRewritten" }]);
    expect(c.kinds().at(-1)).toBe("halted");
    await passAfter(day);
    expect(inForce()).toBe(merge);
    await c.double.admin.forcePush("main", merge);
    expect((await c.pass()).view.troubles).toEqual([]);
    expect(c.kinds().at(-1)).toBe("resumed");
  });

  test("the branch is rewritten by force while a decision waits for its time: it waits on", async () => {
    await begin();
    const merge = await c.merge(await passed());
    await c.pass();
    await c.double.admin.forcePush("main", c.genesis);
    await passAfter(2 * day);
    expect(inForce()).toBe(c.genesis);
    await c.double.admin.forcePush("main", merge);
    await c.pass();
    expect(inForce()).toBe(merge);
  });

  test("the branch is replaced by an orphan history", async () => {
    await begin();
    await c.double.admin.orphan("main", evil);
    expect((await c.live(2 * minute)).view.troubles).toMatchObject([{ code: "HistoryRewritten" }]);
    await expectNothingInForce();
  });

  test("the branch is deleted: everything stays as it is until it is back", async () => {
    await begin();
    await c.double.as("root").deleteBranch("main");
    expect((await c.pass()).view.troubles).toMatchObject([{ code: "ForgeIdentity" }]);
    expect(inForce()).toBe(c.genesis);
    await c.double.as("root").pushCommit("main", c.genesis);
    expect((await c.pass()).view.troubles).toEqual([]);
  });
});

describe("the repository is this one, whatever it is called", () => {
  test("it gets another name: the community goes on", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    c.double.admin.renameRepository("rules");
    await c.vote("bob", proposal, "yes");
    await passAfter(hour);
    const merge = await c.merge(proposal);
    expect((await passAfter(hour)).view.troubles).toEqual([]);
    expect(inForce()).toBe(merge);
  });

  test.each<[string, "app" | "token", () => unknown, string]>([
    ["is transferred to somebody else", "token", () => c.double.admin.transferRepository("evil"), "ForgeIdentity"],
    ["is transferred away from our App", "app", () => c.double.admin.transferRepository("evil"), "ForgeRefused"],
    ["is deleted and made anew under the old name", "app", () => c.double.recreateRepository(), "ForgeIdentity"],
    ["is deleted", "app", () => c.double.admin.deleteRepository(), "ForgeRefused"],
  ])("it %s: nothing of it is believed, and what was decided goes on to be applied", async (_, mode, change, code) => {
    await begin({ mode });
    const merge = await c.merge(await passed());
    await c.pass();
    await change();
    const { view } = await passAfter(hour);
    expect(view.troubles).toMatchObject([{ code, isTransient: false }]);
    expect(inForce()).toBe(merge);
    expect(c.kinds()).toEqual(["genesis", "applied", "opened", "ratified", "applied"]);
  });
});
