/** Proposals of three people over real git, from opening to what is in force. */
import { afterEach, describe, expect, test } from "vitest";
import { remoteRefs } from "../forges/git/names.ts";
import { replayVerdict } from "../verification/replay.ts";
import { judgingMs, unwokenMs } from "./judging.ts";
import {
  type Community,
  type CommunityOptions,
  day,
  genesisFiles,
  hostText,
  hour,
  minute,
  modelText,
  startCommunity,
} from "./testing/community.fixture.ts";

let community: Community;
afterEach(() => community.discard());
const start = async (options: CommunityOptions = {}): Promise<Community> => {
  community = await startCommunity(options);
  return community;
};

describe("a proposal", () => {
  test("voted for, merged after its period and past its timelock, is in force, and every record says so", async () => {
    const c = await start();
    await c.pass();
    const proposal = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    await c.vote("bob", proposal, "yes");
    await c.live(hour);
    expect(c.kinds()).toEqual(["genesis", "applied", "opened"]);
    const merge = await c.merge(proposal);
    await c.pass();
    expect(c.last("ratified")).toMatchObject({
      decidedBy: "routine",
      tally: { yes: 2, no: 0 },
      merge: { commit: merge },
    });
    await c.live(59 * minute);
    expect(c.last("applied")?.commit).toBe(c.genesis);
    await c.live(minute);
    expect(c.last("applied")?.commit).toBe(merge);
    expect(c.targets.at(-1)?.commit).toBe(merge);
    await expectReplayed(c);
  });

  test.each(["merge", "squash", "rebase"] as const)("of two commits merged by %s is one unit", async (method) => {
    const c = await start();
    await c.pass();
    const proposal = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    await c.amend(proposal, "alice", { "models/second.yaml": modelText("second") });
    // Who pushed is not known in plain git: after a push the proposer votes like everybody.
    for (const voter of ["alice", "bob"] as const) await c.vote(voter, proposal, "yes");
    await c.live(hour);
    const merge = await c.merge(proposal, { method });
    await c.pass();
    expect(c.last("unratified")).toBeUndefined();
    expect(c.last("ratified")?.merge?.commit).toBe(merge);
    await expectReplayed(c);
  });

  test("merged before its period is over is held, and its merge is offered a way back", async () => {
    const c = await start();
    await c.pass();
    const proposal = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    await c.vote("bob", proposal, "yes");
    await c.pass();
    const merge = await c.merge(proposal);
    const { view } = await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "NotPassed", commit: merge, proposal: proposal.id });
    expect(view.troubles).toMatchObject([{ code: "Unratified" }]);
    expect(c.targets.at(-1)?.commit).toBe(c.genesis);
    const revert = await c.remote.resolve(`refs/heads/reverts/${merge.slice(0, 12)}`);
    expect(revert).toBeDefined();
    await c.push(revert as string);
    const after = await c.pass();
    expect(after.view.troubles).toEqual([]);
    expect(c.kinds().at(-1)).toBe("restored");
    await expectReplayed(c);
  });

  test("that nobody votes for expires at its end, and is not judged again", async () => {
    const c = await start();
    await c.pass();
    await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    await c.live(8 * day);
    expect(c.kinds()).toEqual(["genesis", "applied", "opened", "expired"]);
    await expectReplayed(c);
  });

  test("that more vote against than for is rejected at its end", async () => {
    const c = await start();
    await c.pass();
    const proposal = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    await c.vote("bob", proposal, "no");
    await c.vote("carol", proposal, "no");
    await c.live(8 * day);
    expect(c.last("rejected")).toMatchObject({ tally: { yes: 1, no: 2 } });
    await expectReplayed(c);
  });

  test("opened while a pass reads the forge is written down by the next one: no record is older than what it is of", async () => {
    const c = await start();
    await c.pass();
    const openedAt = c.clock.now() + 700;
    await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    const { forge } = c.governance;
    const read = forge.proposals.bind(forge);
    forge.proposals = async (...asked) => {
      const there = await read(...asked);
      return { ...there, proposals: there.proposals.map((proposal) => ({ ...proposal, openedAt })) };
    };
    const { wakeAt } = await c.pass();
    expect(c.kinds()).toEqual(["genesis", "applied"]);
    expect(wakeAt).toBe(openedAt);
    await c.live(wakeAt - c.clock.now());
    expect(c.last("opened")).toMatchObject({ openedAt, at: openedAt });
    await expectReplayed(c);
  });

  test("closed by its proposer ends without a vote", async () => {
    const c = await start();
    await c.pass();
    const proposal = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    await c.pass();
    await c.close("alice", proposal);
    await c.live(hour);
    expect(c.kinds()).toEqual(["genesis", "applied", "opened", "closed"]);
    await expectReplayed(c);
  });

  test.each([
    ["comes with the next pass is open", true, ["opened"]],
    ["is not there in the next pass either is closed", false, ["opened", "closed"]],
  ])("whose branch was not there yet when its opening was read, and %s", async (_, comes, written) => {
    const c = await start();
    await c.pass();
    const proposal = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    const branch = remoteRefs.head(proposal.opening);
    await c.remote.deleteRef(branch);
    await c.pass();
    expect(c.kinds()).toEqual(["genesis", "applied"]);
    if (comes) await c.remote.updateRef(branch, proposal.head);
    await c.pass();
    expect(c.kinds()).toEqual(["genesis", "applied", ...written]);
    await expectReplayed(c);
  });

  test("whose branch moves while the change stays the same keeps its votes", async () => {
    const c = await start({ files: { ...genesisFiles, "models/other.yaml": modelText("other") } });
    await c.pass();
    const first = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    const second = await c.propose("bob", { "models/other.yaml": modelText("other", 3) });
    await c.vote("bob", first, "yes");
    await c.vote("carol", second, "yes");
    await c.live(hour);
    await c.merge(first);
    await c.pass();
    const merge = await c.merge(second);
    await c.pass();
    expect(c.last("ratified")?.merge?.commit).toBe(merge);
    await expectReplayed(c);
  });
});

describe("a pass over many open proposals", () => {
  /** Alice's proposals besides what the test is about, each waiting for its votes. */
  const proposeMany = async (c: Community, count: number): Promise<string[]> => {
    const ids = [];
    for (let at = 0; at < count; at++) {
      ids.push((await c.propose("alice", { [`models/many-${at}.yaml`]: modelText(`many-${at}`) })).id);
    }
    return ids;
  };
  /** What each plan takes by the test's clock, and which heads were planned. */
  const slowPlans = (c: Community, ms: number, onPlanned: () => void = () => undefined): string[] => {
    const planned: string[] = [];
    const plan: Community["governance"]["plan"] = async (_, candidate) => {
      planned.push(candidate);
      await c.clock.advance(ms);
      onPlanned();
      return { problems: [], objects: [], capacity: [], models: [] };
    };
    Object.assign(c.governance, { plan });
    return planned;
  };

  test("applies what is ratified and due before it judges the first of them", async () => {
    const { c, merge } = await startMerged();
    await c.clock.advance(hour);
    await proposeMany(c, 30);
    const inForce: (string | undefined)[] = [];
    const planned = slowPlans(c, 0, () => inForce.push(c.last("applied")?.commit));
    await c.pass();
    expect(planned).toHaveLength(30);
    expect(new Set(inForce)).toEqual(new Set([merge]));
  });

  test("judges as many as it has time for; the next one goes on with the others, and each has its turn", async () => {
    const c = await start();
    await c.pass();
    const ids = await proposeMany(c, 7);
    const planned = slowPlans(c, 0.4 * judgingMs);
    const first = await c.pass();
    expect(planned).toHaveLength(3);
    expect(first.wakeAt).toBeLessThanOrEqual(c.clock.now());
    expect(first.view.unjudged?.size).toBe(4);
    const second = await c.pass();
    // What was judged before is still shown.
    expect(second.view.open).toHaveLength(6);
    const third = await c.pass();
    expect(third.view.open.map(({ proposal }) => proposal.id).toSorted()).toEqual(ids.toSorted());
    expect(new Set(planned.slice(0, 7)).size).toBe(7);
    expect(c.kinds().filter((kind) => kind === "opened")).toHaveLength(7);
  });

  test("has noted the ballots of those that had no turn: when they came does not depend on it", async () => {
    const c = await start();
    await c.pass();
    await proposeMany(c, 4);
    slowPlans(c, judgingMs);
    const proposal = await c.propose("carol", { "models/smollm2.yaml": modelText("smollm2", 2) });
    await c.vote("bob", proposal, "yes");
    const at = c.clock.now();
    const { view } = await c.pass();
    expect(view.unjudged).toContain(proposal.id);
    const ballots = c.governance.journal.of(proposal.id).filter(({ kind }) => kind === "ballot");
    expect(ballots.map((ballot) => ballot.at)).toEqual([at]);
  });

  test("ends early for a notice, though not for every one at once, and takes one further each time", async () => {
    const c = await start();
    await c.pass();
    await proposeMany(c, 5);
    const planned = slowPlans(c, unwokenMs / 2);
    await c.pass(() => true);
    expect(planned).toHaveLength(2);
    const slow = slowPlans(c, unwokenMs);
    for (let passes = 0; passes < 3; passes++) await c.pass(() => true);
    expect(new Set([...planned, ...slow]).size).toBe(5);
  });

  test("ends early when a timelock does", async () => {
    const { c, merge } = await startMerged();
    await proposeMany(c, 3);
    await c.clock.advance(hour - 500);
    const planned = slowPlans(c, 1_000);
    const { wakeAt } = await c.pass();
    expect(planned).toHaveLength(1);
    expect(wakeAt).toBeLessThanOrEqual(c.clock.now());
    await c.pass();
    expect(c.last("applied")?.commit).toBe(merge);
  });

  test("puts an emergency into force though a hundred others wait, and before the next is judged", async () => {
    const c = await start({ files: { ...genesisFiles, "hosts/tower.yaml": hostText("tower", "alice", false) } });
    await c.pass();
    await proposeMany(c, 5);
    const paused = { "hosts/tower.yaml": hostText("tower", "alice", true) };
    const emergency = await c.propose("bob", paused, { emergency: true });
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, emergency, "yes", { emergency: true });
    const planned = slowPlans(c, judgingMs);
    await c.pass();
    expect(c.last("emergency")?.proposal).toBe(emergency.id);
    expect(c.targets.at(-1)?.overlays.map(({ proposal }) => proposal)).toEqual([emergency.id]);
    // The emergency's own, and one of the others.
    expect(planned).toHaveLength(2);
  });
});

describe("a pass", () => {
  test("writes down what could not be applied with its code, once, and that it was applied only when it was", async () => {
    let isRefused = true;
    const failed = { state: "failed", receipts: [], code: "Refused", sentence: "the API server said no" } as const;
    const c = await start({
      outcome: () => (isRefused ? failed : { state: "applied", receipts: [], unchanged: 4 }),
    });
    const { view } = await c.pass();
    await c.pass();
    expect(view.rollout).toMatchObject({ state: "failed", code: "Refused", sentence: "the API server said no" });
    expect(c.kinds()).toEqual(["genesis", "applyFailed"]);
    expect(c.last("applyFailed")).toMatchObject({ commit: c.genesis, code: "Refused" });
    isRefused = false;
    await c.pass();
    await c.pass();
    expect(c.kinds()).toEqual(["genesis", "applyFailed", "applied"]);
    await expectReplayed(c);
  });

  test("believes nothing of a repository that is another one than was pinned, and keeps what is in force", async () => {
    const c = await start();
    await c.pass();
    const commit = await c.commit({ "models/evil.yaml": modelText("evil") });
    await c.push(commit);
    const forge = Object.create(c.governance.forge, {
      identify: { value: async () => ({ repository: `git:${commit}`, name: "another" }) },
    });
    Object.assign(c.governance, { forge });
    const { view } = await c.pass();
    expect(view.troubles).toMatchObject([{ code: "ForgeIdentity", isTransient: false }]);
    expect(c.kinds()).toEqual(["genesis", "applied"]);
    expect(c.targets.at(-1)?.commit).toBe(c.genesis);
  });
});

/** A proposal that passed is merged, and waits for its timelock of an hour. */
async function startMerged(): Promise<{ c: Community; merge: string }> {
  const c = await start();
  await c.pass();
  const proposal = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
  await c.vote("bob", proposal, "yes");
  await c.live(hour);
  const merge = await c.merge(proposal);
  await c.pass();
  return { c, merge };
}

async function expectReplayed(c: Community): Promise<void> {
  for (const { index, record } of c.log.records) {
    const evidence = "evidence" in record && record.evidence ? c.log.stored.get(record.evidence) : undefined;
    const replayed = await replayVerdict({ records: c.log.records, index, evidence, repository: c.local });
    expect([record.kind, replayed]).toEqual([record.kind, { agrees: true }]);
  }
}
