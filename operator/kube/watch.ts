/**
 * One watch: the server's lines, as events.
 *
 * A watch ends in one of three ways: the server ends it (the iterator returns), the signal aborts (it throws the
 * signal's reason), or it breaks (it throws a `KubeError`). A line that the cut left unfinished was never an event and is
 * dropped; the reader goes on from the last version it saw. An ERROR event is the server's refusal, thrown with its status.
 */

import type { Clock } from "../clock/clock.ts";
import { KubeError } from "./errors.ts";
import { jsonLines } from "./json-lines.ts";
import { collectionPath, type KubeObject, type ResourceType } from "./resource.ts";
import { errorOfRefusal } from "./status-body.ts";
import type { Transport } from "./transport.ts";

export type WatchEvent<T extends KubeObject> =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: T }
  /** No change: everything up to this version has been sent. */
  | { type: "BOOKMARK"; resourceVersion: string };

export interface WatchOptions {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** The version to go on from, as a list gave it. */
  resourceVersion: string;
  /** After how many seconds the server shall end the watch; default 300. */
  timeoutSeconds?: number | undefined;
  /** Cut when nothing at all arrived for so long; default: the server's own limit plus 15 s. */
  idleTimeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Called when the server accepted the watch and for every line it sends. */
  onContact?: (() => void) | undefined;
}

const timeoutSecondsDefault = 300;
const overrunGraceMs = 15_000;

export async function* watchEvents<T extends KubeObject>(
  transport: Transport,
  type: ResourceType<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const timeoutSeconds = options.timeoutSeconds ?? timeoutSecondsDefault;
  const lifetimeMs = timeoutSeconds * 1000 + overrunGraceMs;
  const abort = new AbortController();
  const onAbort = (): void => abort.abort(options.signal?.reason);
  if (options.signal?.aborted) throw options.signal.reason;
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const path = collectionPath(type, options.namespace);
  const silence = silenceWatch(transport.clock, options.idleTimeoutMs ?? lifetimeMs, lifetimeMs, (words) =>
    abort.abort(new KubeError(`WATCH ${path}: ${words}`, { reason: "WatchSilent" })),
  );
  try {
    const stream = await transport.stream({
      method: "GET",
      path,
      query: {
        watch: 1,
        allowWatchBookmarks: true,
        resourceVersion: options.resourceVersion,
        timeoutSeconds,
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
      },
      signal: abort.signal,
    });
    const contact = (): void => {
      silence.heard();
      options.onContact?.();
    };
    contact();
    for await (const line of jsonLines(stream.body, `WATCH ${path}`)) {
      contact();
      const event = eventOf<T>(line, path);
      if (event) yield event;
    }
    abort.signal.throwIfAborted();
  } finally {
    silence.stop();
    options.signal?.removeEventListener("abort", onAbort);
    abort.abort(new KubeError(`WATCH ${path}: the reader stopped`, { reason: "WatchStopped" }));
  }
}

function eventOf<T extends KubeObject>(line: unknown, path: string): WatchEvent<T> | undefined {
  const { type, object } = line as { type?: unknown; object?: T };
  if (typeof object !== "object" || object === null) {
    throw new KubeError(`WATCH ${path}: an event without an object`, { reason: "BrokenAnswer" });
  }
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type, object };
    case "BOOKMARK":
      return { type, resourceVersion: object.metadata?.resourceVersion ?? "" };
    case "ERROR":
      throw errorOfRefusal({ what: `WATCH ${path}`, status: codeOf(object), body: object });
    default:
      return undefined; // a type of a later API version: not ours to judge
  }
}

function codeOf(status: unknown): number {
  const code = (status as { code?: unknown }).code;
  return typeof code === "number" && code >= 400 && code < 600 ? code : 500;
}

interface SilenceWatch {
  heard(): void;
  stop(): void;
}

/** One timer, set again only when it fires: a busy watch costs no timer per event. */
function silenceWatch(clock: Clock, idleMs: number, lifetimeMs: number, cut: (words: string) => void): SilenceWatch {
  const started = clock.now();
  let last = started;
  let cancel = (): void => undefined;
  const check = (): void => {
    const now = clock.now();
    if (now - started >= lifetimeMs) cut(`the server outlived its own limit: cut after ${lifetimeMs} ms`);
    else if (now - last >= idleMs) cut(`the server was silent for ${idleMs} ms`);
    else arm(now);
  };
  const arm = (now: number): void => {
    cancel = clock.after(Math.max(1, Math.min(last + idleMs, started + lifetimeMs) - now), check);
  };
  arm(started);
  return {
    heard: () => {
      last = clock.now();
    },
    stop: () => cancel(),
  };
}
