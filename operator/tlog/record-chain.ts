/**
 * A log of records, each of which names the one before. A record is a JSON object in canonical form; its member `previous`
 * is the digest of the bytes before it, null in the first one. The same bytes are the leaf of the Merkle tree. The chain
 * shows anybody with all records that none was changed, the tree shows it to somebody who has only a few hashes.
 */
import { canonicalJson, type JsonObject, type JsonValue, parseCanonicalJson } from "./canonical-json.ts";
import { type Digest, digestOf } from "./digest.ts";
import { CompactRange } from "./merkle/compact-range.ts";
import { type Hash, leafHash } from "./merkle/hash.ts";

export interface LinkedRecord {
  /** From 0. */
  readonly index: number;
  readonly record: JsonObject;
  /** What is stored and hashed. */
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly leafHash: Hash;
}

/** Where a chain ends: what the next start of a program needs to go on. */
export interface ChainEnd {
  readonly last: Digest | null;
  readonly size: number;
  readonly peaks: readonly Hash[];
}

export type ChainErrorCode = "not-canonical" | "not-a-record" | "broken-link";

export class ChainError extends Error {
  override readonly name = "ChainError";
  readonly code: ChainErrorCode;
  readonly index: number;

  constructor(code: ChainErrorCode, index: number, message: string, cause?: unknown) {
    super(`record ${index}: ${message}`, { cause });
    this.code = code;
    this.index = index;
  }
}

export class RecordChain {
  #last: Digest | null;
  readonly #range: CompactRange;

  /** Nothing given: a chain without records. Throws a RangeError for an end that cannot be one. */
  constructor(end: ChainEnd = { last: null, size: 0, peaks: [] }) {
    if ((end.last === null) !== (end.size === 0)) throw new RangeError("only a chain without records has no last one");
    this.#last = end.last;
    this.#range = new CompactRange(end);
  }

  get end(): ChainEnd {
    return { last: this.#last, size: this.#range.size, peaks: this.#range.peaks };
  }

  root(): Hash {
    return this.#range.root();
  }

  /** Writes the next record. Throws a TypeError where `fields` holds what JSON cannot say, or a `previous` of its own. */
  append(fields: JsonObject): LinkedRecord {
    if (Object.hasOwn(fields, "previous")) throw new TypeError("the chain itself writes `previous`: leave it out");
    const record = { ...fields, previous: this.#last };
    return this.#accept(record, Buffer.from(canonicalJson(record), "utf8"));
  }

  /** Reads the next record as somebody stored it. Throws a `ChainError` that names it, and stays where it is. */
  follow(bytes: Uint8Array): LinkedRecord {
    const record = recordOf(bytes, this.#range.size);
    if (record["previous"] !== this.#last) {
      const expected = this.#last ?? "null";
      throw new ChainError("broken-link", this.#range.size, `names another record as the one before, not ${expected}`);
    }
    return this.#accept(record, bytes);
  }

  #accept(record: JsonObject, bytes: Uint8Array): LinkedRecord {
    const linked = { index: this.#range.size, record, bytes, digest: digestOf(bytes), leafHash: leafHash(bytes) };
    this.#range.append(linked.leafHash);
    this.#last = linked.digest;
    return linked;
  }
}

function recordOf(bytes: Uint8Array, index: number): JsonObject {
  let value: JsonValue;
  try {
    value = parseCanonicalJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new ChainError("not-canonical", index, "is not JSON in canonical form", cause);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new ChainError("not-a-record", index, "is JSON, but no object");
}
