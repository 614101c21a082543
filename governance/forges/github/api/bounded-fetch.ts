/**
 * One exchange with the API, bounded: in time, in bytes, and in where it may go. A repository that was renamed answers
 * with a redirect; that is followed on the same server only, so that our token never goes to another.
 */
import type { Cancel, Clock } from "../../../../operator/clock/clock.ts";
import { ForgeError } from "../../forge.ts";

export type Fetch = typeof globalThis.fetch;

export interface FetchBounds {
  readonly clock: Clock;
  /** From the first packet to the last of one answer. */
  readonly requestMsMax: number;
  /** A page of a hundred pull requests with the longest descriptions has some 30 MB. */
  readonly answerBytesMax: number;
}

export const defaultFetchBounds = { requestMsMax: 30_000, answerBytesMax: 64 * 1024 * 1024 } as const;
const redirectsMax = 3;
const redirects = new Set([301, 302, 307, 308]);

/** Gives an answer whose body is here already. Throws a ForgeError (`unreachable`), or the signal's reason when it aborts. */
export function boundedFetch(fetch: Fetch, bounds: FetchBounds): Fetch {
  return async function fetchWithinBounds(input, init = {}) {
    const { clock, requestMsMax, answerBytesMax } = bounds;
    const url = new URL(String(input));
    const { signal, cancel } = deadline(clock, requestMsMax, url, init.signal);
    try {
      const answer = await follow(fetch, url, { ...init, signal });
      const body = await readBody(answer, answerBytesMax, url);
      return new Response(body, { status: answer.status, headers: answer.headers });
    } catch (error) {
      throw failureOf(error, signal, url);
    } finally {
      cancel();
    }
  };
}

function deadline(
  clock: Clock,
  ms: number,
  url: URL,
  asked: AbortSignal | null | undefined,
): { signal: AbortSignal; cancel: Cancel } {
  const late = new AbortController();
  const cancel = clock.after(ms, () => {
    late.abort(new ForgeError("unreachable", `${url.host} did not answer within ${Math.round(ms / 1_000)} seconds`));
  });
  return { signal: asked ? AbortSignal.any([asked, late.signal]) : late.signal, cancel };
}

async function follow(fetch: Fetch, start: URL, init: RequestInit): Promise<Response> {
  let url = start;
  for (let hops = 0; hops <= redirectsMax; hops++) {
    const answer = await fetch(url, { ...init, redirect: "manual" });
    if (!redirects.has(answer.status)) return answer;
    await answer.body?.cancel();
    url = redirectTarget(url, answer.headers.get("location"));
    if (init.method !== undefined && init.method !== "GET") {
      // Its new name is known after the next look; nothing was changed under the old one.
      throw new ForgeError(
        "unreachable",
        `${start.host} moved what was to be changed: it is tried again under its new name`,
      );
    }
  }
  throw new ForgeError("unreachable", `${start.host} redirects in a circle`);
}

function redirectTarget(from: URL, location: string | null): URL {
  const target = location !== null && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.origin === from.origin) return target;
  throw new ForgeError("refused", `${from.host} redirects to another server: its address in the settings is wrong`);
}

async function readBody(answer: Response, bytesMax: number, url: URL): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!answer.body) return null;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > bytesMax) throw new ForgeError("invalid", `${url.host} answered more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return length === 0 ? null : new Uint8Array(Buffer.concat(chunks));
}

function failureOf(error: unknown, signal: AbortSignal, url: URL): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ForgeError) return error;
  return new ForgeError("unreachable", `${url.host} cannot be reached, or broke off`, { cause: error });
}
