/**
 * What the cluster holds and what it would say, for one plan. Asked once for each object, some at a time. The first
 * question that gets no answer ends the asking: a cluster that is away is not waited for again for each object.
 */

import { setMaxListeners } from "node:events";
import { fieldManagers } from "../../operator/apis/group.ts";
import type { Clock } from "../../operator/clock/clock.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { isKubeError } from "../../operator/kube/errors.ts";
import { type KubeObject, keyOf } from "../../operator/kube/resource.ts";
import { withinMs } from "../../operator/models/deadline.ts";
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

/** Lets `use` ask the cluster for at most `clusterMsMax`; what is not answered by then is not answered at all. */
export async function askingCluster<R>(
  client: KubeClient | undefined,
  clock: Clock,
  signal: AbortSignal,
  use: (view: ClusterView | undefined) => Promise<R>,
): Promise<R> {
  if (!client) return use(undefined);
  return withinMs(
    clock,
    clusterMsMax,
    () => new Unanswered(),
    signal,
    (inner) => {
      setMaxListeners(0, inner); // one per question that is under way
      return use(new ClusterView(client, inner));
    },
  );
}

export class ClusterView {
  readonly #client: KubeClient;
  readonly #signal: AbortSignal;
  /** By kind, where all objects were listed: key → object. */
  readonly #lists = new Map<string, Promise<ReadonlyMap<string, Live>>>();
  #isAway = false;

  constructor(client: KubeClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
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
    if (this.#isAway) throw new Unanswered();
    return question({ signal: this.#signal });
  }

  /** Throws what is neither an answer nor a want of one. */
  #refusal(error: unknown, change: ChangedObject): string | undefined {
    const sentence = refusalOf(error, change);
    if (sentence !== undefined) return sentence;
    if (!(error instanceof Unanswered) && !isKubeError(error)) throw error;
    this.#isAway = true;
    return undefined;
  }
}

/** The cluster did not answer in time, or not even before. */
class Unanswered extends Error {
  override readonly name = "Unanswered";
}
