/** What the API server answered to our own writes, until the watch has shown as much. */
import type { Clock } from "../../operator/clock/clock.ts";
import { isNewer } from "../../operator/kube/resource-version.ts";
import type { LiveObject } from "./live.ts";

interface OwnWrite {
  /** As we know it to be; undefined: removed, and nothing held it. */
  readonly live: LiveObject | undefined;
  /** The last state that the API server told us of it. */
  readonly told: LiveObject;
  readonly at: number;
}

const goneMax = 4_096;

export class OwnWrites {
  readonly #clock: Clock;
  readonly #keptMs: number;
  readonly #writes = new Map<string, OwnWrite>();
  /** Uids that the watch has shown deleted, the latest: an answer that comes after that is of the past. */
  readonly #gone = new Set<string>();

  /** `keptMs`: after so long the watch is believed alone. */
  constructor(clock: Clock, keptMs: number) {
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  saw(key: string, live: LiveObject): void {
    const { uid } = live.metadata;
    if (uid !== undefined && this.#gone.has(uid)) return;
    this.#writes.set(key, { live, told: live, at: this.#clock.now() });
  }

  vanished(key: string, live: LiveObject): void {
    this.#writes.set(key, { live: undefined, told: live, at: this.#clock.now() });
  }

  /** The watch has shown that the object with this uid is gone. */
  gone(uid: string | undefined): void {
    if (uid === undefined) return;
    this.#gone.add(uid);
    const [oldest] = this.#gone;
    if (this.#gone.size > goneMax && oldest !== undefined) this.#gone.delete(oldest);
    for (const [key, write] of this.#writes) if (write.told.metadata.uid === uid) this.#writes.delete(key);
  }

  /** `seen` by the watch, with what we know better. */
  over(seen: Map<string, LiveObject>): Map<string, LiveObject> {
    const now = this.#clock.now();
    for (const [key, write] of this.#writes) {
      const shown = seen.get(key);
      if (now - write.at > this.#keptMs || isOvertaken(write, shown)) this.#writes.delete(key);
      else if (write.live) seen.set(key, write.live);
      else seen.delete(key);
    }
    return seen;
  }
}

/** The watch shows as much as we know, or more. What it does not show may just not have come yet, gone or not. */
function isOvertaken({ live, told }: OwnWrite, shown: LiveObject | undefined): boolean {
  if (!shown) return false;
  // What was changed just before it was removed: the watch is on its way to that. Nobody takes a removal back.
  const isGoing = live === undefined || live.metadata.deletionTimestamp !== undefined;
  if (isGoing && shown.metadata.uid === told.metadata.uid && !shown.metadata.deletionTimestamp) return false;
  const isShown = live === told && shown.metadata.resourceVersion === told.metadata.resourceVersion;
  return isShown || isNewer(shown, told);
}
