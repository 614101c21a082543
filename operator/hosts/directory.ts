/** The live view of all hosts, and the durable lists of what is to be removed from them, for the rooms that use hosts. */
import type { ModelHost } from "../apis/model-host.ts";
import { isTrue } from "../kube/conditions.ts";
import type { Store } from "../kube/store.ts";
import { eventsBetween } from "./changes.ts";
import { awaySince, type HostPlan } from "./plan.ts";
import type { HostRuntime } from "./runtime.ts";
import type { HostSnapshot } from "./snapshot.ts";
import type { HostChange, HostDirectory, HostRemovals, HostView, WantedRemoval } from "./view.ts";

export interface DirectoryOptions {
  readonly hosts: Store<ModelHost>;
  readonly runtimes: ReadonlyMap<string, HostRuntime>;
  /** The controller runs: its caches are synced. */
  readonly running: () => boolean;
  /** Write down soon what is wished for this host. */
  readonly enqueue: (name: string) => void;
  readonly onHandlerError: (error: unknown) => void;
}

export class Directory implements HostDirectory {
  readonly #options: DirectoryOptions;
  readonly #handlers = new Set<(change: HostChange) => void>();
  /** Told of everything that may change what is pending. */
  readonly #pendingHandlers = new Set<() => void>();
  readonly removals: HostRemovals;
  #synced = false;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.removals = {
      enqueue: (host, removals, { signal } = {}) => this.#enqueue(host, removals, signal),
      pending: (host) => this.#pending(host),
      settled: (uid, { signal } = {}) => this.#settled(uid, signal),
    };
  }

  get(name: string): HostView | undefined {
    return this.#options.runtimes.get(name)?.view;
  }

  list(): readonly HostView[] {
    const views = [...this.#options.runtimes.values()].flatMap(({ view }) => view ?? []);
    return views.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  get synced(): boolean {
    const { hosts, runtimes, running } = this.#options;
    this.#synced ||= running() && hosts.keys().every((name) => isKnown(runtimes.get(name)));
    return this.#synced;
  }

  async refresh(name: string, { signal }: { signal?: AbortSignal } = {}): Promise<HostView | undefined> {
    signal?.throwIfAborted();
    await aborting(this.#options.runtimes.get(name)?.refresh() ?? Promise.resolve(), signal);
    return this.get(name);
  }

  onChange(handler: (change: HostChange) => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  /** Takes up what was planned; tells who listens what differs. */
  publish(runtime: HostRuntime, snapshot: HostSnapshot, planned: HostPlan): void {
    const before = runtime.view;
    const view = viewOf(runtime, snapshot, planned);
    runtime.view = view;
    const events = eventsBetween(before, view);
    if (events.size > 0) this.#tell({ name: view.name, view, events });
    this.pendingChanged();
  }

  /** The ModelHost is gone. */
  gone(name: string): void {
    this.#tell({ name, events: new Set(["HostSpec", "HostReady", "ReplicaGone"]) });
    this.pendingChanged();
  }

  pendingChanged(): void {
    for (const handler of [...this.#pendingHandlers]) handler();
  }

  #tell(change: HostChange): void {
    for (const handler of [...this.#handlers]) {
      try {
        handler(change);
      } catch (error) {
        this.#options.onHandlerError(error);
      }
    }
  }

  #enqueue(host: string, removals: readonly WantedRemoval[], signal: AbortSignal | undefined): Promise<boolean> {
    const { hosts, runtimes, enqueue } = this.#options;
    const runtime = runtimes.get(host);
    if (!hosts.get(host) || !runtime) return Promise.resolve(false);
    if (removals.length === 0) return Promise.resolve(true);
    const written = removals.map(
      (removal) =>
        new Promise<boolean>((resolve, reject) => runtime.wishes.push({ removal, written: resolve, failed: reject })),
    );
    enqueue(host);
    return aborting(Promise.all(written), signal).then((durable) => durable.every(Boolean));
  }

  #pending(host?: string): ReturnType<HostRemovals["pending"]> {
    const { hosts, runtimes } = this.#options;
    const names = host === undefined ? hosts.keys() : [host];
    return names.flatMap((name) => {
      const runtime = runtimes.get(name);
      const found = new Map<string, WantedRemoval & { host: string; message?: string }>();
      for (const { model, deployment, uid = "", message } of hosts.get(name)?.status?.removals ?? []) {
        if (runtime?.remover.done.has(model)) continue;
        found.set(model, { host: name, model, deployment, uid, ...(message === undefined ? {} : { message }) });
      }
      for (const { removal } of runtime?.wishes ?? []) {
        if (!found.has(removal.model)) found.set(removal.model, { host: name, ...removal });
      }
      return [...found.values()];
    });
  }

  #settled(uid: string, signal: AbortSignal | undefined): Promise<true> {
    const isSettled = (): boolean =>
      this.#pending().every(
        (removal) => removal.uid !== uid || !this.#options.runtimes.get(removal.host)?.liveness.reachable,
      );
    let check: () => void = () => undefined;
    const settled = new Promise<true>((resolve) => {
      check = () => isSettled() && resolve(true);
      this.#pendingHandlers.add(check);
      check();
    });
    return aborting(settled, signal).finally(() => this.#pendingHandlers.delete(check));
  }
}

/** It answered or missed once, or there is no way to ask it. */
function isKnown(runtime: HostRuntime | undefined): boolean {
  return runtime?.view !== undefined && (runtime.liveness.asked || runtime.connection?.kind === "Unusable");
}

function viewOf(runtime: HostRuntime, { object, liveness, facts, now }: HostSnapshot, planned: HostPlan): HostView {
  const { conditions, placement } = planned;
  return {
    name: object.metadata.name,
    object,
    reachable: liveness.reachable,
    since: liveness.reachable ? liveness.since : awaySince(object, liveness.since, now),
    ...(facts === undefined ? {} : { answeredAt: facts.answeredAt, version: facts.version }),
    models: facts?.models ?? [],
    loaded: facts?.loaded ?? [],
    conditions: conditions as HostView["conditions"],
    ready: isTrue(conditions, "Ready"),
    placement,
    engine: () => runtime.engine(),
  };
}

/** Rejects with the signal's reason as soon as it aborts. */
function aborting<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
