/**
 * Where the head of a GGUF file comes from (a file on the web, a blob of a registry, bytes at hand), and how much of it
 * is read.
 */
import { formatBytes } from "../text/bytes.ts";
import { type GgufHeader, type GgufReading, parseGguf } from "./gguf.ts";
import { ModelError } from "./model-error.ts";
import { tensorBytes } from "./tensor-type.ts";

export interface ByteSource {
  /** Of the whole file, where it is known. */
  readonly sizeBytes?: number;
  /** `length` bytes from `first` on; fewer only at the end of the file. */
  read(first: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** Heads of published models reach 11 MiB, nearly all of it vocabulary and merges. */
export const headerBytesMax = 24 * 1024 * 1024;
const firstReadBytes = 256 * 1024;

/**
 * The header, as far as it goes within `bytesMax`: a longer one still yields the facts before the limit, without
 * `tensors`. Throws `BadGguf`, also for a file that is shorter than its own directory says.
 */
export async function readGguf(
  source: ByteSource,
  options: { bytesMax?: number; signal?: AbortSignal } = {},
): Promise<GgufHeader> {
  const bytesMax = Math.min(options.bytesMax ?? headerBytesMax, source.sizeBytes ?? Number.POSITIVE_INFINITY);
  let bytes = new Uint8Array(0);
  for (let wanted = firstReadBytes; ; wanted *= 2) {
    const length = Math.min(wanted, bytesMax) - bytes.length;
    const more = await source.read(bytes.length, length, options.signal);
    bytes = joined(bytes, more);
    const reading = parseGguf(bytes);
    const atEnd = more.length < length || bytes.length === source.sizeBytes;
    if (reading.complete || atEnd || bytes.length >= bytesMax) return accepted(reading, source, atEnd, bytes.length);
  }
}

/** Bytes at hand, as a source. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return { sizeBytes: bytes.length, read: async (first, length) => bytes.subarray(first, first + length) };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function accepted(reading: GgufReading, source: ByteSource, atEnd: boolean, bytesRead: number): GgufHeader {
  if (!reading.complete && atEnd) {
    throw new ModelError("BadGguf", `the file ends after ${formatBytes(bytesRead)}, in the middle of its header`);
  }
  if (source.sizeBytes !== undefined) checkEnds(reading.header, source.sizeBytes);
  return reading.header;
}

/** A file that was cut shows here, before gigabytes of it are sent anywhere. */
function checkEnds(header: GgufHeader, sizeBytes: number): void {
  for (const tensor of header.tensors ?? []) {
    const end = (header.dataOffset ?? 0) + tensor.offset + (tensorBytes(tensor.type, tensor.elements) ?? 0);
    if (end <= sizeBytes) continue;
    throw new ModelError(
      "BadGguf",
      `the file has ${sizeBytes} bytes, but its weights end at ${end}: it was cut short; take a whole copy`,
    );
  }
}
