/** What this process remembers about deployments and would learn anew after a restart: nothing in here is needed to be right, only to be calm. */
import type { Strike } from "./snapshot.ts";

/** Loads remembered per replica. */
const loadsMax = 32;
/** A host that went well for so long starts anew. */
const forgetStrikeMs = 3_600_000;

interface Remembered {
  readonly strikes: Map<string, Strike>;
  readonly loads: Map<string, number[]>;
  readonly handedOver: Set<string>;
  wroteAt?: number;
}

export class Memory {
  readonly #byUid = new Map<string, Remembered>();

  of(uid: string): Readonly<Remembered> {
    return this.#entry(uid);
  }

  /** Those that hold now. */
  strikesOf(uid: string, now: number): ReadonlyMap<string, Strike> {
    return new Map([...this.#entry(uid).strikes].filter(([, { until }]) => until > now));
  }

  /** Of the last while, by host. */
  pastFailures(uid: string, now: number): ReadonlyMap<string, number> {
    const { strikes } = this.#entry(uid);
    for (const [host, { until }] of strikes) if (until + forgetStrikeMs <= now) strikes.delete(host);
    return new Map([...strikes].map(([host, { failures }]) => [host, failures]));
  }

  addStrikes(uid: string, strikes: ReadonlyMap<string, Strike>): void {
    for (const [host, strike] of strikes) this.#entry(uid).strikes.set(host, strike);
  }

  loaded(uid: string, replica: string, at: number): void {
    const { loads } = this.#entry(uid);
    loads.set(replica, [...(loads.get(replica) ?? []), at].slice(-loadsMax));
  }

  handedOver(uid: string, replica: string): void {
    this.#entry(uid).handedOver.add(replica);
  }

  /** The status now holds these replicas and no others. */
  wrote(uid: string, at: number, replicas: readonly string[]): void {
    const entry = this.#entry(uid);
    entry.wroteAt = at;
    const there = new Set(replicas);
    for (const id of entry.handedOver) if (!there.has(id)) entry.handedOver.delete(id);
    for (const id of entry.loads.keys()) if (!there.has(id)) entry.loads.delete(id);
  }

  forget(uid: string): void {
    this.#byUid.delete(uid);
  }

  #entry(uid: string): Remembered {
    let entry = this.#byUid.get(uid);
    if (!entry) {
      entry = { strikes: new Map(), loads: new Map(), handedOver: new Set() };
      this.#byUid.set(uid, entry);
    }
    return entry;
  }
}
