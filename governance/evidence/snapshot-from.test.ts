/** From evidence and git to a snapshot: whatever git can tell is not believed from the evidence. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Community, day, modelText, startCommunity } from "../service/testing/community.fixture.ts";
import { ratifiedCommits } from "../verification/ratified.ts";
import type { Evidence, EvidenceBallot } from "./evidence.ts";
import { snapshotFrom } from "./snapshot-from.ts";

let c: Community;
let evidence: Evidence;
beforeAll(async () => {
  c = await startCommunity();
  await c.pass();
  const proposal = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
  await c.vote("bob", proposal, "no");
  await c.live(8 * day);
  evidence = [...c.log.stored.values()][0] as Evidence;
});
afterAll(() => c.discard());

const ballotsOf = async (bent: Partial<EvidenceBallot>) => {
  const shown = { ...evidence, ballots: evidence.ballots.map((ballot) => ({ ...ballot, ...bent })) };
  const ratified = ratifiedCommits(c.log.records).map(({ commit }) => commit);
  return (await snapshotFrom(shown, { repository: c.local, ratified })).ballots;
};

describe("a signed ballot", () => {
  test("counts as signed where the evidence shows it as it is", async () => {
    expect(await ballotsOf({})).toMatchObject([{ choice: "no", signature: { isValid: true } }]);
  });

  test.each<[string, Partial<EvidenceBallot>]>([
    ["choice", { choice: "yes" }],
    ["head", { head: "0".repeat(40) }],
    ["plan", { plan: `sha256:${"0".repeat(64)}` }],
    ["proposal", { proposal: `git:${"0".repeat(40)}/${"1".repeat(40)}` }],
    ["procedure", { isEmergency: true }],
    ["older ballots", { replaces: ["0".repeat(40)] }],
  ])("shown with another %s than it was signed with counts as not signed", async (_, bent) => {
    expect(await ballotsOf(bent)).toMatchObject([{ signature: { isValid: false } }]);
  });

  test("whose object is not there counts as not signed", async () => {
    expect(await ballotsOf({ object: "0".repeat(40) })).toMatchObject([{ signature: { isValid: false } }]);
  });

  test("whose object is no tag at all is evidence that nobody made", async () => {
    await expect(ballotsOf({ object: c.genesis })).rejects.toThrow(/is a commit/);
  });
});
