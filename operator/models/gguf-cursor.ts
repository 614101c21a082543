/** Walks over the bytes of a GGUF header; little-endian. Stops with `endOfBytes` where they end. */
import { formatBytes } from "../text/bytes.ts";
import { printable } from "../text/printable.ts";
import { ModelError } from "./model-error.ts";

export function bad(problem: string): ModelError {
  return new ModelError("BadGguf", `the file is no model that can be used: ${problem}`);
}

/** Heads of published models reach 11 MiB, nearly all of it vocabulary and merges. */
export const headerBytesMax = 32 * 1024 * 1024;

/** For a header that does not end before `fileBytes`, or before any header does. */
export function endless(fileBytes: number): ModelError {
  if (fileBytes > headerBytesMax) return bad(`its header is longer than ${formatBytes(headerBytesMax)}, which none is`);
  return bad(`it ends after ${formatBytes(fileBytes)}, in the middle of its header`);
}

/** A name out of a file, for a message. */
export function shownKey(key: string): string {
  return `"${printable(key, 80)}"`;
}

/**
 * Thrown by the cursor, and caught by the parser, where the bytes end; a value, not an error, because nothing is wrong.
 */
export const endOfBytes = Symbol("end of bytes");

export class GgufCursor {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #fileBytes: number;

  /** `bytes`: the beginning of a file that has `fileBytes` in all. */
  constructor(bytes: Uint8Array, fileBytes: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = Math.min(fileBytes, headerBytesMax);
    this.#fileBytes = fileBytes;
  }

  /** The next `size` bytes, and past them. `size` may be any number that a stranger wrote. */
  view(size: number): DataView {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.skip(size), size);
  }

  bytes(size: number): Uint8Array {
    const from = this.skip(size);
    return this.#bytes.subarray(from, from + size);
  }

  /** Past the next `size` bytes; where they began. */
  skip(size: number): number {
    this.expect(size);
    const from = this.at;
    if (from + size > this.#bytes.length) throw endOfBytes;
    this.at = from + size;
    return from;
  }

  /**
   * Refuses what cannot come however many bytes follow. Nobody after us shall believe such a length either: Ollama
   * allocates it before it reads (fs/ggml/gguf.go).
   */
  expect(size: number): void {
    if (!(this.at + size <= this.#end)) throw endless(this.#fileBytes);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** A 64-bit count of something. */
  count(what: string, max: number): number {
    const at = this.skip(8);
    const value = this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
    if (value <= max) return value;
    throw bad(`it says that it has ${this.#view.getBigUint64(at, true)} ${what}, ${max} are the most`);
  }

  text(bytesMax: number, what: string): string {
    return new TextDecoder().decode(this.bytes(this.count(`bytes in ${what}`, bytesMax)));
  }

  keptText(bytesMax: number): string | undefined {
    const bytes = this.stringBytes();
    return bytes.length > bytesMax ? undefined : new TextDecoder().decode(bytes);
  }

  /** Of a string of any length, where they lie. */
  stringBytes(): Uint8Array {
    return this.bytes(this.#stringLength());
  }

  skipString(): void {
    this.skip(this.#stringLength());
  }

  #stringLength(): number {
    return this.count("bytes in a string", Number.MAX_SAFE_INTEGER);
  }
}
