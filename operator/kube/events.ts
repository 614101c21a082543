/**
 * Events (`events.k8s.io/v1`) for people: what happened to an object, told once.
 *
 * A reconcile collects its events in a batch and commits the batch after its status write succeeded; a pass that failed
 * and runs again then tells nothing twice. An event that says the same as one before becomes its series, a count on the
 * first; and each object has a budget, so that a flapping host cannot flood the API server. Events are best effort:
 * that one could not be sent is reported, never thrown.
 */

import type { Clock } from "../clock/clock.ts";
import { events, type KubeEvent, type ObjectReference, referenceTo } from "./builtin-types.ts";
import type { KubeClient } from "./client.ts";
import { isNotFound } from "./errors.ts";
import { EventBudget } from "./event-budget.ts";
import { newEvent, seriesKey } from "./event-object.ts";
import { microTime } from "./lease-record.ts";
import type { KubeObject } from "./resource.ts";

export interface EventInput {
  type: "Normal" | "Warning";
  /** One CamelCase word: what happened. At most 128 characters. */
  reason: string;
  /** One CamelCase word: what was being done. At most 128 characters. */
  action: string;
  /** A sentence; cut at 1,024 bytes. */
  note: string;
  related?: ObjectReference | undefined;
}

/** The events of one reconcile of one object. */
export interface EventBatch {
  add(event: EventInput): void;
  readonly size: number;
  /** Sends what was added, in order. Never rejects. */
  commit(): Promise<void>;
  /** Forgets what was added. */
  discard(): void;
}

export interface EventRecorderOptions {
  client: Pick<KubeClient, "create" | "patch">;
  clock: Clock;
  /** Who reports, with a domain: "example.org/operator". */
  controller: string;
  /** Which process of it; at most 128 characters. */
  instance: string;
  /** Told of events that were not sent: refused, failed, or over the object's budget. */
  onError?: ((error: unknown, event: EventInput) => void) | undefined;
  /** How many events an object may cause at once (default 25), and one more after each `refillMs` (default 60 s). */
  burst?: number | undefined;
  refillMs?: number | undefined;
  /** Repetitions within so long of the last one count as its series; default 10 min. */
  seriesWindowMs?: number | undefined;
  /** A running series is written at most so often; default 60 s. */
  seriesIntervalMs?: number | undefined;
}

export interface EventRecorder {
  batch(object: Readonly<KubeObject>): EventBatch;
}

interface Series {
  name: string;
  namespace: string;
  count: number;
  lastAt: number;
  writtenAt: number;
}

const batchMax = 32;
const seriesMax = 4_096;
const sendTimeoutMs = 10_000;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const sender = new Sender(options);
  return {
    batch(object) {
      let waiting: EventInput[] = [];
      return {
        add(event) {
          if (waiting.length < batchMax) waiting.push(event);
          else sender.report(new Error(`more than ${batchMax} events in one pass`), event);
        },
        get size() {
          return waiting.length;
        },
        async commit() {
          const sending = waiting;
          waiting = [];
          const regarding = referenceTo(object);
          for (const event of sending) await sender.send(regarding, event);
        },
        discard() {
          waiting = [];
        },
      };
    },
  };
}

class Sender {
  readonly #options: EventRecorderOptions;
  readonly #budget: EventBudget;
  /** In order of last use; the oldest goes when there are too many. */
  readonly #series = new Map<string, Series>();
  #sequence = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#budget = new EventBudget(options.burst ?? 25, options.refillMs ?? 60_000);
  }

  async send(regarding: ObjectReference, event: EventInput): Promise<void> {
    const now = this.#options.clock.now();
    const key = seriesKey(regarding, event);
    const running = this.#running(key, now);
    try {
      if (!running) await this.#create(key, regarding, event, now);
      else if (!(await this.#repeat(key, running, now))) await this.#create(key, regarding, event, now);
    } catch (error) {
      this.report(error, event);
    }
  }

  report(error: unknown, event: EventInput): void {
    try {
      this.#options.onError?.(error, event);
    } catch {
      // A reporter that throws has nobody left to report to.
    }
  }

  #running(key: string, now: number): Series | undefined {
    const series = this.#series.get(key);
    if (!series || now - series.lastAt > (this.#options.seriesWindowMs ?? 600_000)) return undefined;
    return series;
  }

  async #create(key: string, regarding: ObjectReference, event: EventInput, now: number): Promise<void> {
    this.#budget.spend(regarding.uid ?? `${regarding.namespace}/${regarding.name}`, now);
    const { client, controller, instance } = this.#options;
    const object: KubeEvent = newEvent({ regarding, event, controller, instance, now, sequence: ++this.#sequence });
    const { name, namespace = "default" } = object.metadata;
    this.#remember(key, { name, namespace, count: 1, lastAt: now, writtenAt: now });
    try {
      await client.create(events, object, { timeoutMs: sendTimeoutMs });
    } catch (error) {
      this.#series.delete(key);
      throw error;
    }
  }

  /** False when the event is no longer there (they live for an hour): then it is a new one. */
  async #repeat(key: string, series: Series, now: number): Promise<boolean> {
    series.count++;
    series.lastAt = now;
    this.#remember(key, series);
    const due = series.count === 2 || now - series.writtenAt >= (this.#options.seriesIntervalMs ?? 60_000);
    if (!due) return true;
    series.writtenAt = now;
    const patch = { series: { count: series.count, lastObservedTime: microTime(now) } };
    try {
      await this.#options.client.patch(events, series, patch, { timeoutMs: sendTimeoutMs });
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#series.delete(key);
      return false;
    }
  }

  #remember(key: string, series: Series): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    if (this.#series.size <= seriesMax) return;
    const oldest = this.#series.keys().next().value;
    if (oldest !== undefined) this.#series.delete(oldest);
  }
}
