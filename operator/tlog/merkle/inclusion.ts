/**
 * Whether a record is in a log, by RFC 9162 section 2.1.3.2. From a leaf to the root, each step takes the hash of the half
 * beside it out of the proof; whoever holds the root and about 17 hashes can thus check one record of 100,000.
 */
import { type Hash, isHash, nodeHash, sameHash } from "./hash.ts";
import { ProofError } from "./proof-error.ts";
import { half, isOdd, isSize } from "./size.ts";

export interface Inclusion {
  readonly leafHash: Hash;
  /** From 0. */
  readonly index: number;
  /** Leaves in the tree that `root` stands for. */
  readonly size: number;
  readonly root: Hash;
  /** From the leaf upwards. */
  readonly proof: readonly Hash[];
}

/** Returns where the leaf at `index` is proved to be `leafHash`; throws a `ProofError` otherwise. */
export function verifyInclusion({ leafHash, index, size, root, proof }: Inclusion): void {
  if (!isSize(size) || !isSize(index)) throw new ProofError("size", "give index and size as whole numbers from 0");
  if (index >= size) throw new ProofError("size", `there is no leaf ${index} in a tree of ${size}`);
  if (![leafHash, root, ...proof].every(isHash)) throw new ProofError("hash", "each hash has 32 bytes");

  let at = index;
  let last = size - 1;
  let hash = leafHash;
  for (const beside of proof) {
    if (last === 0) throw new ProofError("length", `${proof.length} hashes are too many for leaf ${index} of ${size}`);
    if (isOdd(at) || at === last) {
      hash = nodeHash(beside, hash);
      // A last node without a neighbour rises unhashed until it is somebody's right half.
      while (!isOdd(at) && at > 0) [at, last] = [half(at), half(last)];
    } else {
      hash = nodeHash(hash, beside);
    }
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw new ProofError("length", `${proof.length} hashes are too few for leaf ${index} of ${size}`);
  if (!sameHash(hash, root)) throw new ProofError("root", `leaf ${index} of ${size} does not lead to this root`);
}
