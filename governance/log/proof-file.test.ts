import { describe, expect, test } from "vitest";
import { canonicalJson, type JsonValue } from "../../operator/tlog/canonical-json.ts";
import { cosign, cosignatureVerifier } from "../../operator/tlog/cosignature.ts";
import { privateNoteKey } from "../../operator/tlog/note/key.ts";
import { formatNote, parseNote, withSignatures } from "../../operator/tlog/note/signed-note.ts";
import { noteVerifier } from "../../operator/tlog/note/verify.ts";
import { signCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import { CheckedLog } from "./checked-log.ts";
import { genesisRecord, halted, logKey, nextKey, origin } from "./log-world.fixture.ts";
import { checkProof, formatProof, parseProof } from "./proof-file.ts";
import type { DecisionRecord } from "./record.ts";

const witnessKey = privateNoteKey("ada.example/witness", 4, Buffer.alloc(32, 4));
const trust = { origin, log: [noteVerifier(logKey)], witnesses: [cosignatureVerifier(witnessKey)] };
const { log, bytes } = nineRecords();

describe("a proof", () => {
  test("of every record is checked with nothing but the log's public key", () => {
    for (let index = 0; index < log.size; index++) {
      const checked = checkProof(proofOf(index), trust);
      expect(checked).toMatchObject({
        index,
        record: log.records[index]!.record,
        checkpoint: { size: 9 },
        cosigned: [],
      });
    }
  });

  test("tells which witnesses stand for it", () => {
    const note = parseNote(log.note);
    const checkpoint = formatNote(withSignatures(note, [cosign(note.text, witnessKey, 1_700_000_000)]));
    const checked = checkProof(formatProof({ ...parseProof(proofOf(4)), checkpoint }), trust);
    expect(checked.cosigned).toEqual([{ name: witnessKey.name, keyId: witnessKey.keyId, time: 1_700_000_000 }]);
  });

  test("has the form of the specification, and is read and written back to the byte", () => {
    const text = proofOf(4);
    expect(text.split("\n").slice(0, 3)).toEqual([
      "c2sp.org/tlog-proof@v1",
      `extra ${Buffer.from(bytes[4]!).toString("base64")}`,
      "index 4",
    ]);
    expect(formatProof(parseProof(text))).toBe(text);
  });

  test.each<[string, (text: string) => string]>([
    ["another version", (text) => text.replace("@v1", "@v2")],
    ["no record", (text) => text.replace(/extra .*\n/, "")],
    ["an index with zeros before it", (text) => text.replace("index 4", "index 04")],
    ["the index of another record", (text) => text.replace("index 4", "index 5")],
    ["an index beyond the log", (text) => text.replace("index 4", "index 9")],
    ["another record", (text) => text.replace(/extra .*\n/, `extra ${Buffer.from(bytes[5]!).toString("base64")}\n`)],
    [
      "a record in another spelling",
      (text) => text.replace(/extra .*\n/, `extra ${Buffer.from(`${bytes[4]} `).toString("base64")}\n`),
    ],
    ["a hash less", (text) => text.replace(/(index 4\n)[^\n]*\n/, "$1")],
    ["a hash more", (text) => text.replace(/(index 4\n[^\n]*\n)/, `$1${"A".repeat(43)}=\n`)],
    ["a hash that is cut", (text) => text.replace(/(index 4\n)[^\n]/, "$1")],
    ["a hash that is another", (text) => text.replace(/(index 4\n)[^\n]*/, `$1${"A".repeat(43)}=`)],
    ["no checkpoint", (text) => text.slice(0, text.indexOf("\n\n") + 2)],
    ["a checkpoint of another size", (text) => text.replace(`${origin}\n9\n`, `${origin}\n8\n`)],
    ["a checkpoint that is not signed", (text) => text.slice(0, text.indexOf("— "))],
    ["carriage returns", (text) => text.replaceAll("\n", "\r\n")],
    ["nothing in it", () => ""],
  ])("with %s is refused", (_, bend) => {
    const text = proofOf(4);
    expect(bend(text)).not.toBe(text);
    expect(() => checkProof(bend(text), trust)).toThrow();
  });

  test.each<[string, Partial<typeof trust>]>([
    ["another key", { log: [noteVerifier(nextKey)] }],
    ["another log", { origin: "other.example/log" }],
    ["no key", { log: [] }],
  ])("is refused by who trusts %s", (_, more) => {
    expect(() => checkProof(proofOf(4), { ...trust, ...more })).toThrow();
  });

  test("is refused after any one bit of it was turned", () => {
    const text = Buffer.from(proofOf(4));
    for (let bit = 0; bit < text.length * 8; bit += 7) {
      const bent = Buffer.from(text);
      bent[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => checkProof(bent.toString("utf8"), trust), `bit ${bit}`).toThrow();
    }
  });
});

function proofOf(index: number): string {
  return formatProof({
    index,
    record: bytes[index]!,
    hashes: log.tree.inclusionProof(index, log.size),
    checkpoint: log.note,
  });
}

function nineRecords() {
  const log = new CheckedLog();
  const bytes: Uint8Array[] = [];
  const records: DecisionRecord[] = [genesisRecord, ...[1, 2, 3, 4, 5, 6, 7, 8].map(halted)];
  for (const [index, record] of records.entries()) {
    const { linked, head } = log.draft(record);
    const checkpoint = Buffer.from(signCheckpoint({ origin, ...head, extensions: [] }, [logKey]));
    log.take({ index, commit: "0".repeat(40), record: linked.bytes, checkpoint });
    bytes.push(linked.bytes);
    expect(canonicalJson(linked.record as JsonValue)).toBe(Buffer.from(linked.bytes).toString());
  }
  return { log, bytes };
}
