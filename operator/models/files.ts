/**
 * Streams a file whose size and SHA-256 are known beforehand, so that who serves it need not be trusted: not the
 * server, not the way, not a cache in between. The bytes are hashed as they pass and the last piece is held back until
 * the digest is right: a consumer that sends them on (to a host's blob store, with the size announced) can never
 * complete a wrong file.
 *
 * A transfer that breaks off goes on where it broke (`Range`); the digest at the end covers the seams.
 */
import { createHash } from "node:crypto";
import { shownUrl } from "../addresses/fetch-error.ts";
import type { FetchedResponse, Fetcher } from "../addresses/fetcher.ts";
import { fetchableUrl } from "../addresses/url-rules.ts";
import type { Clock } from "../clock/clock.ts";
import type { Random } from "../clock/system.ts";
import { formatBytes } from "../text/bytes.ts";
import { printable } from "../text/printable.ts";
import { asModelError } from "./fetch-failure.ts";
import { fileRefusal } from "./file-refusal.ts";
import { ModelError } from "./model-error.ts";
import { keepingPace } from "./pace.ts";
import { startOf } from "./range.ts";

export interface RemoteFile {
  readonly url: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface FileStreamOptions {
  readonly fetcher: Fetcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  /** After every piece; up to thousands of times a second. Must not throw. */
  readonly onProgress?: (progress: { completedBytes: number; totalBytes: number }) => void;
}

/** Tries in a row that bring no byte. */
export const fruitlessTriesMax = 5;
/** Tries in all: a server that sends a byte and breaks off each time is given up too. */
export const triesMax = 100;
const waitMsMin = 1_000;
const waitMsMax = 30_000;

/**
 * Its end comes only after all `size` bytes with the right digest. Throws a `ModelError` otherwise (`DigestMismatch`,
 * `SizeMismatch`, `AddressRefused`, what the server said, `Unreachable` after the last try), or the signal's reason.
 * Leaving early closes the connection.
 */
export async function* streamFile(file: RemoteFile, options: FileStreamOptions): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let received = 0;
  let held: Uint8Array | undefined;
  for await (const piece of pieces(file, options)) {
    hash.update(piece);
    received += piece.length;
    options.onProgress?.({ completedBytes: received, totalBytes: file.size });
    if (held) yield held;
    held = piece;
  }
  const found = hash.digest("hex");
  if (found !== file.sha256) {
    throw new ModelError(
      "DigestMismatch",
      `${shown(file)} has the SHA-256 ${found}, ${file.sha256} is pinned; it was changed or damaged, and is not used`,
    );
  }
  if (held) yield held;
}

/** The file's bytes in order, `size` of them, over as many connections as it takes. */
async function* pieces(file: RemoteFile, options: FileStreamOptions): AsyncGenerator<Uint8Array> {
  let received = 0;
  let fruitless = 0;
  for (let tries = 1; received < file.size; tries++) {
    const before = received;
    try {
      for await (const piece of continuation(file, received, options)) {
        received += piece.length;
        yield piece;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      fruitless = received > before ? 0 : fruitless + 1;
      const wait = waitBeforeRetry(error, fruitless, options.random);
      if (wait === undefined || fruitless >= fruitlessTriesMax || tries >= triesMax) throw error;
      await options.clock.sleep(wait, options.signal);
    }
  }
}

/** The bytes from `first` on over one connection. Ends only at the file's end; throws when it breaks off before. */
async function* continuation(file: RemoteFile, first: number, options: FileStreamOptions): AsyncGenerator<Uint8Array> {
  const response = await open(file, first, options);
  let at = startOf(response) ?? 0;
  try {
    for await (const chunk of keepingPace(response.body, options.clock, shown(file))) {
      const fresh = chunk.subarray(Math.max(0, first - at));
      at += chunk.length;
      if (at > file.size) throw wrongSize(file, `more than ${file.size} bytes come`);
      if (fresh.length > 0) yield fresh;
    }
  } catch (error) {
    throw asModelError(error, shown(file));
  } finally {
    response.body.discard();
  }
  if (at < file.size) throw wrongSize(file, `only ${at} bytes come`);
}

async function open(file: RemoteFile, first: number, options: FileStreamOptions): Promise<FetchedResponse> {
  const { fetcher, clock, signal } = options;
  const response = await fetcher
    .open(file.url, {
      bodyBytesMax: Number.POSITIVE_INFINITY,
      ...(first > 0 ? { range: { first } } : {}),
      ...(signal ? { signal } : {}),
    })
    .catch((error: unknown) => {
      throw asModelError(error, "the file");
    });
  const problem = fileRefusal(response, clock.now()) ?? wrongPart(file, first, response);
  if (!problem) return response;
  response.body.discard();
  throw problem;
}

/** Says what the headers already tell, before gigabytes are read in vain. */
function wrongPart(file: RemoteFile, first: number, response: FetchedResponse): ModelError | undefined {
  const start = startOf(response);
  if (start !== first && start !== 0) {
    return new ModelError("BadAnswer", `${shown(file)}: the server sends another part of the file than was asked for`);
  }
  const encoding = response.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return new ModelError("BadAnswer", `${shown(file)}: the server sends it compressed (${printable(encoding, 40)})`);
  }
  const length = response.headers["content-length"];
  if (length === undefined || start + Number(length) === file.size) return undefined;
  return wrongSize(file, `the server has ${start + Number(length)} bytes`);
}

function wrongSize(file: RemoteFile, what: string): ModelError {
  return new ModelError(
    "SizeMismatch",
    `${shown(file)} shall have ${file.size} bytes (${formatBytes(file.size)}), but ${what}; it is not used`,
  );
}

/**
 * Milliseconds; `undefined` for what no retry mends. The server's own wish counts where it is longer, and where it is
 * too long we give up.
 */
function waitBeforeRetry(error: unknown, fruitless: number, random: Random): number | undefined {
  if (!(error instanceof ModelError)) return undefined;
  if (error.code !== "Unreachable" && error.code !== "TooManyRequests") return undefined;
  const backOff = Math.min(waitMsMin * 2 ** fruitless, waitMsMax) * (0.5 + random() / 2);
  const wait = Math.max(backOff, error.retryAfterMs ?? 0);
  return wait <= waitMsMax ? wait : undefined;
}

function shown(file: RemoteFile): string {
  return shownUrl(fetchableUrl(file.url));
}
