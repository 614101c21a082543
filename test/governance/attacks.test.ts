/**
 * Attacks on a community that governs itself by plain git, each named by its sentence: real git objects, real signatures, the
 * service's own passes. After each, what is in force is still what was decided, and every verdict can be recomputed.
 */
import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import {
  type Community,
  constitutionText,
  day,
  genesisFiles,
  hostText,
  hour,
  keys,
  membersText,
  minute,
  modelText,
  type ProposalHandle,
  startCommunity,
} from "../../governance/service/testing/community.fixture.ts";
import { disagreements } from "./replayed.ts";

let c: Community;
const begin = async (options: Parameters<typeof startCommunity>[0] = {}): Promise<void> => {
  c = await startCommunity(options);
  await c.pass();
};
afterEach(async () => {
  const found = await disagreements(c);
  await c.discard();
  expect(found).toEqual([]);
});

const two = { "models/smollm2.yaml": modelText("smollm2", 2) };
const sealed = () => c.log.records[0]?.record as { constitution: string };
const weaker = (previous: string, version = 2): string =>
  constitutionText
    .replace("version: 1", `version: ${version}\nprevious: ${previous}`)
    .replaceAll("period: {min: 1h, max: 7d}", "period: {min: 0s, max: 7d}")
    .replaceAll("quorum: {atLeast: 2}", "quorum: {atLeast: 1}");

/** Voted for by two and old enough to be merged. */
async function passed(files: Record<string, string> = two, by: "alice" | "bob" = "alice"): Promise<ProposalHandle> {
  const proposal = await c.propose(by, files);
  await c.vote(by === "alice" ? "bob" : "alice", proposal, "yes");
  await c.live(hour);
  return proposal;
}

/** Nothing but the genesis may ever have been made true. */
async function expectNothingInForce(): Promise<void> {
  await c.live(8 * day);
  expect(new Set(c.targets.map(({ commit }) => commit))).toEqual(new Set([c.genesis]));
  expect(c.kinds()).not.toContain("ratified");
}

describe("who may push cannot decide", () => {
  test("an administrator's push without a proposal is held, said, and offered a way back", async () => {
    await begin();
    const commit = await c.commit(two);
    await c.push(commit);
    const { view } = await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "NoProposal", commit });
    expect(view.troubles[0]?.sentence).toMatch(/pushed without a proposal.*merge the revert/);
    expect(await c.remote.resolve(`refs/heads/reverts/${commit.slice(0, 12)}`)).toBeDefined();
    await expectNothingInForce();
  });

  test("an administrator merges a proposal without votes", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    await c.live(2 * hour);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "NotPassed" });
    await expectNothingInForce();
  });

  test("a weakened constitution is pushed directly, and a good-looking proposal is merged above it", async () => {
    await begin();
    await c.push(await c.commit({ "constitution.yaml": weaker(sealed().constitution) }));
    const proposal = await c.propose("alice", two);
    await c.vote("bob", proposal, "yes", { plan: `sha256:${"0".repeat(64)}` });
    await c.live(hour);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "NotPassed", proposal: proposal.id });
    await expectNothingInForce();
  });

  test("a proposal that passed is merged above a push that nobody voted for: the push does not ride in with it", async () => {
    await begin();
    const proposal = await passed();
    await c.push(await c.commit({ "models/evil.yaml": modelText("evil") }));
    await c.merge(proposal);
    await c.pass();
    expect(c.kinds().slice(-2)).toEqual(["unratified", "unratified"]);
    await expectNothingInForce();
  });

  test("an empty commit above a push that nobody voted for heals nothing", async () => {
    await begin();
    const pushed = await c.commit({ "models/evil.yaml": modelText("evil") });
    await c.push(pushed);
    await c.pass();
    await c.push(await c.commit({}));
    await c.pass();
    expect(c.kinds().slice(-2)).toEqual(["unratified", "unratified"]);
    await expectNothingInForce();
  });

  test("the merge of a proposal that passed carries one file more than was voted for", async () => {
    await begin();
    const proposal = await passed();
    const more = await c.commit({ "models/evil.yaml": modelText("evil") }, { base: proposal.head });
    await c.merge(proposal, { tree: (await c.remote.commit(more))?.tree as string });
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "MergeTreeDiffers" });
    await expectNothingInForce();
  });

  test("a commit names a proposal that passed and brings in something else", async () => {
    await begin();
    const proposal = await passed();
    const other = await c.commit({ "models/evil.yaml": modelText("evil") });
    const tree = (await c.remote.commit(other))?.tree as string;
    const message = `merge\n\nCommonhold-Proposal: ${proposal.id}\n`;
    await c.push(await c.remote.writeCommit({ tree, parents: [await c.main()], message, at: c.clock.now() }));
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "MergeTreeDiffers", proposal: proposal.id });
    await expectNothingInForce();
  });

  test("the branch is rewound to before a decision", async () => {
    await begin();
    const proposal = await passed();
    const merge = await c.merge(proposal);
    await c.live(hour);
    expect(c.targets.at(-1)?.commit).toBe(merge);
    await c.push(c.genesis);
    const { view } = await c.pass();
    expect(view.troubles).toMatchObject([{ code: "HistoryRewritten" }]);
    expect(c.kinds().at(-1)).toBe("halted");
    await c.live(day);
    expect(c.targets.at(-1)?.commit).toBe(merge);
    await c.push(merge);
    expect((await c.pass()).view.troubles).toEqual([]);
    expect(c.kinds().at(-1)).toBe("resumed");
  });

  test("the branch is replaced by an orphan history with the same files and one more", async () => {
    await begin();
    const files = Object.fromEntries(
      Object.entries(genesisFiles).map(([path, text]) => [path, Buffer.from(text ?? "")]),
    );
    const tree = await c.remote.writeTree(undefined, { ...files, "models/evil.yaml": Buffer.from(modelText("evil")) });
    await c.push(await c.remote.writeCommit({ tree, parents: [], message: "new world", at: c.clock.now() }));
    const { view } = await c.pass();
    expect(view.troubles.length).toBeGreaterThan(0);
    await expectNothingInForce();
  });

  test("while the branch is rewritten, what was ratified and waits for its time waits on", async () => {
    await begin();
    const merge = await c.merge(await passed());
    await c.pass();
    expect(c.last("ratified")).toBeDefined();
    await c.push(c.genesis);
    await c.live(2 * day);
    expect(c.targets.at(-1)?.commit).toBe(c.genesis);
    await c.push(merge);
    await c.pass();
    expect(c.targets.at(-1)?.commit).toBe(merge);
  });

  test("the policy branch is deleted: everything stays as it is", async () => {
    await begin();
    await c.remote.deleteRef("refs/heads/main");
    const { view } = await c.pass();
    expect(view.troubles.length).toBeGreaterThan(0);
    expect(c.targets.at(-1)?.commit).toBe(c.genesis);
    await c.push(c.genesis);
    expect((await c.pass()).view.troubles).toEqual([]);
  });

  test("names that are no text are pushed: held like any push, and a revert heals the branch", async () => {
    await begin();
    const git = (args: readonly string[], input: Buffer): string =>
      execFileSync("git", ["-C", c.remote.path, ...args], { input, encoding: "utf8" }).trim();
    const blob = git(["hash-object", "-w", "--stdin"], Buffer.from("x"));
    const tree = git(
      ["mktree", "-z"],
      Buffer.concat([Buffer.from(`100644 blob ${blob}\t`), Buffer.from([0xff, 0xfe, 0])]),
    );
    const proposal = await c.propose("alice", two);
    const at = c.clock.now();
    const parents = [await c.main(), proposal.head];
    const commit = await c.remote.writeCommit({ tree, parents, message: "odd", at });
    await c.push(commit);
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "Unreadable", commit });
    await c.push((await c.remote.resolve(`refs/heads/reverts/${commit.slice(0, 12)}`)) as string);
    expect((await c.pass()).view.troubles).toEqual([]);
    expect(c.kinds().at(-1)).toBe("restored");
  });

  test("a ballot against is deleted from the remote after it was seen", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    const yes = await c.vote("bob", proposal, "yes");
    const no = await c.vote("carol", proposal, "no");
    const other = await c.vote("bob", proposal, "no", { replaces: [yes] });
    await c.pass();
    for (const ballot of [no, other]) await c.remote.deleteRef(`refs/commonhold/ballots/${proposal.opening}/${ballot}`);
    await c.live(hour);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "NotPassed" });
    await expectNothingInForce();
  });
});

describe("a vote counts only for what was voted on, by who may vote", () => {
  test("a push after the approval resets the votes", async () => {
    await begin();
    const proposal = await passed();
    await c.amend(proposal, "alice", { "models/evil.yaml": modelText("evil") });
    await c.live(2 * hour);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "NotPassed" });
    await expectNothingInForce();
  });

  test("a push after the approval, merged in the same moment", async () => {
    await begin();
    const proposal = await passed();
    await c.amend(proposal, "alice", { "models/evil.yaml": modelText("evil") });
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "NotPassed" });
    await expectNothingInForce();
  });

  test("a vote on an old head does not count", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    const old = proposal.head;
    await c.amend(proposal, "alice", { "models/more.yaml": modelText("more") });
    await c.vote("bob", proposal, "yes", { head: old });
    await c.vote("alice", proposal, "yes");
    await c.live(2 * hour);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("BallotForOtherHead");
    await expectNothingInForce();
  });

  test("who proposes cannot be their own second vote", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    await c.vote("alice", proposal, "yes");
    await c.live(2 * hour);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("QuorumMissing");
    await expectNothingInForce();
  });

  test("ballots of somebody who is no member are no vote, however many", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    for (let ballot = 0; ballot < 20; ballot++) await c.vote("mallory", proposal, ballot % 2 === 0 ? "yes" : "no");
    await c.live(2 * hour);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("QuorumMissing");
    await expectNothingInForce();
  });

  test("an outsider's proposals are not in the log until a member votes", async () => {
    await begin();
    for (let index = 0; index < 5; index++)
      await c.propose("mallory", { [`models/m${index}.yaml`]: modelText(`m${index}`) });
    await c.pass();
    expect(c.kinds()).toEqual(["genesis", "applied"]);
  });

  test("a ballot for another proposal is not carried over", async () => {
    await begin();
    const first = await c.propose("alice", two);
    const second = await c.propose("alice", two, { title: "the same again" });
    await c.vote("bob", second, "yes", { proposalId: first.id });
    await c.live(2 * hour);
    await c.merge(second);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("QuorumMissing");
    await expectNothingInForce();
  });

  test("a voter whom the proposal itself adds has no vote on it", async () => {
    await begin();
    const mallory = `  - {number: 4, name: mallory, sshKeys: ["${keys.mallory.publicKey}"], roles: [member], joined: 2026-01-10}\n`;
    const proposal = await c.propose("alice", { "members.yaml": membersText(mallory) });
    await c.vote("mallory", proposal, "yes");
    await c.live(2 * day);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("BallotOfNewMember");
    await expectNothingInForce();
  });

  test("a ballot that comes after the merge is too late", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    await c.live(2 * hour);
    await c.merge(proposal);
    await c.pass();
    await c.vote("bob", proposal, "yes", { plan: `sha256:${"0".repeat(64)}` });
    await expectNothingInForce();
  });

  test("a signature that was made over another ballot does not count", async () => {
    await begin();
    const proposal = await c.propose("alice", two);
    const honest = await c.vote("bob", proposal, "no");
    await c.remote.deleteRef(`refs/commonhold/ballots/${proposal.opening}/${honest}`);
    const tag = await c.remote.tag(honest);
    const forged = Buffer.from(tag?.signature?.payload ?? [])
      .toString("utf8")
      .replace('"choice":"no"', '"choice":"yes"');
    const signer = { publicKey: keys.bob.publicKey, sign: async () => tag?.signature?.armored ?? "" };
    const message = forged.slice(forged.indexOf("\n\n") + 2);
    const oid = await c.remote.writeTag({
      ...{ object: proposal.head, name: "commonhold-ballot", message, at: c.clock.now(), signer },
    });
    await c.remote.updateRef(`refs/commonhold/ballots/${proposal.opening}/${oid}`, oid);
    await c.live(2 * hour);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("QuorumMissing");
    await expectNothingInForce();
  });
});

describe("the rules cannot be slipped past", () => {
  test("the constitution is smuggled among other files", async () => {
    await begin();
    const proposal = await passed({ ...two, "constitution.yaml": weaker(sealed().constitution) });
    await c.vote("carol", proposal, "yes");
    await c.live(2 * day);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("ConstitutionNotAlone");
    await expectNothingInForce();
  });

  test.each<[string, () => string, string]>([
    ["does not name the one before", () => weaker(`sha256:${"0".repeat(64)}`), "ConstitutionChainBroken"],
    ["skips a version", () => weaker(sealed().constitution, 3), "ConstitutionVersionWrong"],
    ["is rolled back to its own version", () => weaker(sealed().constitution, 1), "ConstitutionInvalid"],
    [
      "could be satisfied by no vote",
      () => weaker(sealed().constitution).replace("quorum: {formula: ceil(2 * n / 3)}", "quorum: {atLeast: 9}"),
      "ConstitutionInfeasible",
    ],
  ])("a constitution that %s cannot pass, whoever votes for it", async (_, text, code) => {
    await begin();
    const proposal = await c.propose("alice", { "constitution.yaml": text() });
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes");
    await c.live(2 * day);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain(code);
    await expectNothingInForce();
  });

  test("weakened rules that were ratified do not help a proposal that was open before", async () => {
    await begin();
    const waiting = await c.propose("alice", two);
    const amendment = await c.propose("bob", { "constitution.yaml": weaker(sealed().constitution) });
    for (const voter of ["alice", "carol"] as const) await c.vote(voter, amendment, "yes");
    await c.live(day);
    const merge = await c.merge(amendment);
    await c.pass();
    expect(c.last("ratified")?.merge?.commit).toBe(merge);
    await c.merge(waiting);
    await c.pass();
    expect(c.last("unratified")?.reasons).toEqual(expect.arrayContaining(["RulesChanged", "QuorumMissing"]));
  });

  test("a proposal with a short timelock is merged above one with a long timelock", async () => {
    await begin();
    const amendment = await c.propose("bob", { "constitution.yaml": weaker(sealed().constitution) });
    for (const voter of ["alice", "carol"] as const) await c.vote(voter, amendment, "yes");
    const short = await c.propose("alice", two);
    await c.vote("bob", short, "yes");
    await c.live(day);
    await c.merge(amendment);
    await c.pass();
    const merge = await c.merge(short);
    await c.pass();
    expect(c.last("ratified")?.merge?.commit).toBe(merge);
    await c.live(3 * day - hour);
    expect(c.targets.at(-1)?.commit).toBe(c.genesis);
    await c.live(2 * hour);
    expect(c.targets.at(-1)?.commit).toBe(merge);
  });

  test("a file is renamed out of a protected path: the class of its old name decides too", async () => {
    await begin();
    const proposal = await c.propose("bob", { "hosts/tower.yaml": undefined, "models/tower.yaml": modelText("tower") });
    await c.vote("carol", proposal, "yes");
    await c.live(2 * hour);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("ConsentMissing");
    await expectNothingInForce();
  });

  test("a machine is changed without its owner", async () => {
    await begin();
    const proposal = await c.propose("bob", { "hosts/tower.yaml": hostText("tower", "alice", true) });
    await c.vote("carol", proposal, "yes");
    await c.live(2 * hour);
    expect((await c.pass()).view.open[0]?.verdict?.state).toBe("needsConsent");
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("ConsentMissing");
    await expectNothingInForce();
  });

  test("a machine's owner says no: their veto ends it", async () => {
    await begin();
    const proposal = await c.propose("bob", { "hosts/tower.yaml": hostText("tower", "alice", true) });
    await c.vote("carol", proposal, "yes");
    await c.vote("alice", proposal, "no");
    await c.live(8 * day);
    expect(c.last("vetoed")?.proposal).toBe(proposal.id);
    await expectNothingInForce();
  });

  test.each(["Constitution.yaml", "models/a\u202eb.yaml"])(
    "the path %j is taken for nothing, whoever votes for it",
    async (path) => {
      await begin();
      const proposal = await c.propose("alice", { [path]: modelText("a") });
      for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes");
      await c.live(3 * hour);
      await c.merge(proposal);
      await c.pass();
      expect(c.last("unratified")?.reasons).toContain("UnsafePaths");
      await expectNothingInForce();
    },
  );

  test("a path that leads out of its folder is refused by git itself (one that is written past git: governance/policy/tree-attacks.test.ts)", async () => {
    await begin();
    const smuggled = c.propose("alice", { "models/../constitution.yaml": modelText("a") });
    await expect(smuggled).rejects.toThrow(/models\/\.\.\/constitution\.yaml/);
  });
});

describe("what is voted for must be possible", () => {
  test.each<[string, Record<string, string | undefined>]>([
    [
      "an object of another kind",
      { "models/smollm2.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: smollm2}\n" },
    ],
    [
      "an object of another namespace",
      { "models/a.yaml": modelText("a").replace("namespace: community", "namespace: kube-system") },
    ],
    ["an alias", { "models/a.yaml": modelText("a").replace("spec:", "x: &a 1\nspec:") }],
    ["a field twice", { "models/a.yaml": modelText("a").replace("replicas: 1", "replicas: 1\n  replicas: 2") }],
    ["an object twice", { "models/b.yaml": modelText("smollm2") }],
    ["no machine and no model at all", { "models/smollm2.yaml": undefined, "hosts/tower.yaml": undefined }],
    ["the end of a machine without a word", { "hosts/tower.yaml": undefined }],
  ])("a tree with %s is not ratified, though everybody voted for it", async (_, files) => {
    await begin();
    const proposal = await c.propose("alice", files);
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes");
    await c.live(3 * hour);
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "PolicyInvalid" });
    await expectNothingInForce();
  });
});

describe("an emergency only takes away, and ends", () => {
  const paused = { "hosts/tower.yaml": hostText("tower", "alice", true) };

  test("signed by two of different affiliation it is in force at once, without a merge, and ends after 72 hours", async () => {
    await begin();
    const proposal = await c.propose("bob", paused, { emergency: true });
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes", { emergency: true });
    await c.pass();
    expect(c.last("emergency")?.proposal).toBe(proposal.id);
    expect(c.targets.at(-1)?.overlays).toMatchObject([{ object: { name: "tower", body: { spec: { pause: true } } } }]);
    await c.live(3 * day - minute);
    expect(c.targets.at(-1)?.overlays).toHaveLength(1);
    await c.live(2 * minute);
    expect(c.targets.at(-1)?.overlays).toEqual([]);
    expect(c.last("emergencyEnded")).toMatchObject({ cause: "expired" });
  });

  test("signed by one alone, or with votes that were not for an emergency, it is nothing", async () => {
    await begin();
    const proposal = await c.propose("bob", paused, { emergency: true });
    await c.vote("bob", proposal, "yes", { emergency: true });
    await c.vote("carol", proposal, "yes");
    await c.live(4 * day);
    expect(c.kinds()).not.toContain("emergency");
    await expectNothingInForce();
  });

  test("used to grant something it is refused, whoever signs", async () => {
    await begin();
    const proposal = await c.propose("bob", two, { emergency: true });
    for (const voter of ["alice", "bob", "carol"] as const) await c.vote(voter, proposal, "yes", { emergency: true });
    await c.live(4 * day);
    expect(c.kinds()).not.toContain("emergency");
    expect(c.last("rejected")?.reasons).toContain("EmergencyGrants");
    await expectNothingInForce();
  });

  test("against a member, it suspends them: their votes do not count, and the quorum does not shrink", async () => {
    await begin();
    const withoutCarol = membersText()
      .split("\n")
      .filter((line) => !line.includes("carol"))
      .join("\n");
    const proposal = await c.propose("alice", { "members.yaml": withoutCarol }, { emergency: true });
    for (const voter of ["alice", "bob"] as const) await c.vote(voter, proposal, "yes", { emergency: true });
    await c.pass();
    expect(c.targets.at(-1)?.overlays).toMatchObject([
      { object: { name: "carol", body: { spec: { suspended: true } } } },
    ]);
    const change = await c.propose("alice", two);
    await c.vote("carol", change, "yes");
    await c.live(2 * hour);
    await c.merge(change);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("BallotOfSuspended");
  });

  test("ratified by an ordinary vote, it lasts", async () => {
    await begin();
    const proposal = await c.propose("bob", paused, { emergency: true });
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes", { emergency: true });
    await c.pass();
    const ordinary = await c.propose("alice", paused);
    await c.vote("bob", ordinary, "yes");
    await c.live(hour);
    const merge = await c.merge(ordinary);
    await c.live(2 * hour);
    expect(c.last("emergencyEnded")).toMatchObject({ cause: "ratified" });
    expect(c.targets.at(-1)?.commit).toBe(merge);
    expect(c.targets.at(-1)?.overlays).toEqual([]);
  });

  test("merged into the branch it is held: what lasts needs an ordinary vote", async () => {
    await begin();
    const proposal = await c.propose("bob", paused, { emergency: true });
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes", { emergency: true });
    await c.pass();
    await c.merge(proposal);
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "EmergencyMerged" });
  });
});

describe("keys and clocks", () => {
  test("a key that was revoked votes no more, even on what was open before", async () => {
    await begin();
    const waiting = await c.propose("alice", two);
    await c.vote("bob", waiting, "yes");
    const newKey = membersText().replace(keys.bob.publicKey, keys.mallory.publicKey);
    const both = membersText().replace(keys.bob.publicKey, `${keys.bob.publicKey}", "${keys.mallory.publicKey}`);
    const add = await c.propose("bob", { "members.yaml": both });
    for (const voter of ["alice", "carol"] as const) await c.vote(voter, add, "yes");
    await c.live(day);
    await c.merge(add);
    await c.live(3 * day);
    const drop = await c.propose("alice", { "members.yaml": newKey });
    for (const voter of ["carol"] as const) await c.vote(voter, drop, "yes");
    await c.live(day);
    await c.merge(drop);
    await c.pass();
    expect(c.last("ratified")?.proposal).toBe(drop.id);
    await c.merge(waiting);
    await c.pass();
    expect(c.last("unratified")?.reasons).toContain("BallotKeyRevoked");
  });

  test("a clock that jumped forward decides nothing while the cluster's own clock contradicts it", async () => {
    c = await startCommunity();
    let real = c.clock.now();
    Object.assign(c.governance, { references: async () => [{ who: "the API server", at: real }] });
    await c.pass();
    const proposal = await c.propose("alice", two);
    await c.vote("bob", proposal, "yes");
    await c.pass();
    await c.clock.advance(30 * day);
    await c.merge(proposal);
    const { view } = await c.pass();
    expect(view.troubles).toMatchObject([{ code: "ClockDiffers" }]);
    expect(c.kinds()).toEqual(["genesis", "applied", "opened"]);
    real = c.clock.now();
    await c.pass();
    // Set right again, the jump is a time that went by: the proposal's merge is judged by it.
    expect(c.kinds().length).toBeGreaterThan(3);
  });

  test("a clock that jumped back behind the log decides nothing", async () => {
    await begin();
    await c.live(day);
    await c.merge(await passed());
    await c.pass();
    const size = c.log.records.length;
    const behind = Object.create(c.clock, { now: { value: () => c.clock.now() - 30 * day } });
    Object.assign(c.governance, { clock: behind });
    const { view } = await c.pass();
    expect(view.troubles).toMatchObject([{ code: "ClockBehindLog" }]);
    expect(c.log.records).toHaveLength(size);
  });
});
