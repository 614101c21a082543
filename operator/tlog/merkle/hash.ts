/**
 * The hashes of a Merkle tree as RFC 6962 section 2.1 (and RFC 9162) make them. A leaf and an inner node are hashed with a
 * different first byte: without it, somebody could show an inner node as if it were a record that the log holds.
 */
import { hash } from "node:crypto";

/** SHA-256: 32 bytes. */
export type Hash = Uint8Array;

export const hashBytes = 32;

/** The root of a tree without leaves: the hash of nothing. */
export const emptyRoot: Hash = sha256(new Uint8Array(0));

export function leafHash(record: Uint8Array): Hash {
  return sha256(Buffer.concat([leafPrefix, record]));
}

export function nodeHash(left: Hash, right: Hash): Hash {
  return sha256(Buffer.concat([nodePrefix, left, right]));
}

/** Roots and proofs are public: nothing is learnt from the time that a comparison takes. */
export function sameHash(a: Hash, b: Hash): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

export function isHash(value: unknown): value is Hash {
  return value instanceof Uint8Array && value.length === hashBytes;
}

/** At one go: an object per hash is what reading a long log would spend most of its time on. */
function sha256(bytes: Uint8Array): Hash {
  return hash("sha256", bytes, "buffer");
}

const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);
