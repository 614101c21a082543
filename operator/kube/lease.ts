/**
 * Leader election with a Lease, as client-go does it: of many processes one leads, and another takes over when it is gone.
 *
 * The holder renews every `retryPeriodMs`. It gives up by itself when it has not succeeded for `renewDeadlineMs`; others
 * may take over `leaseDurationMs` after they saw the last renewal. The gap between the two is what keeps two from writing
 * at the same time. A process that was frozen does not know that it gave up, so every write asks the `fence`, which compares
 * the clock with the moment the last renewal was *sent* (see fence.ts): whatever it was doing, after waking it writes nothing.
 */

import type { Clock } from "../clock/clock.ts";
import type { Random } from "./backoff.ts";
import { type Lease, leases } from "./builtin-types.ts";
import type { KubeClient } from "./client.ts";
import { withDeadline } from "./deadline.ts";
import { FencedError, isConflict, isNotFound } from "./errors.ts";
import type { Fence } from "./fence.ts";
import { heldBy, holderOf, type LeaseTerms, mayTake, type Observation, observe, released } from "./lease-record.ts";

export interface LeaderElectorOptions {
  client: Pick<KubeClient, "get" | "create" | "replace">;
  namespace: string;
  name: string;
  /** Unique among the processes that contend; usually host name and a random part. */
  identity: string;
  clock: Clock;
  random: Random;
  /** Others wait so long after the last renewal they saw; default 15 s, rounded up to whole seconds. */
  leaseDurationMs?: number | undefined;
  /** The holder gives up so long after its last renewal; default 10 s. Must be less than `leaseDurationMs`. */
  renewDeadlineMs?: number | undefined;
  /** Between tries; default 2 s. Must be less than `renewDeadlineMs`. */
  retryPeriodMs?: number | undefined;
  /** Told of failed tries; the elector goes on. */
  onError?: ((error: unknown) => void) | undefined;
  /** Told when another (or this) identity is seen to lead; undefined: nobody. */
  onLeader?: ((identity: string | undefined) => void) | undefined;
}

/** All three times from the one that others wait, as our services take them. */
export function leaseTimes(
  leaseDurationMs: number,
): Pick<Required<LeaderElectorOptions>, "leaseDurationMs" | "renewDeadlineMs" | "retryPeriodMs"> {
  const renewDeadlineMs = Math.round((leaseDurationMs * 2) / 3);
  return { leaseDurationMs, renewDeadlineMs, retryPeriodMs: Math.round(leaseDurationMs / 8) };
}

/** The reason with which the signal of a leader that lost the lease aborts. */
export class LeadershipLostError extends Error {
  override readonly name = "LeadershipLostError";
}

/** As client-go's JitterFactor: those who wait try again after one to 2.2 periods. */
const acquireJitter = 1.2;
const releaseTimeoutMs = 5_000;

export class LeaderElector {
  /** Open while this process surely leads. Hand it to `client.withFence`. */
  readonly fence: Fence = () => this.#mayWrite();
  readonly #options: LeaderElectorOptions;
  readonly #terms: LeaseTerms;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  #observation: Observation | undefined;
  #leader: string | undefined;
  /** When the last renewal that succeeded was sent; undefined while we do not lead. */
  #renewedAt: number | undefined;

  constructor(options: LeaderElectorOptions) {
    const {
      name,
      namespace,
      identity,
      leaseDurationMs = 15_000,
      renewDeadlineMs = 10_000,
      retryPeriodMs = 2_000,
    } = options;
    if (!(leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs && retryPeriodMs > 0)) {
      const given = `${leaseDurationMs}, ${renewDeadlineMs}, ${retryPeriodMs} ms`;
      throw new TypeError(`a lease needs leaseDurationMs > renewDeadlineMs > retryPeriodMs > 0, got ${given}`);
    }
    if (!identity) throw new TypeError("a leader elector needs an identity of its own");
    this.#options = options;
    this.#terms = { name, namespace, identity, durationMs: leaseDurationMs };
    this.#renewDeadlineMs = renewDeadlineMs;
    this.#retryPeriodMs = retryPeriodMs;
  }

  get isLeader(): boolean {
    return this.#writableForMs() > 0;
  }

  /** Who leads, as last seen. */
  get leader(): string | undefined {
    return this.#leader;
  }

  /**
   * Contends until the signal aborts, and runs `lead` for each term. `lead`'s signal aborts when the lease is lost (reason:
   * LeadershipLostError) or `signal` does; the lease is kept until `lead` has ended, and then given back. When `lead` ends
   * by itself, `run` ends with it.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    while (await this.#acquire(signal)) {
      const ended = await this.#term(signal, lead);
      if (ended === "ended") return;
    }
  }

  /** False when the signal aborted first. */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      if (await this.#try(this.#renewDeadlineMs / 2, signal)) return true;
      await clock.sleep(this.#retryPeriodMs * (1 + acquireJitter * random()), signal).catch(() => undefined);
    }
    return false;
  }

  async #term(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<"lost" | "ended"> {
    const leading = new AbortController();
    const stopRenewing = new AbortController();
    const onAbort = (): void => leading.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    const renewing = this.#renew(stopRenewing.signal).then((lost) => {
      if (lost) leading.abort(lost);
    });
    try {
      await lead(leading.signal);
    } catch (error) {
      if (!leading.signal.aborted) throw error;
      if (error !== leading.signal.reason) this.#report(error);
    } finally {
      signal.removeEventListener("abort", onAbort);
      stopRenewing.abort();
      await renewing;
      await this.#release();
    }
    return leading.signal.aborted && !signal.aborted ? "lost" : "ended";
  }

  /** Renews until told to stop (undefined) or until the lease is lost (why). */
  async #renew(stop: AbortSignal): Promise<LeadershipLostError | undefined> {
    const { clock } = this.#options;
    for (;;) {
      // A timer may fire late, by a little or by a night: how much is left is asked each time.
      await clock.sleep(Math.min(this.#retryPeriodMs, this.#writableForMs()), stop).catch(() => undefined);
      if (stop.aborted) return undefined;
      const left = this.#writableForMs();
      if (left > 0 && (await this.#try(Math.min(left, this.#renewDeadlineMs / 2), stop))) continue;
      if (stop.aborted) return undefined;
      if (this.#writableForMs() > 0 && holderOf(this.#observation?.lease) === this.#terms.identity) continue;
      return this.#lost();
    }
  }

  #lost(): LeadershipLostError {
    const holder = holderOf(this.#observation?.lease);
    const why =
      holder === this.#terms.identity || holder === undefined
        ? `it could not be renewed for ${this.#renewDeadlineMs} ms`
        : `${holder} holds it`;
    this.#renewedAt = undefined;
    return new LeadershipLostError(`lease ${this.#terms.namespace}/${this.#terms.name} is lost: ${why}`);
  }

  /** One try to take or renew, within a time. */
  async #try(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const onTimeout = (): Error => new Error(`no answer to taking or renewing the lease within ${timeoutMs} ms`);
    try {
      return await withDeadline({ clock: this.#options.clock, timeoutMs, signal, onTimeout }, (inner) =>
        this.#take(inner),
      );
    } catch (error) {
      if (!signal.aborted) this.#report(error);
      return false;
    }
  }

  /** The holder renews from what it wrote last, in one call; whoever lost track reads first. */
  async #take(signal: AbortSignal): Promise<boolean> {
    const { client, clock } = this.#options;
    if (this.isLeader && this.#observation && (await this.#put(this.#observation.lease, signal))) return true;
    const { name, namespace } = this.#terms;
    const lease = await client.get(leases, { name, namespace }, { signal });
    if (!lease) return this.#put(undefined, signal);
    const observation = this.#see(lease);
    return mayTake(observation, this.#terms.identity, clock.now()) && (await this.#put(lease, signal));
  }

  /** Writes the lease as ours over the state given; false when that state has changed meanwhile. */
  async #put(before: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const { client, clock } = this.#options;
    const sentAt = clock.now();
    const next = heldBy(this.#terms, before, sentAt);
    try {
      const written = await (before
        ? client.replace(leases, next, { signal })
        : client.create(leases, next, { signal }));
      signal.throwIfAborted(); // an answer that came too late gives no right: the next try reads again
      this.#renewedAt = sentAt;
      this.#see(written);
      return true;
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return false;
      throw error;
    }
  }

  async #release(): Promise<void> {
    const { client, clock } = this.#options;
    const lease = this.#observation?.lease;
    const held = this.#renewedAt !== undefined && holderOf(lease) === this.#terms.identity;
    this.#renewedAt = undefined; // closes the fence first
    if (!held || !lease) return;
    try {
      this.#see(
        await client.replace(leases, released(this.#terms, lease, clock.now()), { timeoutMs: releaseTimeoutMs }),
      );
    } catch (error) {
      this.#report(error); // it runs out by itself
    }
  }

  #see(lease: Lease): Observation {
    const observation = observe(this.#observation, lease, this.#options.clock.now());
    this.#observation = observation;
    const holder = holderOf(lease);
    if (holder !== this.#leader) {
      this.#leader = holder;
      contained(() => this.#options.onLeader?.(holder));
    }
    return observation;
  }

  /** How long writes are still safe, in milliseconds. A clock that went back makes that unknowable: then not at all. */
  #writableForMs(): number {
    const now = this.#options.clock.now();
    if (this.#renewedAt === undefined || now < this.#renewedAt) return 0;
    return Math.max(0, this.#renewedAt + this.#renewDeadlineMs - now);
  }

  #mayWrite(): boolean {
    if (this.isLeader) return true;
    const ago =
      this.#renewedAt === undefined ? "not held" : `renewed ${this.#options.clock.now() - this.#renewedAt} ms ago`;
    const lease = `lease ${this.#terms.namespace}/${this.#terms.name}`;
    throw new FencedError(`the write was held back: ${lease} is ${ago}, and holds for ${this.#renewDeadlineMs} ms`);
  }

  #report(error: unknown): void {
    contained(() => this.#options.onError?.(error));
  }
}

function contained(hook: () => void): void {
  try {
    hook();
  } catch {
    // A hook that throws has nobody left to report to, and must not cost the lease.
  }
}
