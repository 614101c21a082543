/**
 * A server that sends a byte a minute never falls silent, so no idle time-out ends it. Here the time that is spent
 * waiting for it is added up (the time that the reader takes is not), and in every so much of it a least number of bytes
 * must have come.
 */
import { FetchError } from "../addresses/fetch-error.ts";
import type { Clock } from "../clock/clock.ts";

export const paceWindowMs = 120_000;
/** Slower than a modem of 1998 is not worth waiting for. */
export const paceBytesMin = 512 * 1024;

/** The same bytes; throws `Timeout` where they come too slowly. Leaving early leaves the source too. */
export async function* keepingPace(
  source: AsyncIterable<Uint8Array>,
  clock: Clock,
  where: string,
): AsyncGenerator<Uint8Array> {
  let waitedMs = 0;
  let bytes = 0;
  let since = clock.now();
  for await (const chunk of source) {
    waitedMs += clock.now() - since;
    bytes += chunk.length;
    if (waitedMs >= paceWindowMs) {
      if (bytes < paceBytesMin) throw tooSlow(where, bytes, waitedMs);
      waitedMs = 0;
      bytes = 0;
    }
    yield chunk;
    since = clock.now();
  }
}

function tooSlow(where: string, bytes: number, waitedMs: number): FetchError {
  return new FetchError("Timeout", `${where} sent only ${bytes} bytes in ${Math.round(waitedMs / 1000)} s`);
}
