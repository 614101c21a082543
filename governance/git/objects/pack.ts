/** Objects in git's pack format (gitformat-pack), whole and without deltas: how many objects are handed to git at once. */
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { ObjectFormat, ObjectType } from "./format.ts";

export interface NewObject {
  readonly type: ObjectType;
  readonly bytes: Uint8Array;
}

export function packOf(objects: readonly NewObject[], { hash }: ObjectFormat): Buffer {
  const head = Buffer.alloc(12);
  head.write("PACK", "latin1");
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(objects.length, 8);
  const parts = objects.flatMap(({ type, bytes }) => [sizeOf(typeNumbers[type], bytes.length), deflateSync(bytes)]);
  const body = Buffer.concat([head, ...parts]);
  return Buffer.concat([body, createHash(hash).update(body).digest()]);
}

/** Type and size: four bits of the size beside the type, then seven per byte, the lowest first. */
function sizeOf(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 0x0f)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((bytes.pop() ?? 0) | 0x80, rest & 0x7f);
  }
  return Buffer.from(bytes);
}

const typeNumbers: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };
