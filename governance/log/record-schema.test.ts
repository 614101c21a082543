import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../operator/tlog/canonical-json.ts";
import { digest, genesisRecord, halted, nextSigner, oid, opened, rejected } from "./log-world.fixture.ts";
import type { DecisionRecord, RecordKind } from "./record.ts";
import { parseRecord } from "./record-schema.ts";

const at = genesisRecord.at;
const proposal = "github:123456/7";
const verdict = (kind: "ratified" | "vetoed" | "expired" | "closed" | "emergency"): DecisionRecord => ({
  ...rejected(1),
  kind,
  merge: { commit: oid("1"), parents: [oid("2"), oid("3")], base: oid("2"), tree: oid("4") },
});
const receipts = [
  { group: "commonhold.dev", version: "v1", kind: "ModelHost", name: "a", result: "created" } as const,
  {
    group: "",
    version: "v1",
    kind: "X",
    namespace: "n",
    name: "b",
    uid: "u",
    resourceVersion: "7",
    result: "failed",
    reason: "Conflict",
  } as const,
];

/** One of each kind, with all members that it may have. */
const samples: Readonly<Record<RecordKind, DecisionRecord>> = {
  genesis: genesisRecord,
  opened: opened(1),
  ratified: verdict("ratified"),
  rejected: rejected(1),
  vetoed: verdict("vetoed"),
  expired: verdict("expired"),
  closed: verdict("closed"),
  emergency: verdict("emergency"),
  unratified: {
    ...{
      kind: "unratified",
      at,
      commit: oid("1"),
      parents: [oid("2")],
      tree: oid("3"),
      from: oid("4"),
      code: "NotPassed",
    },
    ...{ proposal, evidence: digest("5"), reasons: ["ShareMissing"] },
  },
  restored: { kind: "restored", at, commit: oid("1"), tree: oid("2"), from: oid("3") },
  emergencyEnded: { kind: "emergencyEnded", at, proposal, cause: "superseded" },
  applied: { kind: "applied", at, commit: oid("1"), tree: oid("2"), emergencies: [proposal], receipts, unchanged: 3 },
  applyFailed: { kind: "applyFailed", at, commit: oid("1"), tree: oid("2"), code: "Unreachable", receipts },
  halted: halted(1),
  resumed: { kind: "resumed", at, commit: oid("1") },
  keyRotated: {
    kind: "keyRotated",
    at,
    previousKey: "a",
    nextKey: "b",
    nextSigner: nextSigner.publicKey,
    isLost: true,
  },
  ledgerRoot: { kind: "ledgerRoot", at, day: "2026-11-27", size: 3, root: "AAAA" },
};

describe.each(Object.entries(samples))("a record of the kind %s", (_, sample) => {
  const fields = sample as unknown as JsonObject;

  test("is taken as it is", () => {
    expect(parseRecord(fields)).toEqual(sample);
  });

  test("is refused with a member more, anywhere in it", () => {
    const places = objectsIn(fields);
    expect(places).toBeGreaterThan(0);
    for (let place = 0; place < places; place++) {
      // What counts votes may have any names.
      const bent = withMember(fields, place);
      if (isTally(fields, place)) continue;
      expect(() => parseRecord(bent), JSON.stringify(bent)).toThrow(TypeError);
    }
  });

  test("is refused without any of what it must have, and with anything else in its place", () => {
    const optional = new Set(["merge", "proposal", "evidence", "reasons", "signer", "nextSigner", "isLost"]);
    for (const name of Object.keys(fields)) {
      const { [name]: __, ...without } = fields;
      const isOptional =
        (optional.has(name) &&
          (sample.kind === "unratified" || name !== "evidence") &&
          !(name === "reasons" && "tally" in sample)) ||
        (sample.kind === "halted" && name === "commit");
      if (!isOptional && !(name === "proposal" && sample.kind !== "unratified"))
        expect(() => parseRecord(without), name).toThrow(TypeError);
      for (const other of [null, {}, [{}], -1, 0.5, "", "\u0000", "a".repeat(10_000)]) {
        if (JSON.stringify(other) === "{}" && name === "tally") continue;
        expect(
          () => parseRecord({ ...fields, [name]: other as JsonValue }),
          `${name}: ${JSON.stringify(other)}`,
        ).toThrow(TypeError);
      }
    }
  });
});

describe("a record is refused", () => {
  test.each<[string, JsonObject, RegExp]>([
    ["with an id of git that is cut", { kind: "resumed", at, commit: "abc" }, /^commit: is no object id/],
    ["with an id of git in capitals", { kind: "resumed", at, commit: "A".repeat(40) }, /^commit/],
    ["with a digest of another hash", { ...(rejected(1) as object), evidence: "md5:abc" } as JsonObject, /^evidence/],
    ["with a time before 1970", { kind: "resumed", at: -1, commit: oid("1") }, /^at/],
    [
      "with a result of a receipt that there is not",
      { ...(samples.applied as object), receipts: [{ ...receipts[0], result: "hello" }] } as JsonObject,
      /^receipts\.0\.result/,
    ],
    [
      "that says that its key is not lost",
      { ...(samples.keyRotated as object), isLost: false } as JsonObject,
      /^isLost/,
    ],
    ["without a kind", {}, /kind/],
  ])("%s, by the name of what is wrong", (_, fields, words) => {
    expect(() => parseRecord(fields)).toThrow(words);
  });

  test("in words that no terminal obeys", () => {
    expect(() => parseRecord({ kind: "resumed", at, commit: oid("1"), "\u001b[2J": 1 })).toThrow(/\\x1b\[2J/);
  });
});

function objectsIn(value: JsonValue): number {
  let count = 0;
  visit(value, () => void count++);
  return count;
}

function withMember(value: JsonObject, place: number): JsonObject {
  const copy = structuredClone(value) as JsonObject;
  let at = 0;
  visit(copy, (object) => {
    if (at++ === place) Object.assign(object, { surprise: 1 });
  });
  return copy;
}

function isTally(value: JsonObject, place: number): boolean {
  let at = 0;
  let found = false;
  visit(value, (object) => {
    if (at++ === place) found = object === value["tally"];
  });
  return found;
}

function visit(value: JsonValue, on: (object: JsonObject) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) on(value as JsonObject);
  for (const member of Object.values(value)) visit(member as JsonValue, on);
}
