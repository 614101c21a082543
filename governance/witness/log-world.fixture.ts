/** A log without git: records are texts, and any history of them can be signed. For tests of those who see checkpoints only. */
import { type Hash, leafHash } from "../../operator/tlog/merkle/hash.ts";
import { MerkleTree } from "../../operator/tlog/merkle/tree.ts";
import { type PrivateNoteKey, privateNoteKey } from "../../operator/tlog/note/key.ts";
import { signCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import { formatAddCheckpoint } from "../../operator/tlog/witness/request.ts";

export const origin = "commonhold.example/log";
export const logKey = privateNoteKey(origin, 1, Buffer.alloc(32, 1));
export const nextLogKey = privateNoteKey(origin, 1, Buffer.alloc(32, 2));
export const strangerKey = privateNoteKey(origin, 1, Buffer.alloc(32, 3));

export const honest = treeOf((index) => `record ${index}`);
/** Differs from record 2 on. */
export const rewritten = treeOf((index) => (index >= 2 ? `rewritten ${index}` : `record ${index}`));
export const elsewhere = treeOf((index) => `another community's record ${index}`);

export const genesis: Hash = leafHash(Buffer.from("record 0"));

export function treeOf(record: (index: number) => string): MerkleTree {
  return new MerkleTree((index) => leafHash(Buffer.from(record(index))));
}

export function noteOf(tree: MerkleTree, size: number, keys: readonly PrivateNoteKey[] = [logKey]): string {
  return signCheckpoint({ origin, size, root: tree.root(size), extensions: [] }, keys);
}

/** The body of a request that asks to go from one size to another. */
export function growth(from: number, to: number, tree = honest, keys: readonly PrivateNoteKey[] = [logKey]): Buffer {
  const proof = from <= to ? tree.consistencyProof(from, to) : [];
  return Buffer.from(formatAddCheckpoint({ oldSize: from, proof, note: noteOf(tree, to, keys) }));
}
