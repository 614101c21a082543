/**
 * The tree as RFC 6962 section 2.1 writes it down (below): recursive, over whole lists of records, with nothing kept. Slow
 * and plain on purpose: it is what the fast one is checked against.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import { CompactRange } from "./compact-range.ts";
import { verifyConsistency } from "./consistency.ts";
import { type Hash, leafHash } from "./hash.ts";
import { verifyInclusion } from "./inclusion.ts";
import { MerkleTree } from "./tree.ts";

describe("the fast tree and the textbook", () => {
  const largest = 300;
  const records = Array.from({ length: largest }, (_, index) => Buffer.from(`record ${index}`));
  const hashes = records.map(leafHash);
  const tree = new MerkleTree((index) => hashes[index]!);

  test(`have one root at every size up to ${largest}, and the compact range has it too, after any restart`, () => {
    let range = new CompactRange();
    for (let size = 0; size <= largest; size++) {
      const root = rootByTheBook(records.slice(0, size));
      expect(toHex(tree.root(size))).toBe(toHex(root));
      expect(toHex(range.root())).toBe(toHex(root));
      if (size % 7 === 0) range = new CompactRange({ size, peaks: range.peaks });
      if (size < largest) range.append(hashes[size]!);
    }
  });

  test("give one inclusion proof for any leaf of any size, and it is accepted", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: largest }), fc.nat(), (size, some) => {
        const index = some % size;
        const proof = tree.inclusionProof(index, size);
        expect(proof.map(toHex)).toEqual(inclusionByTheBook(index, records.slice(0, size)).map(toHex));
        verifyInclusion({ leafHash: hashes[index]!, index, size, root: tree.root(size), proof });
      }),
      runs(60),
    );
  });

  test("give one consistency proof between any two sizes, and it is accepted", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: largest }), fc.nat(), (size, some) => {
        const oldSize = 1 + (some % size);
        const proof = tree.consistencyProof(oldSize, size);
        expect(proof.map(toHex)).toEqual(consistencyByTheBook(oldSize, records.slice(0, size)).map(toHex));
        verifyConsistency({ oldSize, oldRoot: tree.root(oldSize), size, root: tree.root(size), proof });
      }),
      runs(60),
    );
  });

  test("agree for every index and every pair of sizes up to 40", () => {
    for (let size = 1; size <= 40; size++) {
      const root = tree.root(size);
      for (let index = 0; index < size; index++) {
        verifyInclusion({ leafHash: hashes[index]!, index, size, root, proof: tree.inclusionProof(index, size) });
        const [oldSize, oldRoot] = [index + 1, tree.root(index + 1)];
        verifyConsistency({ oldSize, oldRoot, size, root, proof: tree.consistencyProof(oldSize, size) });
      }
    }
  });

  test("differ where one bit of one record differs", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: largest }), fc.nat(), fc.nat({ max: 7 }), (size, some, bit) => {
        const index = some % size;
        const changed = new MerkleTree((at) => (at === index ? leafHash(flip(records[at]!, bit)) : hashes[at]!));
        expect(toHex(changed.root(size))).not.toBe(toHex(tree.root(size)));
      }),
      runs(30),
    );
  });
});

function rootByTheBook(records: readonly Uint8Array[]): Buffer {
  if (records.length === 0) return sha256();
  if (records.length === 1) return sha256(Buffer.from([0]), records[0] as Uint8Array);
  const k = splitByTheBook(records.length);
  return sha256(Buffer.from([1]), rootByTheBook(records.slice(0, k)), rootByTheBook(records.slice(k)));
}

/** PATH(m, D[n]) of section 2.1.1. */
function inclusionByTheBook(m: number, records: readonly Uint8Array[]): Buffer[] {
  if (records.length === 1) return [];
  const k = splitByTheBook(records.length);
  const [left, right] = [records.slice(0, k), records.slice(k)];
  return m < k
    ? [...inclusionByTheBook(m, left), rootByTheBook(right)]
    : [...inclusionByTheBook(m - k, right), rootByTheBook(left)];
}

/** PROOF(m, D[n]) of section 2.1.2. */
function consistencyByTheBook(m: number, records: readonly Uint8Array[]): Buffer[] {
  return subproof(m, records, true);
}

function subproof(m: number, records: readonly Uint8Array[], whole: boolean): Buffer[] {
  if (m === records.length) return whole ? [] : [rootByTheBook(records)];
  const k = splitByTheBook(records.length);
  const [left, right] = [records.slice(0, k), records.slice(k)];
  return m <= k
    ? [...subproof(m, left, whole), rootByTheBook(right)]
    : [...subproof(m - k, right, false), rootByTheBook(left)];
}

function splitByTheBook(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}

function sha256(...parts: Uint8Array[]): Buffer {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}

function flip(record: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(record);
  changed[0]! ^= 1 << bit;
  return changed;
}

function toHex(hash: Hash): string {
  return Buffer.from(hash).toString("hex");
}
