/** Proofs that were bent in every way that a forger might try. Each must be refused, and none by anything but a `ProofError`. */
import { describe, expect, test } from "vitest";
import { type Consistency, verifyConsistency } from "./consistency.ts";
import { emptyRoot, type Hash, leafHash, sameHash } from "./hash.ts";
import { type Inclusion, verifyInclusion } from "./inclusion.ts";
import { ProofError, type ProofErrorCode } from "./proof-error.ts";
import { MerkleTree } from "./tree.ts";

const stranger = leafHash(Buffer.from("stranger"));
const tree = new MerkleTree((index) => leafHash(Buffer.from(`record ${index}`)));

const bentProofs: [what: string, bend: (proof: readonly Hash[], roots: readonly Hash[]) => Hash[]][] = [
  ["without any hash", () => []],
  ["without its first hash", (proof) => proof.slice(1)],
  ["without its last hash", (proof) => proof.slice(0, -1)],
  ["with a stranger's hash behind it", (proof) => [...proof, stranger]],
  ["with a stranger's hash before it", (proof) => [stranger, ...proof]],
  ["with its last hash twice", (proof) => [...proof, ...proof.slice(-1)]],
  ["with its first hash twice", (proof) => [...proof.slice(0, 1), ...proof]],
  ["with the root behind it", (proof, roots) => [...proof, roots[0]!]],
  ["with the root before it", (proof, roots) => [roots[0]!, ...proof]],
  ["with the other root before it", (proof, roots) => [roots.at(-1)!, ...proof]],
  ["backwards", (proof) => [...proof].reverse()],
  ["with its first two hashes swapped", ([a, b, ...rest]) => (a && b ? [b, a, ...rest] : [])],
  ["with the first hash for all of them", (proof) => proof.map(() => proof[0]!)],
  ["of 70 hashes", (proof) => [...proof, ...Array<Hash>(70).fill(stranger)]],
  ["with an empty hash behind it", (proof) => [...proof, new Uint8Array(0)]],
  ["with its first hash cut", ([first, ...rest]) => [first?.subarray(1) ?? new Uint8Array(31), ...rest]],
  [
    "with its first hash made longer",
    ([first, ...rest]) => [Buffer.concat([first ?? emptyRoot, Buffer.of(0)]), ...rest],
  ],
];

describe("an inclusion proof", () => {
  const sizes = [1, 2, 3, 5, 6, 7, 8, 11, 16, 17];
  const whole = sizes.flatMap((size) => [...new Set([0, size >> 1, size - 1])].map((index) => inclusion(index, size)));

  test.each(bentProofs)("%s is refused", (_, bend) => {
    expect(tried(whole, (proof) => ({ ...proof, proof: bend(proof.proof, [proof.root]) }))).toBeGreaterThan(0);
  });

  test.each<[string, (proof: Inclusion) => Partial<Inclusion>]>([
    ["of the leaf before", ({ index }) => ({ index: index - 1 })],
    ["of the leaf behind", ({ index }) => ({ index: index + 1 })],
    ["of another leaf of the same height", ({ index }) => ({ index: index ^ 2 })],
    ["of a leaf behind the end", ({ size }) => ({ index: size })],
    ["of a leaf far behind the end", () => ({ index: 2 ** 53 - 1 })],
    ["of half a leaf", ({ index }) => ({ index: index + 0.5 })],
    ["of no leaf", () => ({ index: Number.NaN })],
    ["in an empty tree", () => ({ size: 0 })],
    ["in a tree of less than nothing", ({ size }) => ({ size: -size })],
    ["in a tree that nobody can count", () => ({ size: 2 ** 53 })],
    ["in a tree of twice the size", ({ size }) => ({ size: size * 2 })],
    ["in a tree of half the size", ({ size }) => ({ size: size >> 1 })],
    ["for another record", () => ({ leafHash: stranger })],
    ["for the root as a record", ({ root }) => ({ leafHash: root })],
    ["for another root", () => ({ root: stranger })],
    ["for the root of an empty tree", () => ({ root: emptyRoot })],
    ["for an empty root", () => ({ root: new Uint8Array(0) })],
    ["for an empty leaf hash", () => ({ leafHash: new Uint8Array(0) })],
    ["for a root of one byte more", ({ root }) => ({ root: Buffer.concat([root, Buffer.of(0)]) })],
  ])("%s is refused", (_, change) => {
    expect(tried(whole, (proof) => ({ ...proof, ...change(proof) }))).toBeGreaterThan(0);
  });

  test("with any one bit of it turned is refused", () => {
    for (const proof of whole) {
      for (const at of proof.proof.keys()) {
        for (let bit = 0; bit < 256; bit += 37)
          expectRefusal(() => verifyInclusion({ ...proof, proof: turned(proof.proof, at, bit) }));
      }
    }
  });

  test.each<[string, Partial<Inclusion>, ProofErrorCode]>([
    ["too long", { proof: [...inclusion(3, 7).proof, stranger] }, "length"],
    ["too short", { proof: inclusion(3, 7).proof.slice(1) }, "length"],
    ["for a leaf that is not there", { index: 7 }, "size"],
    ["of something that is no hash", { proof: [new Uint8Array(3)] }, "hash"],
    ["for another record", { leafHash: stranger }, "root"],
  ])("%s is refused with the code that says why", (_, change, code) => {
    expect(refusal(() => verifyInclusion({ ...inclusion(3, 7), ...change })).code).toBe(code);
  });

  /** Refuses every bent version that differs from the proof it was made of. */
  function tried(proofs: readonly Inclusion[], bend: (proof: Inclusion) => Inclusion): number {
    const bent = proofs.map((proof) => [proof, bend(proof)] as const).filter(([proof, other]) => !alike(proof, other));
    for (const [, other] of bent) expectRefusal(() => verifyInclusion(other));
    return bent.length;
  }
});

describe("a consistency proof", () => {
  const pairs = [
    [1, 2],
    [1, 8],
    [2, 3],
    [2, 5],
    [3, 4],
    [3, 7],
    [4, 8],
    [5, 6],
    [6, 8],
    [7, 16],
    [8, 13],
    [11, 17],
  ] as const;
  const whole = pairs.map(([oldSize, size]) => consistency(oldSize, size));

  test.each(bentProofs)("%s is refused", (_, bend) => {
    expect(tried((proof) => ({ proof: bend(proof.proof, [proof.oldRoot, proof.root]) }))).toBeGreaterThan(0);
  });

  test.each<[string, (proof: Consistency) => Partial<Consistency>]>([
    ["from the size before", ({ oldSize }) => ({ oldSize: oldSize - 1 })],
    ["from the size behind", ({ oldSize }) => ({ oldSize: oldSize + 1 })],
    ["from nothing, with hashes", () => ({ oldSize: 0 })],
    ["from less than nothing", ({ oldSize }) => ({ oldSize: -oldSize })],
    ["from half a record", ({ oldSize }) => ({ oldSize: oldSize + 0.5 })],
    ["from more than there is", ({ size }) => ({ oldSize: size + 1 })],
    ["to a size that nobody can count", () => ({ size: 2 ** 53 })],
    ["to no size", () => ({ size: Number.NaN })],
    ["to twice the size", ({ size }) => ({ size: size * 2 })],
    ["to an empty tree", () => ({ size: 0 })],
    ["to the size it came from", ({ oldSize }) => ({ size: oldSize })],
    ["with the roots swapped", ({ oldRoot, root }) => ({ oldRoot: root, root: oldRoot })],
    ["from another root", () => ({ oldRoot: stranger })],
    ["to another root", () => ({ root: stranger })],
    ["from the new root to the new root", ({ root }) => ({ oldRoot: root })],
    ["from the old root to the old root", ({ oldRoot }) => ({ root: oldRoot })],
    ["from an empty root", () => ({ oldRoot: new Uint8Array(0) })],
    ["to an empty root", () => ({ root: new Uint8Array(0) })],
  ])("%s is refused", (_, change) => {
    expect(tried(change)).toBeGreaterThan(0);
  });

  test("with any one bit of it turned is refused", () => {
    for (const proof of whole) {
      for (const at of proof.proof.keys()) {
        for (let bit = 0; bit < 256; bit += 37)
          expectRefusal(() => verifyConsistency({ ...proof, proof: turned(proof.proof, at, bit) }));
      }
    }
  });

  test("of a log that rewrote any one of its records is refused", () => {
    for (const { oldSize, oldRoot, size } of whole) {
      for (let rewritten = 0; rewritten < oldSize; rewritten++) {
        const other = new MerkleTree((at) => leafHash(Buffer.from(at === rewritten ? "rewritten" : `record ${at}`)));
        const forged = { oldSize, oldRoot, size, root: other.root(size), proof: other.consistencyProof(oldSize, size) };
        expectRefusal(() => verifyConsistency(forged));
      }
    }
  });

  test.each<[string, Consistency]>([
    ["from nothing to something", { ...consistency(0, 5), proof: [] }],
    ["from nothing to nothing", { oldSize: 0, oldRoot: emptyRoot, size: 0, root: emptyRoot, proof: [] }],
    ["from a size to itself", consistency(6, 6)],
  ])("%s needs no hash", (_, proof) => {
    expect(proof.proof).toEqual([]);
    expect(() => verifyConsistency(proof)).not.toThrow();
  });

  test.each<[string, Consistency, ProofErrorCode]>([
    ["an old root of nothing that is none", { ...consistency(0, 5), oldRoot: stranger }, "root"],
    ["an empty tree with a root of something", { ...consistency(0, 0), root: stranger }, "root"],
    ["two roots of one size", { ...consistency(6, 6), oldRoot: stranger }, "root"],
    ["a proof where none is needed", { ...consistency(6, 6), proof: [stranger] }, "length"],
    ["a proof from nothing", { ...consistency(0, 5), proof: [stranger] }, "length"],
    ["a log that shrank", { ...consistency(5, 6), oldSize: 7 }, "size"],
    ["a proof that is too long", { ...consistency(3, 7), proof: [...consistency(3, 7).proof, stranger] }, "length"],
    ["a proof that is too short", { ...consistency(3, 7), proof: consistency(3, 7).proof.slice(0, -1) }, "length"],
  ])("%s is refused with the code that says why", (_, proof, code) => {
    expect(refusal(() => verifyConsistency(proof)).code).toBe(code);
  });

  function tried(change: (proof: Consistency) => Partial<Consistency>): number {
    const bent = whole.map((proof) => [proof, { ...proof, ...change(proof) }] as const);
    const different = bent.filter(([proof, other]) => !alike(proof, other));
    for (const [, other] of different) expectRefusal(() => verifyConsistency(other));
    return different.length;
  }
});

function inclusion(index: number, size: number): Inclusion {
  const leaf = leafHash(Buffer.from(`record ${index}`));
  return { leafHash: leaf, index, size, root: tree.root(size), proof: tree.inclusionProof(index, size) };
}

function consistency(oldSize: number, size: number): Consistency {
  const proof = tree.consistencyProof(oldSize, size);
  return { oldSize, oldRoot: tree.root(oldSize), size, root: tree.root(size), proof };
}

function alike(a: Inclusion | Consistency, b: Inclusion | Consistency): boolean {
  return Object.entries(a).every(([key, value]) => same(value, b[key as "root"]));
}

function same(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return sameHash(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((hash, at) => same(hash, b[at]));
  return Object.is(a, b);
}

function turned(proof: readonly Hash[], at: number, bit: number): Hash[] {
  const changed = Uint8Array.from(proof[at]!);
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return proof.map((hash, index) => (index === at ? changed : hash));
}

function refusal(attempt: () => void): ProofError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ProofError) return error;
    throw error;
  }
  throw new Error("a proof that proves nothing was accepted");
}

function expectRefusal(attempt: () => void): void {
  expect(refusal(attempt).message).not.toBe("");
}
