/** Walks over the bytes of a GGUF header; little-endian. Stops with `endOfBytes` where they end. */
import { ModelError } from "./model-error.ts";

export function bad(problem: string): ModelError {
  return new ModelError("BadGguf", `the file is no model that can be used: ${problem}`);
}

/**
 * Thrown by the cursor, and caught by the parser, where the bytes end; a value, not an error, because nothing is wrong.
 */
export const endOfBytes = Symbol("end of bytes");

export class GgufCursor {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `size` bytes, and past them. `size` may be any number that a stranger wrote. */
  view(size: number): DataView {
    if (!(size <= this.#bytes.length - this.at)) throw endOfBytes;
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.at, size);
    this.at += size;
    return view;
  }

  u32(): number {
    return this.view(4).getUint32(0, true);
  }

  /** A 64-bit count of something. */
  count(what: string, max: number): number {
    const value = this.view(8).getBigUint64(0, true);
    if (value > BigInt(max)) throw bad(`it says that it has ${value} ${what}, ${max} are the most`);
    return Number(value);
  }

  ascii(size: number): string {
    return String.fromCharCode(...this.#take(size));
  }

  text(bytesMax: number, what: string): string {
    return new TextDecoder().decode(this.#take(this.count(`bytes in ${what}`, bytesMax)));
  }

  keptText(bytesMax: number): string | undefined {
    const bytes = this.#take(this.count("bytes in a string", Number.MAX_SAFE_INTEGER));
    return bytes.length > bytesMax ? undefined : new TextDecoder().decode(bytes);
  }

  skipText(): void {
    this.view(this.count("bytes in a string", Number.MAX_SAFE_INTEGER));
  }

  #take(size: number): Uint8Array {
    const view = this.view(size);
    return new Uint8Array(view.buffer, view.byteOffset, size);
  }
}
