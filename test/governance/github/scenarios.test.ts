/**
 * What becomes of proposals, the same in every place: three members, real git, real signatures, the service's own passes. What people
 * are shown is looked at where they see it. After each, every verdict can be recomputed.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  constitutionText,
  day,
  type Files,
  genesisFiles,
  hostText,
  hour,
  minute,
  modelText,
} from "../../../governance/service/testing/policy.fixture.ts";
import { disagreements } from "../replayed.ts";
import { type PullHandle, startGitHubCommunity } from "./github-community.fixture.ts";
import { onGitHub, places, type Scene, type Start } from "./scene.fixture.ts";

// Git and a server of its own for each take a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const two = { "models/smollm2.yaml": modelText("smollm2", 2) };
const paused = { "hosts/tower.yaml": hostText("tower", "alice", true) };

type Scenario = (c: Scene) => Promise<void>;

const scenarios: Readonly<Record<string, Scenario | { files: Files; scenario: Scenario }>> = {
  "a proposal that was voted for, merged, and whose timelock is over, is in force": async (c) => {
    const proposal = await c.propose("alice", two);
    await c.pass();
    expect(await c.told(proposal)).toMatchObject({
      vote: expect.stringMatching(/^(pending|in_progress): Open: 1 yes/),
    });
    await c.vote("bob", proposal, "yes");
    await c.live(hour);
    expect(c.kinds()).toEqual(["genesis", "applied", "opened"]);
    expect(await c.told(proposal)).toMatchObject({
      plan: "success: Changes no object; decided as routine",
      vote: expect.stringMatching(/^success: Passed: 2 yes, 0 no, 0 abstain of 3 voters; quorum 2 of 2/),
    });
    const merge = await c.merge(proposal);
    await c.pass();
    expect(c.last("ratified")).toMatchObject({
      decidedBy: "routine",
      tally: { yes: 2, no: 0 },
      merge: { commit: merge },
    });
    expect(await c.toldOn(merge)).toMatch(
      /^(pending|in_progress): Ratified; takes effect no earlier than 2026-01-10T02:00:00Z/,
    );
    expect(c.targets.at(-1)?.commit).toBe(c.genesis);
    await c.live(hour);
    expect(c.targets.at(-1)?.commit).toBe(merge);
    expect(await c.toldOn(merge)).toMatch(/^success: In force/);
  },

  "a proposal that more vote against than for is rejected at its end": async (c) => {
    const proposal = await c.propose("alice", two);
    await c.vote("bob", proposal, "no");
    await c.vote("carol", proposal, "no");
    await c.live(8 * day);
    expect(c.last("rejected")).toMatchObject({ proposal: proposal.id, tally: { yes: 1, no: 2 } });
    expect(await c.told(proposal)).toMatchObject({ vote: expect.stringMatching(/^failure: Rejected: 1 yes, 2 no/) });
  },

  "a proposal of which a machine's owner wants nothing is vetoed": async (c) => {
    const proposal = await c.propose("bob", paused);
    await c.vote("carol", proposal, "yes");
    await c.live(hour);
    expect(await c.told(proposal)).toMatchObject({ vote: expect.stringContaining("Needs consent of alice") });
    await c.vote("alice", proposal, "no");
    await c.live(8 * day);
    expect(c.last("vetoed")).toMatchObject({ proposal: proposal.id });
    expect(await c.told(proposal)).toMatchObject({ vote: expect.stringMatching(/^failure: Vetoed by alice/) });
  },

  "a proposal about a machine passes with its owner's consent": async (c) => {
    const proposal = await c.propose("bob", paused);
    await c.vote("alice", proposal, "yes");
    await c.live(hour);
    const merge = await c.merge(proposal);
    await c.live(hour);
    expect(c.last("ratified")).toMatchObject({ decidedBy: "owner-bound" });
    expect(c.targets.at(-1)?.commit).toBe(merge);
  },

  "a proposal that nobody votes for expires, and is not judged again": async (c) => {
    const proposal = await c.propose("alice", two);
    await c.live(9 * day);
    expect(c.kinds()).toEqual(["genesis", "applied", "opened", "expired"]);
    expect(await c.told(proposal)).toMatchObject({ vote: expect.stringMatching(/^failure: Expired: 1 yes/) });
  },

  "a proposal that its proposer closed ends without a vote": async (c) => {
    const proposal = await c.propose("alice", two);
    await c.pass();
    await c.close("alice", proposal);
    await c.live(hour);
    expect(c.kinds()).toEqual(["genesis", "applied", "opened", "closed"]);
  },

  "an abstention makes a quorum and no majority": async (c) => {
    const proposal = await c.propose("alice", two);
    await c.vote("bob", proposal, "abstain");
    await c.live(hour);
    expect(await c.told(proposal)).toMatchObject({
      vote: expect.stringMatching(/^success: Passed: 1 yes, 0 no, 1 abstain/),
    });
  },

  "an emergency that two signed is in force at once, without a merge, and ends after 72 hours": async (c) => {
    const proposal = await c.propose("bob", paused, { emergency: true });
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes", { emergency: true });
    await c.pass();
    expect(c.last("emergency")).toMatchObject({ proposal: proposal.id, isEmergency: true });
    expect(c.targets.at(-1)?.overlays).toMatchObject([{ object: { name: "tower", body: { spec: { pause: true } } } }]);
    expect(await c.told(proposal)).toMatchObject({ vote: expect.stringMatching(/^success: Emergency passed/) });
    await c.live(3 * day - minute);
    expect(c.targets.at(-1)?.overlays).toHaveLength(1);
    await c.live(2 * minute);
    expect(c.targets.at(-1)?.overlays).toEqual([]);
    expect(c.last("emergencyEnded")).toMatchObject({ proposal: proposal.id, cause: "expired" });
  },

  "a constitution is changed by ballots that are signed": async (c) => {
    const [genesis] = c.log.records;
    const digest = genesis?.record.kind === "genesis" ? genesis.record.constitution : "";
    const amended = constitutionText
      .replace("version: 1", `version: 2\nprevious: ${digest}`)
      .replace("expires: 72h", "expires: 48h");
    const proposal = await c.propose("alice", { "constitution.yaml": amended });
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes", { signed: true });
    await c.live(day);
    const merge = await c.merge(proposal);
    await c.pass();
    expect(c.last("ratified")).toMatchObject({ decidedBy: "constitutional", merge: { commit: merge } });
    await c.live(3 * day);
    expect(c.targets.at(-1)?.commit).toBe(merge);
  },

  ...Object.fromEntries(
    (["merge", "squash", "rebase"] as const).map((method): [string, Scenario] => [
      `two commits of one proposal, merged by ${method}, are one decision`,
      async (c) => {
        const proposal = await c.propose("alice", two);
        await c.amend(proposal, "alice", { "models/second.yaml": modelText("second") });
        for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes");
        await c.live(hour);
        const merge = await c.merge(proposal, { method });
        await c.pass();
        expect(c.last("unratified")).toBeUndefined();
        expect(c.last("ratified")?.merge?.commit).toBe(merge);
      },
    ]),
  ),

  "votes stay when the branch moves and the change is the same": {
    files: { ...genesisFiles, "models/other.yaml": modelText("other") },
    scenario: async (c) => {
      const first = await c.propose("alice", two);
      const second = await c.propose("bob", { "models/other.yaml": modelText("other", 3) });
      await c.vote("bob", first, "yes");
      await c.vote("carol", second, "yes");
      await c.live(hour);
      await c.merge(first);
      await c.pass();
      expect(await c.told(second)).toMatchObject({ vote: expect.stringMatching(/^success: Passed: 2 yes/) });
      const merge = await c.merge(second);
      await c.pass();
      expect(c.last("ratified")).toMatchObject({ merge: { commit: merge }, tally: { yes: 2 } });
    },
  },

  "a proposal that was merged too early is held, said, and goes back by the revert that is offered": async (c) => {
    const proposal = await c.propose("alice", two);
    await c.vote("bob", proposal, "yes");
    await c.pass();
    const merge = await c.merge(proposal);
    const { view } = await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "NotPassed", commit: merge, proposal: proposal.id });
    expect(view.troubles).toMatchObject([{ code: "Unratified" }]);
    expect(await c.toldOn(merge)).toMatch(/^failure: Not ratified: its proposal had not passed when it was merged/);
    await c.revert(merge);
    expect((await c.live(2 * minute)).view.troubles).toEqual([]);
    expect(c.kinds().at(-1)).toBe("restored");
    expect(new Set(c.targets.map(({ commit }) => commit))).toEqual(new Set([c.genesis]));
  },
};

let c: Scene;
afterEach(async () => {
  const found = await disagreements(c);
  await c.discard();
  expect(found).toEqual([]);
});

/** Elsewhere only what is shown in another way, or what most happens in; all of it in the long run. */
const shownOtherwise = /whose timelock is over|too early|emergency that two signed|constitution is changed/;
const isFull = process.env["COMMONHOLD_TEST_FULL"] === "1";

describe.each(places)("%s", (place: string, start: Start) => {
  const all = Object.entries(scenarios);
  const isWhole = isFull || !/token|twice/.test(place);
  const played = isWhole ? all : all.filter(([name]) => shownOtherwise.test(name));
  test.each(played)("%s", async (__, one) => {
    c = await start(typeof one === "function" ? {} : { files: one.files });
    await c.pass();
    await (typeof one === "function" ? one(c) : one.scenario(c));
  });
});

describe("a merge queue of GitHub", () => {
  test.each(["merge", "squash", "rebase"] as const)(
    "lands three proposals in one push by %s: three decisions",
    async (method) => {
      const names = ["first", "second", "third"];
      const files = Object.fromEntries(names.map((name) => [`models/${name}.yaml`, modelText(name)]));
      const community = await startGitHubCommunity({ files: { ...genesisFiles, ...files } });
      c = onGitHub(community);
      await c.pass();
      const proposals: PullHandle[] = [];
      for (const name of names) {
        const proposal = await community.propose("alice", { [`models/${name}.yaml`]: modelText(name, 2) });
        await community.vote("bob", proposal, "yes");
        proposals.push(proposal);
      }
      await c.live(hour);
      const tip = await community.double.admin.mergeQueue(
        proposals.map(({ number }) => number),
        { method },
      );
      await c.pass();
      const decided = c.log.records.flatMap(({ record }) => (record.kind === "ratified" ? [record] : []));
      expect(decided.map(({ proposal }) => proposal)).toEqual(proposals.map(({ id }) => id));
      expect(decided.at(-1)?.merge?.commit).toBe(tip);
      await c.live(hour);
      expect(c.targets.at(-1)?.commit).toBe(tip);
    },
  );
});
