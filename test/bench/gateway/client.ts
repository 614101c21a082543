/** One request of the load, on undici's lowest level: the cheaper the client, the less of its own work is in what it measures. */
import type { Dispatcher } from "undici";
import { writtenTimesUs } from "./answers.ts";
import { sharedClockUs } from "./script.ts";

export interface Exchange {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Microseconds. */
export interface Sample {
  readonly totalUs: number;
  readonly firstByteUs: number;
  /** Per token, from the upstream's write to here. */
  readonly lagsUs: readonly number[];
  /** `sharedClockUs` at which the client left, where it was to leave. */
  readonly leftUs: number | undefined;
}

export type Leave = { readonly afterMs: number } | { readonly afterTokens: number };

const errorCharsMax = 300;

/** Rejects on every answer but a complete 200: a measurement with failures in it measures something else. */
export function send(dispatcher: Dispatcher, exchange: Exchange, leave?: Leave): Promise<Sample> {
  return new Promise((resolve, reject) => {
    const startUs = sharedClockUs();
    const lagsUs: number[] = [];
    let status = 0;
    let firstByteUs = Number.NaN;
    let leftUs: number | undefined;
    let refusal = "";
    let timer: NodeJS.Timeout | undefined;
    const goAway = (controller: Dispatcher.DispatchController): void => {
      if (leftUs !== undefined) return;
      leftUs = sharedClockUs();
      controller.abort(new Error("left"));
    };
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      if (leftUs === undefined && error) reject(error);
      else if (leftUs === undefined && status !== 200) reject(new Error(`HTTP ${status}: ${refusal}`));
      else resolve({ totalUs: sharedClockUs() - startUs, firstByteUs, lagsUs, leftUs });
    };
    dispatcher.dispatch(
      { ...exchange, method: "POST" },
      {
        onRequestStart(controller) {
          if (leave && "afterMs" in leave) timer = setTimeout(() => goAway(controller), leave.afterMs);
        },
        onResponseStart(_, statusCode) {
          status = statusCode;
        },
        onResponseData(controller, chunk) {
          const now = sharedClockUs();
          if (Number.isNaN(firstByteUs)) firstByteUs = now - startUs;
          const text = chunk.toString("latin1");
          if (status !== 200) refusal = (refusal + text).slice(0, errorCharsMax);
          else for (const written of writtenTimesUs(text)) lagsUs.push(now - written);
          if (leave && "afterTokens" in leave && lagsUs.length >= leave.afterTokens) goAway(controller);
        },
        onResponseEnd: () => settle(),
        onResponseError: (_, error) => settle(error),
      },
    );
  });
}
