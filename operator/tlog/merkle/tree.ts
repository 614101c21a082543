/**
 * Roots and proofs at any size that the log ever had, by the definitions of RFC 6962 sections 2.1.1 and 2.1.2. The tree
 * reads leaf hashes as it needs them and keeps the root of every complete subtree: those never change, because a log only
 * grows. The first root of 100,000 leaves thus costs 100,000 hashes, and each proof after it a few dozen.
 */
import { emptyRoot, type Hash, isHash, nodeHash } from "./hash.ts";
import { isPowerOfTwo, isSize, levelOf, splitOf } from "./size.ts";

/** The hash of the leaf at an index; must give the same hash for the same index for ever. May throw. */
export type LeafHashAt = (index: number) => Hash;

export class MerkleTree {
  readonly #leafHashAt: LeafHashAt;
  /** By level (0: leaves), then by the place from the left. */
  readonly #complete: Hash[][] = [];

  constructor(leafHashAt: LeafHashAt) {
    this.#leafHashAt = leafHashAt;
  }

  /** The root that the first `size` leaves have. */
  root(size: number): Hash {
    if (!isSize(size)) throw new RangeError("the size of a tree is a whole number from 0");
    return size === 0 ? emptyRoot : this.#hashOf(0, size);
  }

  /** What `verifyInclusion` needs to find leaf `index` in the tree of `size`. */
  inclusionProof(index: number, size: number): Hash[] {
    if (!isSize(index) || !isSize(size) || index >= size) {
      throw new RangeError(`there is no leaf ${index} in a tree of ${size}`);
    }
    return this.#path(index, 0, size);
  }

  /** What `verifyConsistency` needs to see that the tree of `size` continues the tree of `oldSize`. */
  consistencyProof(oldSize: number, size: number): Hash[] {
    if (!isSize(oldSize) || !isSize(size) || oldSize > size) {
      throw new RangeError(`a tree of ${size} does not continue one of ${oldSize}`);
    }
    return oldSize === 0 ? [] : this.#continuation(oldSize, 0, size, true);
  }

  #path(index: number, start: number, size: number): Hash[] {
    if (size === 1) return [];
    const split = splitOf(size);
    return index < split
      ? [...this.#path(index, start, split), this.#hashOf(start + split, size - split)]
      : [...this.#path(index - split, start + split, size - split), this.#hashOf(start, split)];
  }

  /** `known`: the old tree is this very subtree, so whoever checks has its root already. */
  #continuation(oldSize: number, start: number, size: number, known: boolean): Hash[] {
    if (oldSize === size) return known ? [] : [this.#hashOf(start, size)];
    const split = splitOf(size);
    return oldSize <= split
      ? [...this.#continuation(oldSize, start, split, known), this.#hashOf(start + split, size - split)]
      : [...this.#continuation(oldSize - split, start + split, size - split, false), this.#hashOf(start, split)];
  }

  /** Every subtree that a split makes begins at a multiple of its own size rounded up, so a power of two is complete. */
  #hashOf(start: number, size: number): Hash {
    if (isPowerOfTwo(size)) return this.#completeHash(levelOf(size), start / size);
    const split = splitOf(size);
    return nodeHash(this.#hashOf(start, split), this.#hashOf(start + split, size - split));
  }

  #completeHash(level: number, place: number): Hash {
    this.#complete[level] ??= [];
    const row = this.#complete[level];
    row[place] ??= level === 0 ? this.#leaf(place) : this.#pair(level - 1, place * 2);
    return row[place];
  }

  #pair(level: number, left: number): Hash {
    return nodeHash(this.#completeHash(level, left), this.#completeHash(level, left + 1));
  }

  #leaf(index: number): Hash {
    const hash = this.#leafHashAt(index);
    if (!isHash(hash)) throw new RangeError(`the hash of leaf ${index} does not have 32 bytes`);
    return hash;
  }
}
