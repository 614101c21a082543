/**
 * Git's objects as bytes. A log is checked from the id of its last commit, and git itself compares an object with its id only
 * in some of the ways in which it reads one: here every object is hashed, so that a file of the object store that was
 * changed is found whoever changed it and however well.
 */
import { hash } from "node:crypto";
import type { GitObject, Oid } from "../git/repository.ts";

/** What git would call these bytes. `like`: an id of the same repository, which says which hash it uses. */
export function objectId({ type, bytes }: Pick<GitObject, "type" | "bytes">, like: Oid): Oid {
  const head = Buffer.from(`${type} ${bytes.length}\0`, "latin1");
  return hash(like.length === sha1Digits ? "sha1" : "sha256", Buffer.concat([head, bytes]), "hex");
}

export interface CommitLinks {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly isSigned: boolean;
}

/** Undefined where the bytes are no commit. */
export function commitLinks(bytes: Uint8Array): CommitLinks | undefined {
  const text = Buffer.from(bytes).toString("latin1");
  const [treeLine = "", ...lines] = text.slice(0, text.indexOf("\n\n")).split("\n");
  const tree = /^tree ([0-9a-f]+)$/.exec(treeLine)?.[1];
  const others = lines.findIndex((line) => !line.startsWith("parent "));
  if (tree === undefined || others < 0) return undefined;
  const parents = lines.slice(0, others).map((line) => line.slice("parent ".length));
  return { tree, parents, isSigned: lines.some((line) => /^gpgsig(?:-sha256)? /.test(line)) };
}

export interface NamedObject {
  readonly mode: string;
  readonly name: string;
  readonly oid: Oid;
}

/** Undefined where the bytes are no tree. `like` as in `objectId`. */
export function treeEntries(bytes: Uint8Array, like: Oid): NamedObject[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const idBytes = like.length / 2;
  const entries: NamedObject[] = [];
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at);
    const end = space < 0 ? -1 : buffer.indexOf(0, space);
    if (end < 0 || end + 1 + idBytes > buffer.length) return undefined;
    const oid = buffer.subarray(end + 1, end + 1 + idBytes);
    entries.push({
      mode: buffer.toString("latin1", at, space),
      name: buffer.toString("utf8", space + 1, end),
      oid: oid.toString("hex"),
    });
    at = end + 1 + idBytes;
  }
  return entries;
}

const sha1Digits = 40;
