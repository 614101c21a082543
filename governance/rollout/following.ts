/**
 * The governed kinds as the cluster has them, kept by a reflector each. An own write counts at once, before the watch shows
 * it, so that the next look does not repeat it; what the watch has shown gone is never brought back.
 */
import type { Logger } from "pino";
import type { Clock } from "../../operator/clock/clock.ts";
import type { Random } from "../../operator/kube/backoff.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { withDeadline } from "../../operator/kube/deadline.ts";
import { Reflector } from "../../operator/kube/reflector.ts";
import { createStore, type WritableStore } from "../../operator/kube/store.ts";
import { objectKey } from "../policy/policy.ts";
import type { GovernedKind } from "./kinds.ts";
import type { LiveObject } from "./live.ts";
import { OwnWrites } from "./own-writes.ts";
import { readingLive } from "./reading-live.ts";
import { nameOf } from "./words.ts";

export interface FollowingOptions {
  readonly client: Pick<KubeClient, "list" | "watch">;
  readonly kinds: readonly GovernedKind[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: { readonly freshTimeoutMs: number; readonly ownWriteMs: number };
  /** After every change: the object as it is now, undefined when it is gone. */
  readonly onChange: (key: string, live: LiveObject | undefined) => void;
  /** The API server answers for a kind that was never seen, or again for one that may be old. */
  readonly onBack: () => void;
  /** Waits of a reflector after a failure; its own where left out. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number; readonly forgetAfterMs: number } | undefined;
}

interface Followed {
  readonly kind: GovernedKind;
  readonly store: WritableStore<LiveObject>;
  readonly reflector: Reflector<LiveObject>;
  /** Why it may be old. */
  trouble: unknown;
}

/** Of which kind nothing fresh was to be had, and why. */
export interface NotFresh {
  readonly kind: string;
  readonly why: string | undefined;
}

export class Following {
  readonly #options: FollowingOptions;
  readonly #followed: readonly Followed[];
  readonly #own: OwnWrites;
  readonly #waiting = new Set<() => void>();

  constructor(options: FollowingOptions) {
    this.#options = options;
    this.#own = new OwnWrites(options.clock, options.limits.ownWriteMs);
    this.#followed = options.kinds.map((kind) => this.#follow(kind));
  }

  /** Until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { onBack } = this.#options;
    for (const { reflector } of this.#followed) void reflector.synced.then(onBack, () => undefined);
    await Promise.all(this.#followed.map(({ reflector }) => reflector.run(signal)));
  }

  /** Waits until every kind has been listed and its last list or watch went well; undefined then. */
  async fresh(signal: AbortSignal): Promise<NotFresh | undefined> {
    const { clock, limits } = this.#options;
    const late = new Error("late");
    const limit = { clock, timeoutMs: limits.freshTimeoutMs, signal, onTimeout: () => late };
    try {
      await withDeadline(limit, (ending) => this.#allFresh(ending));
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      const stale = this.#followed.find((one) => !isFresh(one));
      const cause = stale?.trouble ?? (error === late ? undefined : error);
      const why = cause instanceof Error ? cause.message : undefined;
      return { kind: stale?.kind.type.kind ?? "", why };
    }
  }

  /** By `objectKey`. */
  objects(): ReadonlyMap<string, LiveObject> {
    const seen = new Map<string, LiveObject>();
    for (const { store } of this.#followed) {
      for (const live of store.list()) seen.set(objectKey(nameOf(live)), live);
    }
    return this.#own.over(seen);
  }

  /** As the API server answered a write of ours, or a read. */
  saw(live: LiveObject): void {
    this.#own.saw(objectKey(nameOf(live)), live);
  }

  /** It is not there any more. */
  vanished(live: LiveObject): void {
    this.#own.vanished(objectKey(nameOf(live)), live);
  }

  #follow(kind: GovernedKind): Followed {
    const { client, clock, random, logger, onChange, onBack, backoff } = this.#options;
    const store = createStore<LiveObject>({
      onHandlerError: (err) => logger.error({ err }, "a listener to governed objects failed"),
    });
    store.onChange((change) => {
      if (change.type === "delete") this.#own.gone(change.object.metadata.uid);
      onChange(objectKey(nameOf(change.object)), change.type === "delete" ? undefined : change.object);
    });
    const followed: Followed = {
      kind,
      store,
      trouble: undefined,
      reflector: new Reflector<LiveObject>({
        client: readingLive(client, () => heard()),
        ...{ type: kind.type, store, clock, random, backoff },
        onError: (err, retryInMs) => {
          followed.trouble = err;
          logger.warn({ err, retryInMs, kind: kind.type.kind }, "following the cluster failed");
        },
      }),
    };
    const heard = (): void => {
      const wasInTrouble = followed.trouble !== undefined;
      followed.trouble = undefined;
      if (!wasInTrouble) return;
      for (const wake of [...this.#waiting]) wake();
      onBack();
    };
    return followed;
  }

  async #allFresh(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#followed.map(({ reflector }) => reflector.synced));
    while (!this.#followed.every(isFresh) && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      });
    }
  }
}

function isFresh({ reflector, trouble }: Followed): boolean {
  return reflector.hasSynced && trouble === undefined;
}
