/**
 * Keeps a store equal to a collection on the API server: one list, then a watch that goes on from it, for ever.
 *
 * The watch ends by the server's clock after a random 5 to 10 minutes (so that the watches of many clients do not come
 * back together) and is taken up from the last version seen, which bookmarks keep fresh. It is cut when the server is
 * silent for too long: a frozen peer would otherwise leave the cache old without a word. "Gone" (410) and every answer
 * that says that our version means nothing to the server lead to a new list. No error ends it: after each it waits a
 * jittered 0.8 to 30 s, forgotten after two good minutes (the numbers of client-go's reflector), and tries again.
 */

import type { Clock } from "../clock/clock.ts";
import { LoopBackoff, type Random } from "./backoff.ts";
import type { KubeClient } from "./client.ts";
import { isConnectionFailure, isGone, isKubeError } from "./errors.ts";
import type { KubeObject, ResourceType } from "./resource.ts";
import type { WritableStore } from "./store.ts";

export interface ReflectorOptions<T extends KubeObject> {
  client: Pick<KubeClient, "list" | "watch">;
  type: ResourceType<T>;
  store: WritableStore<T>;
  clock: Clock;
  random: Random;
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Told of every failed list or watch, and when the next try comes; the reflector goes on by itself. */
  onError?: ((error: unknown, retryInMs: number) => void) | undefined;
  /** Shortest life of a watch in seconds; the longest is twice that. Default 300. */
  watchSeconds?: number | undefined;
  /**
   * A watch that brings nothing, not even a bookmark, for so long is cut and taken up again; default 150 s (the server
   * sends a bookmark about once a minute, though it does not promise to).
   */
  idleTimeoutMs?: number | undefined;
  pageSize?: number | undefined;
  /** Limit of each page of a list; default 30 s. */
  listTimeoutMs?: number | undefined;
  backoff?: { baseMs: number; maxMs: number; forgetAfterMs: number } | undefined;
}

const backoffDefaults = { baseMs: 800, maxMs: 30_000, forgetAfterMs: 120_000 };
const watchSecondsDefault = 300;
const idleTimeoutMsDefault = 150_000;
const listTimeoutMsDefault = 30_000;
/** A watch that ended well but sooner than this counts as a failure, or a broken server would be asked without pause. */
const shortWatchMs = 1_000;

export class Reflector<T extends KubeObject> {
  /** Resolves when the store holds the first full list; rejects with the signal's reason if the run ends before. */
  readonly synced: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  readonly #backoff: LoopBackoff;
  #resolveSynced: () => void = () => undefined;
  #rejectSynced: (reason: unknown) => void = () => undefined;
  #hasSynced = false;
  #version: string | undefined;
  #lastContact: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#backoff = new LoopBackoff({
      ...backoffDefaults,
      ...options.backoff,
      jitter: 1,
      clock: options.clock,
      random: options.random,
    });
    this.synced = new Promise((resolve, reject) => {
      this.#resolveSynced = resolve;
      this.#rejectSynced = reject;
    });
    this.synced.catch(() => undefined); // waiting for it is optional
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** When the server was last heard (ms since the epoch); undefined: never. */
  get lastContact(): number | undefined {
    return this.#lastContact;
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.#pass(signal);
      if (waitMs > 0 && !signal.aborted) await this.#options.clock.sleep(waitMs, signal).catch(() => undefined);
    }
    this.#rejectSynced(signal.reason);
  }

  /** One list, if one is due, and one watch. Gives the milliseconds to wait before the next. */
  async #pass(signal: AbortSignal): Promise<number> {
    const startedAt = this.#options.clock.now();
    try {
      this.#version ??= await this.#list(signal);
      await this.#watch(this.#version, signal);
      const lasted = this.#options.clock.now() - startedAt;
      return lasted < shortWatchMs ? this.#backoff.next() : 0;
    } catch (error) {
      if (signal.aborted) return 0;
      const lasted = this.#options.clock.now() - startedAt;
      if (needsList(error)) this.#version = undefined;
      const atOnce = isGone(error) && lasted >= shortWatchMs;
      const waitMs = atOnce ? 0 : Math.max(this.#backoff.next(), retryAfterOf(error));
      this.#report(error, waitMs);
      return waitMs;
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, type, store, namespace, labelSelector, fieldSelector, pageSize } = this.#options;
    const list = await client.list(type, {
      ...{ namespace, labelSelector, fieldSelector, pageSize, signal },
      timeoutMs: this.#options.listTimeoutMs ?? listTimeoutMsDefault,
      onPage: () => this.#contact(),
    });
    signal.throwIfAborted();
    store.replace(list.items.map(slim));
    this.#hasSynced = true;
    this.#resolveSynced();
    return list.resourceVersion;
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { client, type, store, namespace, labelSelector, fieldSelector, random } = this.#options;
    const seconds = this.#options.watchSeconds ?? watchSecondsDefault;
    const events = client.watch(type, {
      ...{ namespace, labelSelector, fieldSelector, resourceVersion, signal },
      timeoutSeconds: Math.ceil(seconds * (1 + random())),
      idleTimeoutMs: this.#options.idleTimeoutMs ?? idleTimeoutMsDefault,
      onContact: () => this.#contact(),
    });
    for await (const event of events) {
      if (event.type === "BOOKMARK") {
        this.#version = event.resourceVersion || this.#version;
        continue;
      }
      if (event.type === "DELETED") store.delete(event.object);
      else store.upsert(slim(event.object));
      this.#version = event.object.metadata.resourceVersion ?? this.#version;
    }
  }

  #contact(): void {
    this.#lastContact = this.#options.clock.now();
  }

  #report(error: unknown, retryInMs: number): void {
    try {
      this.#options.onError?.(error, retryInMs);
    } catch {
      // A reporter that throws has nobody left to report to, and must not end the loop.
    }
  }
}

/**
 * Whether our version is of no more use. A broken connection and an overloaded server leave it valid; any other refusal
 * (gone, version unknown to a server whose data went back, forbidden) is answered by starting over.
 */
function needsList(error: unknown): boolean {
  if (isConnectionFailure(error)) return false;
  return !(isKubeError(error) && (error.status === 429 || error.status === 502 || error.status === 503));
}

/** Nobody who reads a cache needs to know which manager owns which field, and it is often half of the object. */
function slim<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T["metadata"] & { managedFields?: unknown };
  return { ...object, metadata };
}

function retryAfterOf(error: unknown): number {
  return isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
}
