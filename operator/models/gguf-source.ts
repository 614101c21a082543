/**
 * Where the head of a GGUF file comes from (a file on the web, a blob of a registry, bytes at hand, a stream that passes
 * by), and how much of it is read.
 */
import { type GgufHeader, parseGguf } from "./gguf.ts";
import { endless, headerBytesMax } from "./gguf-cursor.ts";
import { ModelError } from "./model-error.ts";
import { tensorBytes } from "./tensor-type.ts";

export interface ByteSource {
  /** Of the whole file, where it is known. */
  readonly sizeBytes?: number;
  /** `length` bytes from `first` on; fewer only at the end of the file. */
  read(first: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
}

const firstLookBytes = 256 * 1024;

/** The whole header. Throws `BadGguf`, also for a file that is shorter than its own directory says. */
export async function readGguf(source: ByteSource, options: { signal?: AbortSignal } = {}): Promise<GgufHeader> {
  const head = new GgufHead(source.sizeBytes);
  for (let first = 0; ; first = head.bytes) {
    const length = head.wantedBytes - first;
    const more = await source.read(first, length, options.signal);
    const header = head.take(more, more.length < length);
    if (header) return header;
  }
}

/** Bytes at hand, as a source. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return { sizeBytes: bytes.length, read: async (first, length) => bytes.subarray(first, first + length) };
}

/** Collects a file's beginning, in pieces of any size, until its header is whole. */
export class GgufHead {
  readonly #fileBytes: number;
  readonly #bytesMax: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #wantedBytes: number;

  /** `fileBytes`: of the whole file; left out where it is not known. */
  constructor(fileBytes = Number.POSITIVE_INFINITY) {
    this.#fileBytes = fileBytes;
    this.#bytesMax = Math.min(headerBytesMax, fileBytes);
    this.#wantedBytes = Math.min(firstLookBytes, this.#bytesMax);
  }

  /** Taken so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many there must be before the next look. */
  get wantedBytes(): number {
    return this.#wantedBytes;
  }

  /** The header, as soon as it is whole. `last`: nothing comes after this piece. Throws `BadGguf` where it can never be. */
  take(piece: Uint8Array, last = false): GgufHeader | undefined {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes < this.#wantedBytes && !last) return undefined;
    const whole = Buffer.concat(this.#pieces);
    const header = parseGguf(whole, this.#fileBytes);
    if (header) return this.#accepted(header);
    if (last) throw endless(this.#bytes);
    if (this.#bytes >= this.#bytesMax) throw endless(this.#fileBytes);
    this.#pieces = [whole];
    while (this.#wantedBytes <= this.#bytes) this.#wantedBytes *= 2;
    this.#wantedBytes = Math.min(this.#wantedBytes, this.#bytesMax);
    return undefined;
  }

  /** A file that was cut shows here, before gigabytes of it are sent anywhere. */
  #accepted(header: GgufHeader): GgufHeader {
    for (const tensor of header.tensors) {
      const end = header.dataOffset + tensor.offset + (tensorBytes(tensor.type, tensor.elements) ?? 0);
      if (end <= this.#fileBytes) continue;
      throw new ModelError(
        "BadGguf",
        `the file has ${this.#fileBytes} bytes, but its weights end at ${end}: it was cut short; take a whole copy`,
      );
    }
    return header;
  }
}
