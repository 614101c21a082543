/** Requests to witnesses: to addresses that the policy agrees with, without redirects, within time and size limits. */
import { Agent, request } from "undici";
import { boundedBody } from "../../../operator/addresses/body.ts";
import { policedConnector } from "../../../operator/addresses/connector.ts";
import { asFetchError, FetchError, shownUrl } from "../../../operator/addresses/fetch-error.ts";
import type { AddressPolicy } from "../../../operator/addresses/policy.ts";
import { fetchableUrl } from "../../../operator/addresses/url-rules.ts";
import type { Clock } from "../../../operator/clock/clock.ts";

export interface WitnessHttp {
  /** Whatever the status. Rejects with a `FetchError`, or the signal's reason. */
  send(method: "GET" | "POST", url: string, body?: string, signal?: AbortSignal): Promise<WitnessResponse>;
  close(): Promise<void>;
}

export interface WitnessResponse {
  readonly status: number;
  /** Without parameters, in lower case. */
  readonly contentType: string;
  readonly body: string;
}

export interface WitnessHttpOptions {
  readonly policy: AddressPolicy;
  readonly clock: Clock;
  /** For one request, from the connection to the last byte. Default `requestMsMax`. */
  readonly timeoutMs?: number;
}

export const requestMsMax = 10_000;
/** A checkpoint with all the signatures that a note may have. */
const answerBytesMax = 64 * 1024;
const connectionsPerWitnessMax = 2;

export function createWitnessHttp({ policy, clock, timeoutMs = requestMsMax }: WitnessHttpOptions): WitnessHttp {
  const dispatcher = new Agent({
    connect: policedConnector({ policy, timeoutMs }),
    connections: connectionsPerWitnessMax,
  });
  return {
    async send(method, text, body, signal) {
      const url = fetchableUrl(text);
      const deadline = new AbortController();
      const late = new FetchError("Timeout", `${shownUrl(url)} did not answer within ${timeoutMs} ms`);
      const cancel = clock.after(timeoutMs, () => deadline.abort(late));
      const within = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal;
      try {
        const response = await request(url, {
          dispatcher,
          method,
          headers: { "user-agent": "commonhold", "content-type": "text/plain; charset=utf-8" },
          ...(body !== undefined && { body }),
          signal: within,
        });
        const contentType = String(response.headers["content-type"] ?? "").split(";")[0] ?? "";
        const answer = await boundedBody(response.body, shownUrl(url), answerBytesMax, within).text();
        return { status: response.statusCode, contentType: contentType.trim().toLowerCase(), body: answer };
      } catch (error) {
        if (within.aborted) throw within.reason;
        throw asFetchError(error, shownUrl(url), "connect");
      } finally {
        cancel();
      }
    },
    close: () => dispatcher.destroy(),
  };
}
