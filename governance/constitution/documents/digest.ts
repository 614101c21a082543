/**
 * One digest for one meaning. A document is named by the SHA-256 of its data in the canonical form of RFC 8785 (sorted
 * names, one spelling of each number and text), so that comments, order and quotes may change and the digest stays.
 * The data as written is what counts, before defaults: a later version of this program with other defaults must find the
 * same digest, or the chain of constitutions would break.
 */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { JsonValue } from "./yaml-tree.ts";

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

export const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** The canonical form of RFC 8785. Throws a TypeError for what JSON cannot say: a number that is none, half a letter. */
export function canonicalJson(value: JsonValue): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (error) {
    throw new TypeError("this value has no canonical JSON form: give finite numbers and whole characters", {
      cause: error,
    });
  }
  if (text === undefined) throw new TypeError("nothing was given to be written as canonical JSON");
  return text;
}

export function digestOf(value: JsonValue): Digest {
  return `sha256:${createHash("sha256").update(canonicalJson(value), "utf8").digest("hex")}`;
}
