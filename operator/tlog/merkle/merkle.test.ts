import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CompactRange } from "./compact-range.ts";
import { verifyConsistency } from "./consistency.ts";
import { emptyRoot, type Hash, leafHash } from "./hash.ts";
import { verifyInclusion } from "./inclusion.ts";
import { ProofError } from "./proof-error.ts";
import { MerkleTree } from "./tree.ts";

interface Vectors {
  readonly leaves: readonly string[];
  readonly roots: readonly string[];
  readonly inclusion: readonly { index: number; size: number; proof: string[] }[];
  readonly consistency: readonly { oldSize: number; size: number; proof: string[] }[];
}

const vectors: Vectors = JSON.parse(readFileSync(join(import.meta.dirname, "../vectors/merkle.json"), "utf8"));

describe("the published tree of RFC 6962", () => {
  const hashes = vectors.leaves.map((record) => leafHash(fromHex(record)));
  const tree = new MerkleTree((index) => hashes[index]!);

  test.each(vectors.roots.map((root, size) => [size, root] as const))("of %i leaves has its root", (size, root) => {
    expect(toHex(tree.root(size))).toBe(root);
  });

  test.each(vectors.inclusion)("shows leaf $index of $size by the published path", ({ index, size, proof }) => {
    expect(tree.inclusionProof(index, size).map(toHex)).toEqual(proof);
    const root = fromHex(vectors.roots[size]!);
    expect(() =>
      verifyInclusion({ leafHash: hashes[index]!, index, size, root, proof: proof.map(fromHex) }),
    ).not.toThrow();
  });

  test.each(vectors.consistency)(
    "shows $size as grown from $oldSize by the published path",
    ({ oldSize, size, proof }) => {
      expect(tree.consistencyProof(oldSize, size).map(toHex)).toEqual(proof);
      const [oldRoot, root] = [fromHex(vectors.roots[oldSize]!), fromHex(vectors.roots[size]!)];
      expect(() => verifyConsistency({ oldSize, oldRoot, size, root, proof: proof.map(fromHex) })).not.toThrow();
    },
  );
});

describe("a tree at its limits", () => {
  test("reads each leaf once, however many roots and proofs it gives", () => {
    const read: number[] = [];
    const tree = new MerkleTree((index) => {
      read.push(index);
      return leafHash(Buffer.from(String(index)));
    });
    for (let size = 0; size <= 64; size++) tree.root(size);
    for (let size = 1; size <= 64; size++) tree.consistencyProof(size, 64);
    expect(read).toEqual([...Array(64).keys()]);
  });

  test("places beyond 32 bits are told apart: leaf 2^32 is not leaf 0", () => {
    const size = 2 ** 32 + 1;
    const [peak, last] = [leafHash(Buffer.from("peak")), leafHash(Buffer.from("last"))];
    const range = new CompactRange({ size, peaks: [peak, last] });
    const root = range.root();
    expect(() => verifyInclusion({ leafHash: last, index: 2 ** 32, size, root, proof: [peak] })).not.toThrow();
    expect(() => verifyInclusion({ leafHash: last, index: 0, size, root, proof: [peak] })).toThrow(ProofError);
    expect(() => verifyConsistency({ oldSize: 2 ** 32, oldRoot: peak, size, root, proof: [last] })).not.toThrow();
  });

  test.each<[string, () => unknown]>([
    ["a leaf behind the end", () => tree().inclusionProof(5, 5)],
    ["a leaf of an empty tree", () => tree().inclusionProof(0, 0)],
    ["a leaf before the first", () => tree().inclusionProof(-1, 5)],
    ["half a leaf", () => tree().inclusionProof(0.5, 5)],
    ["a shrinking log", () => tree().consistencyProof(5, 4)],
    ["a size that is no number", () => tree().root(Number.NaN)],
    ["a size beyond what a number can count", () => tree().root(2 ** 53)],
    ["a leaf hash of 31 bytes", () => new MerkleTree(() => new Uint8Array(31)).root(2)],
    ["an appended leaf of 33 bytes", () => new CompactRange().append(new Uint8Array(33))],
    ["saved peaks that are too few", () => new CompactRange({ size: 3, peaks: [emptyRoot] })],
    ["saved peaks that are too many", () => new CompactRange({ size: 4, peaks: [emptyRoot, emptyRoot] })],
    ["a saved peak that is cut", () => new CompactRange({ size: 1, peaks: [emptyRoot.subarray(1)] })],
    ["a saved size below zero", () => new CompactRange({ size: -1, peaks: [] })],
  ])("%s is refused", (_, attempt) => {
    expect(attempt).toThrow(RangeError);
  });

  function tree(): MerkleTree {
    return new MerkleTree((index) => leafHash(Buffer.from([index])));
  }
});

function toHex(hash: Hash): string {
  return Buffer.from(hash).toString("hex");
}

function fromHex(hex: string): Hash {
  return Buffer.from(hex, "hex");
}
