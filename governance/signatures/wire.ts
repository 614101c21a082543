/** Fields as SSH writes them (RFC 4251, section 5): numbers of four bytes, and strings with their length before them. */

/** Reads fields in order. After one that is not there whole, all are undefined, and so is the end. */
export class WireReader {
  #at = 0;
  #isBroken = false;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  bytes(length: number): Buffer | undefined {
    const end = this.#at + length;
    if (this.#isBroken || end > this.#bytes.length) {
      this.#isBroken = true;
      return undefined;
    }
    const found = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return found;
  }

  uint32(): number | undefined {
    return this.bytes(4)?.readUInt32BE();
  }

  string(): Buffer | undefined {
    const length = this.uint32();
    return length === undefined ? undefined : this.bytes(length);
  }

  /** A string of ASCII letters, digits and signs; anything else breaks off. */
  name(): string | undefined {
    const text = this.string()?.toString("latin1");
    if (text !== undefined && /^[\x21-\x7e]*$/.test(text)) return text;
    this.#isBroken = true;
    return undefined;
  }

  /** A positive number in its one shortest spelling, big-endian, without the byte that keeps its sign. */
  positive(): Buffer | undefined {
    const bytes = this.string();
    const [first, second] = bytes ?? [];
    const isShortest = first !== undefined && first < 0x80 && (first > 0 || (second !== undefined && second >= 0x80));
    if (bytes && isShortest) return first === 0 ? bytes.subarray(1) : bytes;
    this.#isBroken = true;
    return undefined;
  }

  /** Whether every field was there and nothing is behind the last one. */
  get isAtEnd(): boolean {
    return !this.#isBroken && this.#at === this.#bytes.length;
  }
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Text is written as UTF-8. */
export function string(value: string | Uint8Array): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return Buffer.concat([uint32(bytes.length), bytes]);
}
