/** The log as its entries say it is, without git: what anybody checks, and what nobody gets past it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, type JsonValue } from "../../operator/tlog/canonical-json.ts";
import { formatPublicKey, type PrivateNoteKey } from "../../operator/tlog/note/key.ts";
import { signCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import { runs } from "../../test/runs.ts";
import { CheckedLog } from "./checked-log.ts";
import type { LogEntry } from "./entry.ts";
import { LogError, type LogErrorCode } from "./log-error.ts";
import {
  evidenceOf,
  genesisRecord,
  halted,
  logKey,
  nextKey,
  oid,
  opened,
  origin,
  rejected,
  strangerKey,
} from "./log-world.fixture.ts";
import type { DecisionRecord, KeyRotatedRecord } from "./record.ts";
import type { LogTrust } from "./trust.ts";

const rotated = (from: PrivateNoteKey, to: PrivateNoteKey, more: Partial<KeyRotatedRecord> = {}): DecisionRecord => ({
  kind: "keyRotated",
  at: genesisRecord.at,
  previousKey: formatPublicKey(from),
  nextKey: formatPublicKey(to),
  ...more,
});

describe("a log", () => {
  const records = [genesisRecord, opened(1), rejected(2), halted(3)];

  test("is followed to its end, and has there what its writer had", () => {
    const log = followed(written(records));
    expect(log.records.map(({ record }) => record)).toEqual(records);
    expect(log.head).toEqual(log.head);
    expect(log.tree.root(4)).toEqual(log.head.root);
    expect(log.evidence((records[2] as { evidence: string }).evidence)).toMatchObject({ index: 2 });
  });

  test.each<[string, (entries: LogEntry[]) => (LogEntry | undefined)[], LogErrorCode, number]>([
    ["without its first record", ([, ...rest]) => rest, "rewritten", 0],
    ["without one in the middle", ([a, b, , d]) => [a, b, d], "rewritten", 2],
    ["with two in another order", ([a, b, c, d]) => [a, c, b, d], "rewritten", 1],
    ["with one twice", ([a, b, c]) => [a, b, b, c], "rewritten", 2],
    ["that begins anew", ([a, b]) => [a, b, a], "rewritten", 2],
    [
      "whose checkpoint is that of the record before",
      ([a, b]) => [a, with_(b, { checkpoint: a!.checkpoint })],
      "rewritten",
      1,
    ],
    ["without a checkpoint", ([a, b]) => [a, with_(b, { checkpoint: Buffer.alloc(0) })], "damaged", 1],
    ["whose checkpoint is no note", ([a, b]) => [a, with_(b, { checkpoint: Buffer.from("hello") })], "damaged", 1],
    ["whose evidence is missing", ([a, b, c]) => [a, b, bare(c)], "damaged", 2],
    ["whose evidence is that of another", ([a, b, c]) => [a, b, with_(c, { evidence: stored(5) })], "rewritten", 2],
    ["with evidence that no record names", ([a, b]) => [a, with_(b, { evidence: stored(5) })], "damaged", 1],
    ["whose last checkpoint a stranger signed", ([a, b, c]) => [a, b, resigned(c!, strangerKey)], "wrong-key", 2],
  ])("%s is refused by that record", (_, bend, code, index) => {
    expect(refusal(bend(written(records)))).toMatchObject({ code, index });
  });

  test.each<[string, JsonValue, LogErrorCode]>([
    ["of no kind", { at: 1 }, "damaged"],
    ["of a kind that there is not", { kind: "hello", at: 1 }, "damaged"],
    ["with more than its kind has", { ...(halted(1) as object), why: "because" } as JsonValue, "damaged"],
    ["that is a second genesis", genesisRecord as unknown as JsonValue, "damaged"],
  ])("with a record %s is refused, though it is chained and signed", (_, record, code) => {
    const [first] = written(records);
    const log = followed([first]);
    const { linked, head } = log.draft(record as unknown as DecisionRecord);
    const checkpoint = Buffer.from(signCheckpoint({ origin, ...head, extensions: [] }, [logKey]));
    const second = { index: 1, commit: oid("1"), record: linked.bytes, checkpoint };
    expect(refusal([first, second])).toMatchObject({ code, index: 1 });
  });

  test.each<[string, DecisionRecord, LogErrorCode]>([
    ["a halt", halted(1), "wrong-genesis"],
    ["a genesis of a log that a witness signs", { ...genesisRecord, logKey: "ada.example+b1d8c8a2+BAAA" }, "damaged"],
  ])("that begins with %s is refused", (_, record, code) => {
    expect(refusal(unchecked(record))).toMatchObject({ code, index: 0 });
  });
});

describe("keys", () => {
  const keys = [logKey, nextKey, strangerKey];

  test.each<[string, DecisionRecord[], PrivateNoteKey[][]]>([
    ["once", [rotated(logKey, nextKey), halted(1)], [[logKey, nextKey], [nextKey]]],
    ["as the last thing", [rotated(logKey, nextKey)], [[logKey, nextKey]]],
    [
      "and back",
      [rotated(logKey, nextKey), rotated(nextKey, logKey), halted(1)],
      [[logKey, nextKey], [nextKey, logKey], [logKey]],
    ],
    ["without their predecessor", [rotated(logKey, nextKey, { isLost: true }), halted(1)], [[nextKey], [nextKey]]],
  ])("hand over %s", (_, records, signers) => {
    const log = followed(written([genesisRecord, ...records], (index) => signers[index - 1] ?? [logKey]));
    expect(log.size).toBe(records.length + 1);
  });

  test.each<[string, DecisionRecord[], PrivateNoteKey[][], number]>([
    ["that the old one did not sign", [rotated(logKey, nextKey)], [[nextKey]], 1],
    ["that the new one did not sign", [rotated(logKey, nextKey)], [[logKey]], 1],
    ["that nobody signed", [rotated(logKey, nextKey)], [[strangerKey]], 1],
    ["from a key that never signed", [rotated(strangerKey, nextKey)], [[strangerKey, nextKey]], 1],
    [
      "from a key that was given up",
      [rotated(logKey, nextKey), rotated(logKey, strangerKey)],
      [
        [logKey, nextKey],
        [logKey, strangerKey],
      ],
      2,
    ],
    ["that is lost and not signed by the next", [rotated(logKey, nextKey, { isLost: true })], [[logKey]], 1],
    ["after which the old key goes on", [rotated(logKey, nextKey), halted(1)], [[logKey, nextKey], [logKey]], 2],
  ])("are refused in a rotation %s", (_, records, signers, index) => {
    const entries = written([genesisRecord, ...records], (at) => signers[at - 1] ?? [logKey]);
    expect(refusal(entries)).toMatchObject({ code: "wrong-key", index });
  });

  test("are refused where what names them is no key", () => {
    const record = { ...rotated(logKey, nextKey), nextKey: "hello" } as DecisionRecord;
    expect(refusal(written([genesisRecord, record], () => keys))).toMatchObject({ code: "damaged", index: 1 });
  });

  const proved = [rotated(logKey, nextKey), halted(1)];
  const lost = [rotated(logKey, nextKey, { isLost: true }), halted(1)];
  const genesisDigest = followed(written([genesisRecord])).records[0]!.digest;

  test.each<[string, DecisionRecord[], LogTrust, number | undefined | "trusted"]>([
    ["the first key", proved, { keys: [logKey] }, "trusted"],
    ["the last key", proved, { keys: [nextKey] }, "trusted"],
    ["the genesis", proved, { genesisDigest }, "trusted"],
    ["nothing", lost, {}, "trusted"],
    ["another key", proved, { keys: [strangerKey] }, undefined],
    ["the key that was lost", lost, { keys: [logKey] }, 1],
    ["the genesis before a key was lost", lost, { genesisDigest }, 1],
    ["the key that came after the lost one", lost, { keys: [nextKey] }, "trusted"],
    ["the genesis and the key that came after", lost, { genesisDigest, keys: [nextKey] }, "trusted"],
    ["the genesis and what the log was after it", lost, { genesisDigest, minimum: headOf(lost, 2) }, "trusted"],
    ["the genesis and what the log was before it", lost, { genesisDigest, minimum: headOf(lost, 1) }, 1],
    ["the genesis and only saw the rest", lost, { genesisDigest, seen: headOf(lost, 3) }, 1],
  ])("are believed or not by who trusts %s", (_, records, trust, expected) => {
    const signers = records === lost ? [[nextKey], [nextKey]] : [[logKey, nextKey], [nextKey]];
    const entries = written([genesisRecord, ...records], (index) => signers[index - 1] ?? [logKey]);
    if (expected === "trusted") expect(followed(entries, trust).size).toBe(3);
    else expect(refusal(entries, trust)).toMatchObject({ code: "wrong-key", index: expected });
  });
});

describe("any log", () => {
  const record = fc.oneof(
    fc.nat(99).map(halted),
    fc.nat(99).map(opened),
    fc.nat(99).map((at) => rejected(at)),
  );
  const records = fc.array(record, { minLength: 1, maxLength: 12 }).map((some) => [genesisRecord, ...some]);

  test("that was written is followed, and every beginning of it is pinned in it", () => {
    fc.assert(
      fc.property(records, (all) => {
        const entries = written(all);
        const log = followed(entries);
        for (let size = 1; size <= log.size; size++) {
          const minimum = { size, root: log.tree.root(size) };
          expect(followed(entries, { minimum }).size).toBe(log.size);
          if (size < log.size)
            expect(refusal(entries.slice(0, size), { minimum: log.head })).toMatchObject({
              code: "truncated",
              index: size,
            });
        }
      }),
      runs(20),
    );
  });

  test("of which one record but the last is that of another history is refused at it, or at the one after it", () => {
    fc.assert(
      fc.property(records, records, fc.nat(), (all, others, at) => {
        const [entries, foreign] = [written(all), written(others)];
        const index = at % Math.min(entries.length - 1, foreign.length);
        const [own, other] = [entries[index]!, foreign[index]!];
        fc.pre(!Buffer.from(own.record).equals(other.record));
        const bent = entries.map((entry) => (entry.index === index ? other : entry));
        expect([index, index + 1]).toContain(refusal(bent).index);
      }),
      runs(50),
    );
  });

  test("that goes on differently is refused by who pinned where it had come", () => {
    fc.assert(
      fc.property(records, records, (all, others) => {
        const log = followed(written(all));
        const foreign = written(others);
        fc.pre(foreign.length >= log.size && !same(all, others.slice(0, all.length)));
        expect(refusal(foreign, { minimum: log.head })).toMatchObject({ code: "rewritten", index: log.size - 1 });
      }),
      runs(50),
    );
  });
});

/** As a writer with these keys would. */
function written(
  records: readonly DecisionRecord[],
  keysAt: (index: number) => readonly PrivateNoteKey[] = () => [logKey],
): LogEntry[] {
  const chain = new CheckedLog();
  return records.map((record, index) => {
    const entry = entryOf(chain, record, index, keysAt(index));
    try {
      chain.take(entry);
    } catch {
      // Its reader will say why.
    }
    return entry;
  });
}

function entryOf(log: CheckedLog, record: DecisionRecord, index: number, keys: readonly PrivateNoteKey[]): LogEntry {
  const { linked, head } = log.draft(record);
  const checkpoint = Buffer.from(signCheckpoint({ origin, ...head, extensions: [] }, keys));
  const at = record.at - genesisRecord.at;
  const evidence = record.kind === "rejected" ? { evidence: stored(at) } : {};
  return { index, commit: String(index).padStart(40, "0"), record: linked.bytes, checkpoint, ...evidence };
}

function headOf(records: readonly DecisionRecord[], size: number) {
  const signers = [[nextKey], [nextKey]];
  const log = followed(written([genesisRecord, ...records], (index) => signers[index - 1] ?? [logKey]));
  return { size, root: log.tree.root(size) };
}

function unchecked(record: DecisionRecord): LogEntry[] {
  return [entryOf(new CheckedLog(), record, 0, [logKey])];
}

function stored(at: number) {
  return { oid: oid("e"), bytes: Buffer.from(canonicalJson(evidenceOf(at) as unknown as JsonValue)) };
}

function with_(entry: LogEntry | undefined, more: Partial<LogEntry>): LogEntry {
  return { ...entry!, ...more };
}

function bare(entry: LogEntry | undefined): LogEntry {
  const { evidence: _, ...rest } = entry!;
  return rest;
}

function resigned(entry: LogEntry, key: PrivateNoteKey): LogEntry {
  const [name, size, root] = Buffer.from(entry.checkpoint).toString().split("\n");
  const head = { origin: name!, size: Number(size), root: Buffer.from(root!, "base64"), extensions: [] };
  return { ...entry, checkpoint: Buffer.from(signCheckpoint(head, [key])) };
}

/** Their places are those that they have here. */
function followed(entries: readonly (LogEntry | undefined)[], trust: LogTrust = {}): CheckedLog {
  const log = new CheckedLog(trust);
  for (const [index, entry] of entries.entries()) log.take({ ...entry!, index });
  log.assertWhole();
  return log;
}

function refusal(entries: readonly (LogEntry | undefined)[], trust?: LogTrust): LogError {
  try {
    followed(entries, trust);
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
  throw new Error("it was believed");
}

function same(a: readonly DecisionRecord[], b: readonly DecisionRecord[]): boolean {
  return canonicalJson(a as unknown as JsonValue) === canonicalJson(b as unknown as JsonValue);
}
