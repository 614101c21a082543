import { describe, expect, test } from "vitest";
import { runs } from "../../test/runs.ts";
import { canonicalJson, type JsonObject } from "./canonical-json.ts";
import { digestOf } from "./digest.ts";
import { verifyInclusion } from "./merkle/inclusion.ts";
import { MerkleTree } from "./merkle/tree.ts";
import { ChainError, type ChainErrorCode, RecordChain } from "./record-chain.ts";

const fields = (index: number): JsonObject => ({ kind: "opened", number: index, title: `proposal ${index}` });

describe("a chain of records", () => {
  test("names in each record the digest of the bytes before, and null in the first", () => {
    const [first, second] = written(2);
    expect(Buffer.from(first!.bytes).toString()).toBe(
      '{"kind":"opened","number":0,"previous":null,"title":"proposal 0"}',
    );
    expect(second!.record["previous"]).toBe(digestOf(first!.bytes));
    expect(second!.record["previous"]).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test("is followed by whoever has the bytes, to the same end and root", () => {
    const [writer, reader] = [new RecordChain(), new RecordChain()];
    for (let index = 0; index < 20; index++) reader.follow(writer.append(fields(index)).bytes);
    expect(reader.end).toEqual(writer.end);
    expect(reader.root()).toEqual(writer.root());
  });

  test("goes on from its end after a restart as if there had been none", () => {
    const whole = new RecordChain();
    let restarted = new RecordChain();
    for (let index = 0; index < 20; index++) {
      whole.append(fields(index));
      restarted.append(fields(index));
      restarted = new RecordChain(restarted.end);
    }
    expect(restarted.end).toEqual(whole.end);
  });

  test("has each record in its tree", () => {
    const records = written(9);
    const tree = new MerkleTree((index) => records[index]!.leafHash);
    const root = followed(records.map((record) => record.bytes)).root();
    for (const { index, leafHash } of records) {
      verifyInclusion({ leafHash, index, size: 9, root, proof: tree.inclusionProof(index, 9) });
    }
  });

  test("of thousands of records is followed with one hash in memory for each doubling, at most", {
    timeout: 60_000,
  }, () => {
    const count = runs(5_000).numRuns;
    const [writer, reader] = [new RecordChain(), new RecordChain()];
    let peaksMax = 0;
    for (let index = 0; index < count; index++) {
      reader.follow(writer.append(fields(index)).bytes);
      peaksMax = Math.max(peaksMax, reader.end.peaks.length);
    }
    expect(reader.end.size).toBe(count);
    expect(peaksMax).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
  });

  test("is broken by any one bit of any record, at that record or the next, and stays where it was", () => {
    const bytes = written(4).map((record) => record.bytes);
    for (let at = 0; at < 3; at++) {
      for (let bit = 0; bit < bytes[at]!.length * 8; bit += 7) {
        const bent = bytes.map((record, index) => (index === at ? turned(record, bit) : record));
        expect([at, at + 1]).toContain(refusal(() => followed(bent)).index);
      }
    }
  });

  test.each<[string, (records: Uint8Array[]) => Uint8Array[], number, ChainErrorCode]>([
    ["a record that was left out", ([a, , c]) => [a!, c!], 1, "broken-link"],
    ["two records that were swapped", ([a, b, c]) => [a!, c!, b!], 1, "broken-link"],
    ["a record that is there twice", ([a, b]) => [a!, b!, b!], 2, "broken-link"],
    ["a beginning that was cut off", ([, b, c]) => [b!, c!], 0, "broken-link"],
    ["a second first record", ([a]) => [a!, a!], 1, "broken-link"],
    ["a record without a previous", ([a]) => [a!, Buffer.from("{}")], 1, "broken-link"],
    ["a first record whose previous is missing", () => [Buffer.from("{}")], 0, "broken-link"],
    ["a previous in capitals", ([a]) => [a!, shouted(a!)], 1, "broken-link"],
    ["a record with a line feed behind it", ([a]) => [Buffer.concat([a!, Buffer.from("\n")])], 0, "not-canonical"],
    ["a record that is not JSON", () => [Buffer.from("hello")], 0, "not-canonical"],
    ["a record of no bytes", () => [new Uint8Array(0)], 0, "not-canonical"],
    ["a record with a byte order mark", ([a]) => [Buffer.concat([Buffer.from("\ufeff"), a!])], 0, "not-canonical"],
    ["bytes that are not UTF-8", () => [Buffer.from([0x22, 0xff, 0x22])], 0, "not-canonical"],
    ["a list", () => [Buffer.from("[]")], 0, "not-a-record"],
    ["null", () => [Buffer.from("null")], 0, "not-a-record"],
    ["a text", () => [Buffer.from('"previous"')], 0, "not-a-record"],
  ])("%s is refused by its place", (_, bend, index, code) => {
    const bent = bend(written(3).map((record) => record.bytes));
    expect(refusal(() => followed(bent))).toMatchObject({ index, code });
  });

  test.each<[string, () => unknown, new (message?: string) => Error]>([
    ["fields that bring a previous", () => new RecordChain().append({ previous: null }), TypeError],
    ["fields that JSON cannot say", () => new RecordChain().append({ a: Number.NaN }), TypeError],
    [
      "an end without a last record",
      () => new RecordChain({ last: null, size: 1, peaks: [Buffer.alloc(32)] }),
      RangeError,
    ],
    [
      "an end of nothing with a last record",
      () => new RecordChain({ last: "sha256:aa", size: 0, peaks: [] }),
      RangeError,
    ],
    ["an end whose hashes do not fit", () => new RecordChain({ last: "sha256:aa", size: 2, peaks: [] }), RangeError],
  ])("%s is refused", (_, attempt, error) => {
    expect(attempt).toThrow(error);
  });

  test("a record that was refused leaves the chain as it was", () => {
    const chain = new RecordChain();
    chain.append(fields(0));
    const before = chain.end;
    expect(() => chain.append({ a: Number.NaN })).toThrow(TypeError);
    expect(() => chain.follow(Buffer.from("{}"))).toThrow(ChainError);
    expect(chain.end).toEqual(before);
  });
});

function written(count: number) {
  const chain = new RecordChain();
  return Array.from({ length: count }, (_, index) => chain.append(fields(index)));
}

function followed(records: readonly Uint8Array[]): RecordChain {
  const chain = new RecordChain();
  for (const record of records) chain.follow(record);
  return chain;
}

function refusal(attempt: () => unknown): ChainError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ChainError) return error;
    throw error;
  }
  throw new Error("a broken chain was followed");
}

function turned(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return changed;
}

function shouted(before: Uint8Array): Uint8Array {
  return Buffer.from(canonicalJson({ previous: digestOf(before).toUpperCase() }));
}
