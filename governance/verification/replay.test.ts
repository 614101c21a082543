/** Every part of a record that can be recomputed is: changed anywhere, it disagrees with its evidence and git. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../operator/tlog/canonical-json.ts";
import type { Evidence } from "../evidence/evidence.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { AppliedRecord, DecisionRecord, RecordKind, VerdictRecord } from "../log/record.ts";
import {
  type Community,
  day,
  hostText,
  hour,
  modelText,
  startCommunity,
} from "../service/testing/community.fixture.ts";
import { type Replay, replayVerdict } from "./replay.ts";

let c: Community;

/** One of each kind that is recomputed. */
beforeAll(async () => {
  c = await startCommunity();
  await c.pass();
  const change = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
  await c.vote("bob", change, "yes");
  const emergency = await c.propose(
    "bob",
    { "hosts/tower.yaml": hostText("tower", "alice", true) },
    { emergency: true },
  );
  for (const voter of ["bob", "carol"] as const) await c.vote(voter, emergency, "yes", { emergency: true });
  const early = await c.propose("carol", { "models/other.yaml": modelText("other") });
  await c.live(hour);
  const merge = await c.merge(change);
  await c.pass();
  await c.merge(early);
  await c.pass();
  const tree = (await c.remote.commit(merge))?.tree as string;
  await c.push(await c.remote.writeCommit({ tree, parents: [await c.main()], message: "back", at: c.clock.now() }));
  const taken = await c.propose("carol", { "models/third.yaml": modelText("third") });
  await c.pass();
  await c.close("carol", taken);
  await c.live(3 * day);
}, 60_000);
afterAll(() => c.discard());

const kinds = [
  ...(["genesis", "opened", "ratified", "unratified", "restored", "closed"] as const),
  ...(["emergency", "emergencyEnded", "applied"] as const),
] satisfies RecordKind[];

/** What only the chain of the log holds: what the service and its keys say of themselves, or when they said it. */
const onlyChained: Readonly<Record<(typeof kinds)[number], readonly string[]>> = {
  genesis: ["at", "format", "logKey", "origin", "repository"],
  // Its proposal's verdict has them, and is compared with this.
  opened: ["at", "head", "proposal"],
  ratified: ["at"],
  unratified: ["at", "code"],
  restored: ["at"],
  closed: [],
  emergency: [],
  emergencyEnded: ["at", "cause"],
  applied: ["at", "unchanged"],
};

describe("a replay", () => {
  test("agrees with what was decided", async () => {
    expect(new Set(c.kinds())).toEqual(expect.objectContaining(new Set(kinds)));
    for (const { index } of c.log.records) expect(await replayed(c.log.records, index)).toEqual({ agrees: true });
  });

  test.each(kinds)("finds every change of a record of the kind %s", async (kind) => {
    const index = c.log.records.findIndex(({ record }) => record.kind === kind);
    const record = c.log.records[index]?.record as unknown as JsonObject;
    const unseen: string[] = [];
    for (const path of leavesOf(record).filter(([first]) => first !== "kind")) {
      const bent = changedAt(record, path) as unknown as DecisionRecord;
      const records = c.log.records.toSpliced(index, 1, logged(index, bent));
      const found = await replayed(records, index).catch(() => ({ agrees: false }));
      if (found.agrees) unseen.push(path.join("."));
    }
    expect(unseen.toSorted()).toEqual(onlyChained[kind]);
  });

  test.each<[RecordKind, RecordKind]>([
    ["ratified", "rejected"],
    ["ratified", "emergency"],
    ["emergency", "ratified"],
    ["closed", "expired"],
  ])("does not take a record of the kind %s for %s", async (kind, other) => {
    const index = c.log.records.findIndex(({ record }) => record.kind === kind);
    const bent = { ...c.log.records[index]?.record, kind: other } as DecisionRecord;
    const found = await replayed(c.log.records.toSpliced(index, 1, logged(index, bent)), index);
    expect(found.agrees).toBe(false);
  });

  test("finds a verdict that was made over another tree than was merged: what nobody voted for does not ride in", async () => {
    const { record, bent } = await overAnotherTree();
    expect(bent.differences.join("\n")).toContain(`tree that was judged is`);
    expect(record.kind).toBe("ratified");
  });

  test("finds that a verdict speaks of another opening than the log", async () => {
    const { proposal } = c.last("ratified") as VerdictRecord;
    const opening = c.log.records.findIndex(({ record }) => record.kind === "opened" && record.proposal === proposal);
    const index = c.log.records.findIndex(({ record }) => record.kind === "ratified");
    const earlier = { ...c.log.records[opening]?.record, openedAt: 1 } as DecisionRecord;
    const found = await replayed(c.log.records.toSpliced(opening, 1, logged(opening, earlier)), index);
    expect(found).toMatchObject({ agrees: false, differences: [expect.stringMatching(/^opened is .* recomputed 1$/)] });
  });

  test.each<[string, (applied: AppliedRecord) => AppliedRecord, RegExp]>([
    ["what was never ratified", (applied) => ({ ...applied, commit: "f".repeat(40) }), /was not ratified before/],
    ["what was ratified, before its time", (applied) => ({ ...applied, at: applied.at - 1 }), /before the time of/],
    ["an emergency that nobody called", (applied) => ({ ...applied, emergencies: ["git:x/y"] }), /was not called/],
  ])("finds that %s was in force", async (_, bend, words) => {
    const index = c.log.records.findLastIndex(({ record }) => record.kind === "applied");
    const merged = c.last("ratified")?.merge;
    const applied = { ...c.last("applied"), commit: merged?.commit, tree: merged?.tree } as AppliedRecord;
    const at = c.last("ratified")?.times.appliesAt as number;
    const found = await replayed(c.log.records.toSpliced(index, 1, logged(index, bend({ ...applied, at }))), index);
    expect(found).toMatchObject({ agrees: false, differences: [expect.stringMatching(words)] });
    expect(await replayed(c.log.records.toSpliced(index, 1, logged(index, { ...applied, at })), index)).toEqual({
      agrees: true,
    });
  });

  test("says what is missing where the evidence is not there", async () => {
    const index = c.log.records.findIndex(({ record }) => record.kind === "ratified");
    const found = await replayVerdict({ records: c.log.records, index, evidence: undefined, repository: c.local });
    expect(found).toMatchObject({
      agrees: false,
      differences: [expect.stringMatching(/^its evidence sha256:.* is not there$/)],
    });
  });
});

function logged(index: number, record: DecisionRecord): LoggedRecord {
  return { ...(c.log.records[index] as LoggedRecord), record };
}

/** As a service would write it down that lies: record and evidence fit each other. */
async function overAnotherTree() {
  const index = c.log.records.findIndex(({ record }) => record.kind === "ratified");
  const record = c.log.records[index]?.record as VerdictRecord;
  const stored = (await c.log.evidence(record.evidence)) as Evidence;
  const tree = (await c.local.commit(c.genesis))?.tree as string;
  const bytes = Buffer.from(modelText("evil"));
  const evil = await c.local.writeTree(record.merge?.tree ?? tree, { "models/evil.yaml": bytes });
  const commit = await c.local.writeCommit({ tree: evil, parents: record.merge?.parents ?? [], message: "x", at: 0 });
  const base = await c.local.writeCommit({
    tree: await c.local.writeTree(tree, { "models/evil.yaml": bytes }),
    ...{ parents: [c.genesis], message: "x", at: 0 },
  });
  const merge = { ...(record.merge as NonNullable<VerdictRecord["merge"]>), commit, tree: evil, base };
  const records = c.log.records.toSpliced(index, 1, logged(index, { ...record, merge }));
  const bent = await replayVerdict({ records, index, evidence: stored, repository: c.local });
  return { record, bent: bent.agrees ? { differences: [] } : bent };
}

async function replayed(records: readonly LoggedRecord[], index: number): Promise<Replay> {
  // The evidence that was there, whatever the record names now.
  const original = c.log.records[index]?.record;
  const evidence =
    original && "evidence" in original && original.evidence ? await c.log.evidence(original.evidence) : undefined;
  return replayVerdict({ records, index, evidence, repository: c.local });
}

function leavesOf(value: JsonValue, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, within]) => leavesOf(within, [...path, name]));
}

function changedAt(value: JsonValue, [name, ...rest]: readonly string[]): JsonValue {
  if (name === undefined) return changed(value);
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === name ? changedAt(item, rest) : item));
  const within = value as JsonObject;
  return { ...within, [name]: changedAt(within[name] as JsonValue, rest) };
}

function changed(value: JsonValue): JsonValue {
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  const text = String(value);
  return `${text.slice(0, -1)}${text.endsWith("0") ? "1" : "0"}`;
}
