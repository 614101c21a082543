/**
 * Places on hosts, and the queue for them. A host answers `parallel` requests at once for one model; who comes when all places of a
 * deployment are taken waits here, in order, in a bounded queue, and gets whichever host is free first. Waiting here
 * instead of inside a host keeps the choice open until the last moment, and a client that leaves was never on any host.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import { type MovingMean, meanAt, measured } from "../routing/moving-mean.ts";
import { type Waiter, Waiting } from "./waiting.ts";

/** What a look at the hosts says: a place, or "all are taken" with how many there are. No place to wait for is thrown. */
export type Pick<Place> = { readonly place: Place } | { readonly capacity: number };

export interface PlaceName {
  readonly host: string;
  readonly model: string;
}

export interface TurnRequest<Place extends PlaceName> {
  /** `namespace/name` */
  readonly deployment: string;
  /** Looks at the hosts as they are now. Throws when there is none that could ever serve it. */
  readonly pick: () => Pick<Place>;
  /** Goes to the head of the queue: it waited before, and its host failed. */
  readonly again: boolean;
  readonly waitingMax: (capacity: number) => number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** The error for who does not fit into the queue or waited too long. */
  readonly busy: (why: BusyWhy, retryAfterS: number) => Error;
}

/** The queue is full with so many, or the wait was too long. */
export type BusyWhy = { readonly waiting: number } | { readonly waitedMs: number };

export interface Turn<Place extends PlaceName> {
  readonly place: Place;
  /** Gives the place to the next. Calling it twice does nothing. */
  release(): void;
}

const retryAfterMaxS = 60;

export class Turns {
  readonly #clock: Clock;
  readonly #running = new Map<string, { readonly place: PlaceName; count: number }>();
  readonly #waiting = new Waiting();
  /** How long places of a deployment were held lately. */
  readonly #heldMs = new Map<string, MovingMean>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rejects with what `pick` throws, with `busy`, or with the signal's reason at once when it aborts. */
  async take<Place extends PlaceName>(request: TurnRequest<Place>): Promise<Turn<Place>> {
    request.signal.throwIfAborted();
    const found = request.pick();
    if ("place" in found) return this.#occupy(request.deployment, found.place);
    const waiting = this.waiting(request.deployment);
    if (waiting < request.waitingMax(found.capacity)) return this.#wait(request, found.capacity);
    throw request.busy({ waiting }, this.#retryAfterS(request.deployment, found.capacity));
  }

  inFlight(place: PlaceName): number {
    return this.#running.get(keyOf(place))?.count ?? 0;
  }

  waiting(deployment: string): number {
    return this.#waiting.length(deployment);
  }

  queues(): Iterable<readonly [deployment: string, waiting: number]> {
    return this.#waiting.lengths();
  }

  places(): Iterable<readonly [place: PlaceName, inFlight: number]> {
    return [...this.#running.values()].map(({ place, count }) => [place, count] as const);
  }

  /** Something changed: everybody who waits looks again. */
  wakeAll(): void {
    this.#waiting.wakeAll();
  }

  /** Forgets deployments that are not among these. */
  keepOnly(deployments: { has(name: string): boolean }): void {
    for (const name of this.#heldMs.keys()) if (!deployments.has(name)) this.#heldMs.delete(name);
  }

  #wait<Place extends PlaceName>(request: TurnRequest<Place>, capacity: number): Promise<Turn<Place>> {
    const { deployment, signal } = request;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): true => {
        cancel();
        signal.removeEventListener("abort", leave);
        end();
        return true;
      };
      const waiter: Waiter = {
        look: () => {
          try {
            const found = request.pick();
            if (!("place" in found)) return false;
            return settle(() => resolve(this.#occupy(deployment, found.place)));
          } catch (error) {
            return settle(() => reject(error));
          }
        },
      };
      const leave = (): void => {
        this.#waiting.remove(deployment, waiter);
        settle(() => reject(signal.reason));
      };
      const giveUp = (): void => {
        this.#waiting.remove(deployment, waiter);
        const why: BusyWhy = { waitedMs: request.timeoutMs };
        const error = request.busy(why, this.#retryAfterS(deployment, capacity));
        settle(() => reject(error));
      };
      const cancel = this.#clock.after(request.timeoutMs, giveUp);
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.add(deployment, waiter, request.again);
    });
  }

  #occupy<Place extends PlaceName>(deployment: string, place: Place): Turn<Place> {
    const key = keyOf(place);
    const entry = this.#running.get(key) ?? { place: { host: place.host, model: place.model }, count: 0 };
    entry.count++;
    this.#running.set(key, entry);
    const sinceMs = this.#clock.now();
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      entry.count--;
      if (entry.count === 0) this.#running.delete(key);
      const now = this.#clock.now();
      this.#heldMs.set(deployment, measured(this.#heldMs.get(deployment), now - sinceMs, now));
      this.#waiting.wake(deployment);
    };
    return { place, release };
  }

  /** How long until a place is free for who comes now. */
  #retryAfterS(deployment: string, capacity: number): number {
    const ahead = this.waiting(deployment) + 1;
    const ms = (meanAt(this.#heldMs.get(deployment), this.#clock.now()) * ahead) / Math.max(1, capacity);
    return Math.min(retryAfterMaxS, Math.max(1, Math.ceil(ms / 1000)));
  }
}

function keyOf({ host, model }: PlaceName): string {
  return `${host}\n${model}`;
}
