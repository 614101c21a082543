/**
 * What the cluster holds and what it would say, for one plan. Asked once for each object, some at a time. The first
 * question that gets no answer ends the asking: a cluster that is away is not waited for again for each object.
 */

import { fieldManagers } from "../../operator/apis/group.ts";
import type { Clock } from "../../operator/clock/clock.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { withDeadline } from "../../operator/kube/deadline.ts";
import { isKubeError } from "../../operator/kube/errors.ts";
import { type KubeObject, keyOf } from "../../operator/kube/resource.ts";
import { resourceTypeOf } from "../policy/kinds.ts";
import type { GovernedObject } from "../policy/policy.ts";
import type { ChangedObject } from "./changed-objects.ts";
import { clusterMsMax, listedFrom } from "./limits.ts";
import { refusalOf } from "./refusal.ts";

export type Live = KubeObject & { readonly spec?: unknown; readonly status?: unknown };

export type DryRun =
  | { readonly kind: "Accepted"; readonly live: Live | undefined; readonly result: Live | undefined }
  | { readonly kind: "Refused"; readonly live: Live | undefined; readonly sentence: string }
  | { readonly kind: "Unanswered" };

export class ClusterView {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #endsAt: number;
  /** By kind, where all objects were listed: key → object. */
  readonly #lists = new Map<string, Promise<ReadonlyMap<string, Live>>>();
  #isAway = false;

  constructor(client: KubeClient, clock: Clock, signal: AbortSignal) {
    this.#client = client;
    this.#clock = clock;
    this.#signal = signal;
    this.#endsAt = clock.now() + clusterMsMax;
  }

  /** `changes`: how many there are in all. */
  async dryRun(change: ChangedObject, changes: number): Promise<DryRun> {
    let live: Live | undefined;
    try {
      live = await this.#live(change, changes);
      const result = change.after ? await this.#apply(change.after) : await this.#remove(change, live);
      return { kind: "Accepted", live, result };
    } catch (error) {
      const sentence = this.#refusal(error, change);
      return sentence === undefined ? { kind: "Unanswered" } : { kind: "Refused", live, sentence };
    }
  }

  /** All objects of a kind; undefined where the cluster does not tell. */
  async all(kind: string): Promise<readonly Live[] | undefined> {
    try {
      return [...(await this.#listed(kind)).values()];
    } catch (error) {
      this.#refusal(error, { kind, name: "" });
      return undefined;
    }
  }

  async #live(change: ChangedObject, changes: number): Promise<Live | undefined> {
    if (changes >= listedFrom) return (await this.#listed(change.kind)).get(keyOf(change));
    return this.#ask((options) => this.#client.get<Live>(resourceTypeOf(change.kind), change, options));
  }

  #listed(kind: string): Promise<ReadonlyMap<string, Live>> {
    const before = this.#lists.get(kind);
    if (before) return before;
    const listing = this.#ask((options) => this.#client.list<Live>(resourceTypeOf(kind), options)).then(
      ({ items }) => new Map(items.map((item) => [keyOf(item.metadata), item])),
    );
    this.#lists.set(kind, listing);
    return listing;
  }

  #apply({ kind, body }: GovernedObject): Promise<Live> {
    const sent = body as unknown as Live;
    return this.#ask((options) =>
      this.#client.apply<Live>(resourceTypeOf(kind), sent, {
        ...options,
        dryRun: true,
        fieldManager: fieldManagers.governance,
      }),
    );
  }

  /** What is not there any more needs no removal. */
  async #remove(change: ChangedObject, live: Live | undefined): Promise<undefined> {
    if (!live) return;
    await this.#ask((options) =>
      this.#client.remove(resourceTypeOf(change.kind), change, { ...options, dryRun: true }),
    );
  }

  async #ask<R>(question: (options: { signal: AbortSignal }) => Promise<R>): Promise<R> {
    this.#signal.throwIfAborted();
    const timeoutMs = this.#endsAt - this.#clock.now();
    if (this.#isAway || timeoutMs <= 0) throw new Unanswered();
    const options = { clock: this.#clock, timeoutMs, signal: this.#signal, onTimeout: () => new Unanswered() };
    return withDeadline(options, (signal) => question({ signal }));
  }

  /** Throws what is neither an answer nor a want of one. */
  #refusal(error: unknown, change: ChangedObject): string | undefined {
    this.#signal.throwIfAborted();
    const sentence = refusalOf(error, change);
    if (sentence === undefined) {
      if (!(error instanceof Unanswered) && !isKubeError(error)) throw error;
      this.#isAway = true;
    }
    return sentence;
  }
}

/** The cluster did not answer in time, or not even before. */
class Unanswered extends Error {
  override readonly name = "Unanswered";
}
