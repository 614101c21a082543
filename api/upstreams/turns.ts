/**
 * Places on hosts, and the queue for them. A host answers `parallel` requests at once for one model; who comes when all places of a
 * deployment are taken waits here, in order, in a bounded queue, and gets whichever host is free first. Waiting here
 * instead of inside a host keeps the choice open until the last moment, and a client that leaves was never on any host.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import { type MovingMean, meanAt, measured } from "../routing/moving-mean.ts";

/** What a look at the hosts says: a place, "all are taken", or why there is none to wait for (thrown). */
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
  readonly busy: (waiting: number, retryAfterS: number) => Error;
}

export interface Turn<Place extends PlaceName> {
  readonly place: Place;
  /** Gives the place to the next. Calling it twice does nothing. */
  release(): void;
}

export interface Turns {
  take<Place extends PlaceName>(request: TurnRequest<Place>): Promise<Turn<Place>>;
  inFlight(place: PlaceName): number;
  waiting(deployment: string): number;
  /** Deployments with somebody waiting. */
  queues(): Iterable<readonly [deployment: string, waiting: number]>;
  places(): Iterable<readonly [place: PlaceName, inFlight: number]>;
  /** Something changed: everybody who waits looks again. */
  wakeAll(): void;
}

interface Waiter {
  /** True: it is served or refused, and leaves the queue. */
  look(): boolean;
}

const retryAfterMaxS = 60;

export function createTurns(clock: Clock): Turns {
  const running = new Map<string, { place: PlaceName; count: number }>();
  const queues = new Map<string, Waiter[]>();
  const heldMs = new Map<string, MovingMean>();

  const wake = (deployment: string): void => {
    const queue = queues.get(deployment) ?? [];
    const left = queue.filter((waiter) => !waiter.look());
    if (left.length > 0) queues.set(deployment, left);
    else queues.delete(deployment);
  };

  const occupy = <Place extends PlaceName>(deployment: string, place: Place): Turn<Place> => {
    const key = keyOf(place);
    const entry = running.get(key) ?? { place: { host: place.host, model: place.model }, count: 0 };
    entry.count++;
    running.set(key, entry);
    const since = clock.now();
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      entry.count--;
      if (entry.count === 0) running.delete(key);
      heldMs.set(deployment, measured(heldMs.get(deployment), clock.now() - since, clock.now()));
      wake(deployment);
    };
    return { place, release };
  };

  /** How long until a place is free for who comes now, from how long places were held lately. */
  const retryAfterS = (deployment: string, capacity: number): number => {
    const ahead = (queues.get(deployment)?.length ?? 0) + 1;
    const ms = (meanAt(heldMs.get(deployment), clock.now()) * ahead) / Math.max(1, capacity);
    return Math.min(retryAfterMaxS, Math.max(1, Math.ceil(ms / 1000)));
  };

  const wait = <Place extends PlaceName>(request: TurnRequest<Place>): Promise<Turn<Place>> =>
    new Promise((resolve, reject) => {
      const { deployment, signal } = request;
      let capacity = 1;
      const settle = (end: () => void): true => {
        cancel();
        signal.removeEventListener("abort", leave);
        end();
        return true;
      };
      const waiter: Waiter = {
        look() {
          try {
            const found = request.pick();
            if ("place" in found) return settle(() => resolve(occupy(deployment, found.place)));
            capacity = found.capacity;
            return false;
          } catch (error) {
            return settle(() => reject(error));
          }
        },
      };
      const remove = (): void => {
        const left = (queues.get(deployment) ?? []).filter((other) => other !== waiter);
        if (left.length > 0) queues.set(deployment, left);
        else queues.delete(deployment);
      };
      const leave = (): void => {
        remove();
        settle(() => reject(signal.reason));
      };
      const cancel = clock.after(request.timeoutMs, () => {
        remove();
        const waiting = queues.get(deployment)?.length ?? 0;
        settle(() => reject(request.busy(waiting, retryAfterS(deployment, capacity))));
      });
      signal.addEventListener("abort", leave, { once: true });
      const queue = queues.get(deployment) ?? [];
      queues.set(deployment, request.again ? [waiter, ...queue] : [...queue, waiter]);
    });

  return {
    async take(request) {
      const { deployment, signal } = request;
      signal.throwIfAborted();
      const found = request.pick();
      if ("place" in found) return occupy(deployment, found.place);
      const waiting = queues.get(deployment)?.length ?? 0;
      if (waiting < request.waitingMax(found.capacity)) return wait(request);
      throw request.busy(waiting, retryAfterS(deployment, found.capacity));
    },
    inFlight: (place) => running.get(keyOf(place))?.count ?? 0,
    waiting: (deployment) => queues.get(deployment)?.length ?? 0,
    *queues() {
      for (const [deployment, queue] of queues) yield [deployment, queue.length] as const;
    },
    *places() {
      for (const { place, count } of running.values()) yield [place, count] as const;
    },
    wakeAll() {
      for (const deployment of [...queues.keys()]) wake(deployment);
    },
  };
}

function keyOf({ host, model }: PlaceName): string {
  return `${host}\n${model}`;
}
