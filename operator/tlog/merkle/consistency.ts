/**
 * Whether a log only grew, by RFC 9162 section 2.1.4.2: the same hashes lead to the root that was seen before and to the new
 * one. Where that holds, the first `oldSize` records are today what they were then, byte by byte and in that order.
 */
import { emptyRoot, type Hash, isHash, nodeHash, sameHash } from "./hash.ts";
import { ProofError } from "./proof-error.ts";
import { half, isOdd, isPowerOfTwo, isSize } from "./size.ts";

export interface Consistency {
  readonly oldSize: number;
  readonly oldRoot: Hash;
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
}

/** Returns where the tree of `size` continues the tree of `oldSize`; throws a `ProofError` otherwise. */
export function verifyConsistency({ oldSize, oldRoot, size, root, proof }: Consistency): void {
  if (!isSize(oldSize) || !isSize(size)) throw new ProofError("size", "give both sizes as whole numbers from 0");
  if (oldSize > size) throw new ProofError("size", `a log of ${oldSize} records cannot shrink to ${size}`);
  if (![oldRoot, root, ...proof].every(isHash)) throw new ProofError("hash", "each hash has 32 bytes");
  if (size === 0 && !sameHash(root, emptyRoot)) throw new ProofError("root", "a tree without leaves has another root");
  if (oldSize === 0) withoutProof(emptyRoot, oldRoot, proof);
  else if (oldSize === size) withoutProof(root, oldRoot, proof);
  else walk(oldSize, oldRoot, size, root, proof);
}

/** From nothing, and from a size to itself, there is nothing to show. */
function withoutProof(expected: Hash, oldRoot: Hash, proof: readonly Hash[]): void {
  if (proof.length > 0) throw new ProofError("length", `no hash is needed here, ${proof.length} were given`);
  if (!sameHash(expected, oldRoot)) throw new ProofError("root", "the two roots of one size differ");
}

function walk(oldSize: number, oldRoot: Hash, size: number, root: Hash, proof: readonly Hash[]): void {
  // A complete old tree is itself the first hash of the path; its root is known and therefore not sent.
  const [first, ...path] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (!first) throw new ProofError("length", `a proof from ${oldSize} to ${size} is not empty`);
  let at = oldSize - 1;
  let last = size - 1;
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  let before = first;
  let after = first;
  for (const beside of path) {
    if (last === 0) throw new ProofError("length", `${proof.length} hashes are too many from ${oldSize} to ${size}`);
    if (isOdd(at) || at === last) {
      before = nodeHash(beside, before);
      after = nodeHash(beside, after);
      while (!isOdd(at) && at > 0) [at, last] = [half(at), half(last)];
    } else {
      after = nodeHash(after, beside);
    }
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw new ProofError("length", `${proof.length} hashes are too few from ${oldSize} to ${size}`);
  if (!sameHash(before, oldRoot))
    throw new ProofError("root", `the proof does not lead to the root of size ${oldSize}`);
  if (!sameHash(after, root)) throw new ProofError("root", `the proof does not lead to the root of size ${size}`);
}
