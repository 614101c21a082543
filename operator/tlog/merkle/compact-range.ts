/**
 * A tree that only grows, in as few hashes as its size has ones in binary: 100,000 records need six. Each hash is the root
 * of a complete subtree, the largest first; a new leaf merges with its neighbour as long as the two are of one height, just
 * as adding one to a binary number carries. Enough to append and to know the root; proofs need the leaves (`tree.ts`).
 */
import { emptyRoot, type Hash, isHash, nodeHash } from "./hash.ts";
import { half, isOdd, isSize } from "./size.ts";

export class CompactRange {
  #size: number;
  readonly #peaks: Hash[];

  /** Nothing given: an empty tree. Throws a RangeError for a size and peaks that do not fit each other. */
  constructor(saved: { readonly size: number; readonly peaks: readonly Hash[] } = { size: 0, peaks: [] }) {
    if (!isSize(saved.size)) throw new RangeError("the size of a tree is a whole number from 0");
    const expected = onesOf(saved.size);
    if (saved.peaks.length !== expected || !saved.peaks.every(isHash)) {
      throw new RangeError(`a tree of ${saved.size} leaves has ${expected} peaks of 32 bytes each`);
    }
    this.#size = saved.size;
    this.#peaks = [...saved.peaks];
  }

  get size(): number {
    return this.#size;
  }

  /** What the next start of a program needs to go on from here. */
  get peaks(): readonly Hash[] {
    return [...this.#peaks];
  }

  append(leaf: Hash): void {
    if (!isHash(leaf)) throw new RangeError("a leaf is appended by its hash of 32 bytes");
    let hash = leaf;
    for (let size = this.#size; isOdd(size); size = half(size)) hash = nodeHash(this.#peaks.pop() as Hash, hash);
    this.#peaks.push(hash);
    this.#size++;
  }

  root(): Hash {
    return this.#peaks.length === 0 ? emptyRoot : this.#peaks.reduceRight((right, left) => nodeHash(left, right));
  }
}

function onesOf(size: number): number {
  let ones = 0;
  for (let left = size; left > 0; left = half(left)) if (isOdd(left)) ones++;
  return ones;
}
