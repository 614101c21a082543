/** A response body as a stream of bytes with a limit, errors in our terms, and a way to let go of it unread. */
import type { Readable } from "node:stream";
import { asFetchError, FetchError } from "./fetch-error.ts";

export interface BoundedBody extends AsyncIterable<Uint8Array> {
  /** Everything, up to the limit. */
  bytes(): Promise<Buffer>;
  /** Everything as UTF-8, up to the limit. */
  text(): Promise<string>;
  /** Lets go of the connection without reading on. Does nothing after the end. */
  discard(): void;
}

/**
 * Can be read once. Ends in `BodyTooLarge` when more than `bytesMax` come, in `CutOff` when fewer come than promised,
 * in `Timeout` when nothing comes for too long, in the signal's reason when it aborts; the connection is closed in each
 * case, and also when the reader leaves early.
 */
export function boundedBody(source: Readable, where: string, bytesMax: number, signal?: AbortSignal): BoundedBody {
  // An error that comes before anybody reads must not end the process; the reader still gets it.
  source.on("error", () => {});
  async function* read(): AsyncGenerator<Uint8Array> {
    let received = 0;
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        received += chunk.byteLength;
        if (received > bytesMax) throw new FetchError("BodyTooLarge", `${where} sends more than ${bytesMax} bytes`);
        yield chunk;
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw asFetchError(error, where, "body");
    } finally {
      source.destroy();
    }
  }
  const bytes = async (): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of read()) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  return {
    [Symbol.asyncIterator]: read,
    bytes,
    text: async () => (await bytes()).toString("utf8"),
    discard: () => void source.destroy(),
  };
}
