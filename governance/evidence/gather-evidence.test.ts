/** From what a forge says and what was seen to the data that a verdict is made from. */
import { describe, expect, test } from "vitest";
import type { ForgeBallot, ForgeProposal } from "../forges/forge.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { DecisionRecord } from "../log/record.ts";
import { newSightings, type Seen, type Sighting } from "../sightings/sighting.ts";
import { evidenceDigest } from "./evidence.ts";
import { type EvidenceInput, gatherEvidence, seenOf } from "./gather-evidence.ts";

const at = Date.UTC(2026, 0, 10);
const plan = (digit: string): string => `sha256:${digit.repeat(64)}`;
const ballot = (id: string, fields: Partial<ForgeBallot> = {}): ForgeBallot => ({
  ...{ id, choice: "yes", head: "head", isEmergency: false, replaces: [], isEdited: false, isReasoned: false },
  by: { kind: "github", id: 2, login: "bob", isBot: false },
  ...fields,
});
const proposal = (fields: Partial<ForgeProposal> = {}): ForgeProposal => ({
  ...{ id: "github:5/7", label: "#7", title: "t", state: "open", isEmergency: false, ballots: [] },
  proposer: { kind: "github", id: 1, login: "alice", isBot: false },
  head: { oid: "head" },
  ...fields,
});
const ratified = (commit: string, time: number): DecisionRecord =>
  ({ kind: "ratified", at: time, merge: { commit, tree: commit }, times: {} }) as unknown as DecisionRecord;
const log = (...records: DecisionRecord[]): LoggedRecord[] =>
  [{ kind: "genesis", at: at - 1_000, commit: "g", tree: "g" } as DecisionRecord, ...records].map((record, index) => ({
    ...{ index, record, digest: String(index) },
  }));

/** Noted at once, or in several passes. */
function gathered(
  of: ForgeProposal,
  input: Partial<EvidenceInput> = {},
  notes: readonly (readonly [number, readonly Seen[]])[] = [[at, seenOf(of, plan("a"))]],
) {
  const sightings: Sighting[] = [];
  const isKnown = (one: Seen): boolean => sightings.some(({ kind, id }) => kind === one.kind && id === one.id);
  for (const [now, seen] of notes) sightings.push(...newSightings(seen, isKnown, sightings.length, now));
  const suspended = { members: [], keys: [] };
  return gatherEvidence({
    repository: "github:5",
    proposal: of,
    sightings,
    records: log(),
    current: "g",
    tree: "t",
    suspended,
    ...input,
  });
}

describe("evidence", () => {
  test("holds numbers of accounts, and no login", () => {
    const of = proposal({
      ballots: [ballot("b", { dismissedBy: { kind: "github", id: 9, login: "root", isBot: false } })],
    });
    expect(JSON.stringify(gathered(of))).not.toMatch(/alice|bob|root/);
    expect(gathered(of).ballots[0]?.by).toMatchObject({ id: 2 });
  });

  test("has the forge's times where it has some, and else those of the first sighting", () => {
    const dated = proposal({
      openedAt: at - 500,
      head: { oid: "head", since: at - 400 },
      ballots: [ballot("b", { at: at - 300 })],
    });
    expect(gathered(dated)).toMatchObject({
      proposal: { openedAt: at - 500, head: { since: at - 400 } },
      ballots: [{ at: at - 300 }],
    });
    expect(gathered(proposal({ ballots: [ballot("b")] }))).toMatchObject({
      proposal: { openedAt: at },
      ballots: [{ at }],
    });
  });

  test("believes the log about the opening, when the sightings were lost", () => {
    const opened = { kind: "opened", at: at - 800, proposal: "github:5/7", openedAt: at - 900 } as DecisionRecord;
    expect(gathered(proposal(), { records: log(opened) }).proposal.openedAt).toBe(at - 900);
  });

  test("takes for the opening what was ratified then, and not what is ratified now", () => {
    const records = log(ratified("early", at - 600), ratified("late", at + 600));
    expect(gathered(proposal({ openedAt: at }), { records, current: "late" }).opening).toBe("early");
    expect(gathered(proposal({ openedAt: at - 900 }), { records }).opening).toBe("g");
  });

  test("never has a head older than the opening", () => {
    expect(gathered(proposal({ openedAt: at, head: { oid: "head", since: at - 5_000 } })).proposal.head.since).toBe(at);
  });

  test("binds a vote without a plan of its own to the plan that was shown when it was cast", () => {
    const of = proposal({
      ballots: [ballot("early", { at: at + 10 }), ballot("late", { at: at + 30 }), ballot("first", { at: at - 10 })],
    });
    const notes = [
      [at, seenOf(proposal(), plan("a"))],
      [at + 20, seenOf(proposal(), plan("b"))],
      [at + 40, seenOf(of, plan("c"))],
    ] as const;
    const plans = Object.fromEntries(gathered(of, {}, notes).ballots.map(({ id, plan: bound }) => [id, bound]));
    expect(plans).toEqual({ early: plan("a"), late: plan("b"), first: plan("a") });
  });

  test("binds a vote for another head to a plan of that head, or to none", () => {
    const of = proposal({ ballots: [ballot("b", { head: "other" })] });
    expect(gathered(of).ballots[0]?.plan).toBe("none was shown");
  });

  test("keeps the plan that a signed ballot names, and where its signature can be checked again", () => {
    const of = proposal({
      ballots: [ballot("b", { plan: plan("f"), signature: { key: "k", isValid: true, object: "tag" } })],
    });
    expect(gathered(of).ballots[0]).toMatchObject({ plan: plan("f"), object: "tag" });
    expect(gathered(of).ballots[0]).not.toHaveProperty("signature");
  });

  test("of a merge says when and after which ballots, never before the opening", () => {
    const of = proposal({ openedAt: at, mergedAt: at - 100, ballots: [ballot("b")] });
    const merge = { kind: "merge", proposal: of.id, id: "m" } as const;
    const evidence = gathered(of, { mergedBy: "m" }, [[at, [...seenOf(of, plan("a")), merge]]]);
    expect(evidence.merged?.at).toBe(at);
    expect(evidence.merged?.sequence).toBeGreaterThan(evidence.ballots[0]?.sequence ?? 9);
  });

  test("that uses what was never noted is an error of the program, not a verdict", () => {
    expect(() => gathered(proposal({ ballots: [ballot("b")] }), {}, [[at, seenOf(proposal(), plan("a"))]])).toThrow(
      /ballot b of github:5\/7 was used before it was noted/,
    );
  });

  test("has one digest for one content", () => {
    const of = proposal({ ballots: [ballot("b")] });
    expect(evidenceDigest(gathered(of))).toBe(evidenceDigest(gathered(of)));
    expect(evidenceDigest(gathered(of))).not.toBe(evidenceDigest(gathered(proposal())));
  });
});
