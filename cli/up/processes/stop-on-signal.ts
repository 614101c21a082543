/** How a verb that stays is asked to end: by a signal, or because nobody reads any more what it prints. */
import { setMaxListeners } from "node:events";
import type { Clock } from "../../../operator/clock/clock.ts";

/**
 * `npm` hands every Ctrl-C on to us that the terminal has sent us already, so one press arrives twice, milliseconds apart.
 * https://github.com/npm/run-script/blob/main/lib/signal-manager.js
 */
const samePressMs = 500;

const names: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export interface StopRequest {
  /** Aborts with the first reason to stop. */
  readonly signal: AbortSignal;
  /** Asks for a stop without a signal. */
  now(reason: Error): void;
  /** Gives the signals their usual effect back. */
  release(): void;
}

/** Where signals come from and what ends at once; tests give their own. */
export interface SignalSource {
  on(name: NodeJS.Signals, listener: (name: NodeJS.Signals) => void): unknown;
  off(name: NodeJS.Signals, listener: (name: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
}

/** The first signal asks for a stop in order; another press ends at once, and the leashes end what is left. */
export function stopOnSignal(clock: Clock, source: SignalSource = process): StopRequest {
  const abort = new AbortController();
  // Everything under way listens to it at once: many listeners are no leak here.
  setMaxListeners(0, abort.signal);
  let askedAt: number | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    // A terminal that is gone says so more than once; only a person is impatient.
    const pressedAgain = name !== "SIGHUP" && askedAt !== undefined && clock.now() - askedAt >= samePressMs;
    if (pressedAgain) source.exit(130);
    askedAt ??= clock.now();
    abort.abort(new Error(`stopped by ${name}`));
  };
  for (const name of names) source.on(name, onSignal);
  return {
    signal: abort.signal,
    now: (reason) => abort.abort(reason),
    release: () => names.forEach((name) => void source.off(name, onSignal)),
  };
}
