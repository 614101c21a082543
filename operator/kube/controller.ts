/**
 * The loop of a controller: keys come out of a queue, workers reconcile them, results and errors decide when they come again.
 *
 * A key is never with two workers. What a reconcile says or throws becomes one outcome: done, come again at a time, or
 * failed; a failure comes again after the key's own back-off, unless it is terminal, which only a change of the object can
 * mend. Nothing a reconcile or a hook does ends the loop. Stopping lets the work under way finish until a deadline, then
 * aborts it; what was waiting is dropped, since a restart lists everything anyway.
 */

import type { Clock } from "../clock/clock.ts";
import { KeyBackoff, type Random } from "./backoff.ts";
import { withDeadline } from "./deadline.ts";
import { DelayedKeys } from "./delay.ts";
import { FencedError, isConflict, isKubeError, isTerminal } from "./errors.ts";
import { KeyedQueue } from "./queue.ts";

export interface ReconcileResult {
  /** Come again after so many milliseconds, though nothing changed. */
  requeueAfterMs?: number | undefined;
}

/** `signal` aborts at the time limit of one reconcile and at the deadline of a stop. */
// biome-ignore lint/suspicious/noConfusingVoidType: a reconcile that has nothing to say returns nothing
export type Reconcile = (key: string, signal: AbortSignal) => Promise<ReconcileResult | undefined | void>;

export type Outcome = "done" | "requeued" | "conflict" | "failed" | "terminal" | "fenced" | "stopped";

export interface Reconciled {
  key: string;
  outcome: Outcome;
  durationMs: number;
  /** When the key comes again; undefined: on a change only. */
  retryInMs: number | undefined;
  /** How often in a row the key has failed, this time included. */
  failures: number;
  error?: unknown;
}

/** Plain callbacks for metrics and logs. One that throws is ignored. */
export interface ControllerHooks {
  onStart?: ((key: string) => void) | undefined;
  onEnd?: ((reconciled: Reconciled) => void) | undefined;
  /** After a stop: keys whose reconcile ignored its aborted signal. */
  onAbandoned?: ((keys: readonly string[]) => void) | undefined;
}

export interface ControllerOptions extends ControllerHooks {
  reconcile: Reconcile;
  clock: Clock;
  random: Random;
  /** Keys reconciled at the same time; default 4. */
  workers?: number | undefined;
  /** Limit of one reconcile, after which its signal aborts; default 120 s. */
  reconcileTimeoutMs?: number | undefined;
  /** How long work under way may go on after a stop before its signal aborts; default 10 s. */
  stopDeadlineMs?: number | undefined;
  /** How long a reconcile may ignore that before `run` returns without it; default 5 s. */
  abandonAfterMs?: number | undefined;
  /** Waits after failures of a key; default 200 ms doubling up to 5 min. */
  backoff?: { baseMs: number; maxMs: number } | undefined;
}

const backoffDefaults = { baseMs: 200, maxMs: 300_000, jitter: 0.2 };

export class Controller {
  readonly #options: ControllerOptions;
  readonly #queue = new KeyedQueue();
  readonly #delayed: DelayedKeys;
  readonly #backoff: KeyBackoff;
  readonly #active = new Set<string>();

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#delayed = new DelayedKeys(options.clock, (key) => this.#queue.add(key));
    this.#backoff = new KeyBackoff({ ...backoffDefaults, ...options.backoff, random: options.random });
  }

  /** The key has changed: reconcile it as soon as a worker is free, even if it failed terminally or waits after a failure. */
  enqueue(key: string): void {
    this.#queue.add(key);
  }

  /** Reconcile the key after `ms` milliseconds; of several such wishes the earliest wins. */
  enqueueAfter(key: string, ms: number): void {
    this.#delayed.add(key, ms);
  }

  /** Keys that wait for a worker. */
  get depth(): number {
    return this.#queue.length;
  }

  /** Keys that wait for a time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** Keys being reconciled now. */
  get active(): number {
    return this.#active.size;
  }

  /** Works until the signal aborts and the stop is over. Call it once, when the caches are synced. */
  async run(signal: AbortSignal): Promise<void> {
    const halt = new AbortController();
    const workers = Array.from({ length: this.#options.workers ?? 4 }, () => this.#work(halt.signal));
    await aborted(signal);
    this.#delayed.stop();
    this.#queue.shutDownNow();
    await this.#stop(Promise.all(workers), halt);
  }

  async #stop(ended: Promise<unknown>, halt: AbortController): Promise<void> {
    const { clock, stopDeadlineMs = 10_000, abandonAfterMs = 5_000 } = this.#options;
    if (await endsWithin(clock, stopDeadlineMs, ended)) return;
    halt.abort(new Error(`the controller stops: work was not done within ${stopDeadlineMs} ms`));
    if (await endsWithin(clock, abandonAfterMs, ended)) return;
    contained(() => this.#options.onAbandoned?.([...this.#active]));
  }

  async #work(halt: AbortSignal): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      this.#active.add(key);
      const reconciled = await this.#reconcile(key, halt);
      this.#active.delete(key);
      this.#queue.done(key);
      contained(() => this.#options.onEnd?.(reconciled));
    }
  }

  async #reconcile(key: string, halt: AbortSignal): Promise<Reconciled> {
    const { clock, reconcile } = this.#options;
    contained(() => this.#options.onStart?.(key));
    const startedAt = clock.now();
    const ended = (outcome: Outcome, retryInMs?: number, error?: unknown): Reconciled => {
      const durationMs = clock.now() - startedAt;
      const failures = this.#backoff.failures(key);
      return { key, outcome, durationMs, retryInMs, failures, ...(error === undefined ? {} : { error }) };
    };
    try {
      const result = await this.#limited(halt, (signal) => reconcile(key, signal));
      this.#backoff.forget(key);
      const requeueAfterMs = result?.requeueAfterMs;
      if (requeueAfterMs === undefined) return ended("done");
      this.#delayed.add(key, requeueAfterMs);
      return ended("requeued", requeueAfterMs);
    } catch (error) {
      const outcome = halt.aborted ? "stopped" : outcomeOf(error);
      return ended(outcome, this.#retry(key, outcome, error), error);
    }
  }

  /** Waits for the reconcile itself, not only for its time limit: its key must not go to another worker before it ends. */
  async #limited<R>(halt: AbortSignal, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const timeoutMs = this.#options.reconcileTimeoutMs ?? 120_000;
    const limit = { clock: this.#options.clock, timeoutMs, signal: halt, onTimeout: () => timeoutError(timeoutMs) };
    let working: Promise<R> | undefined;
    try {
      return await withDeadline(limit, (signal) => {
        working = (async () => work(signal))();
        return working;
      });
    } catch (error) {
      await working?.catch(() => undefined);
      throw error;
    }
  }

  /** Undefined when only a change may bring the key back. */
  #retry(key: string, outcome: Outcome, error: unknown): number | undefined {
    if (outcome === "stopped" || outcome === "fenced") return undefined;
    if (outcome === "terminal") {
      this.#backoff.forget(key);
      return undefined;
    }
    const asked = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
    const waitMs = Math.max(this.#backoff.next(key), asked);
    this.#delayed.add(key, waitMs);
    return waitMs;
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof FencedError) return "fenced";
  if (isTerminal(error)) return "terminal";
  return isConflict(error) ? "conflict" : "failed";
}

function timeoutError(timeoutMs: number): Error {
  return new Error(`the reconcile was not done within ${timeoutMs} ms`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function endsWithin(clock: Clock, ms: number, ended: Promise<unknown>): Promise<boolean> {
  const over = new Error("over");
  return withDeadline({ clock, timeoutMs: ms, onTimeout: () => over }, () => ended).then(
    () => true,
    () => false,
  );
}

function contained(hook: () => void): void {
  try {
    hook();
  } catch {
    // A hook that throws has nobody left to report to, and must not end the loop.
  }
}
