/** What is promised on each host while one plan is made: memory, downloads and replicas, added to and never guessed. */
import { bytesToDownload } from "./filters/disk.ts";
import { type HostUsage, nothingUsed } from "./filters/filter.ts";
import type { Demand, PlacementHost, PlacementSnapshot } from "./snapshot.ts";

export class Ledger {
  readonly #usage = new Map<string, HostUsage>();

  /** Starts with what others hold and with every replica that exists, also those that are on their way out: they still take room. */
  constructor(snapshot: PlacementSnapshot, hosts: ReadonlyMap<string, PlacementHost>) {
    for (const [host, bytes] of Object.entries(snapshot.reservedBytes ?? {}))
      this.#add(host, { ...nothingUsed, bytes });
    for (const demand of snapshot.demands) {
      for (const { name, bytes } of demand.current.flatMap((replica) => replica.hosts)) {
        this.take(hosts.get(name) ?? name, demand, bytes);
      }
    }
  }

  usage(host: string): HostUsage {
    return this.#usage.get(host) ?? nothingUsed;
  }

  /** Promises room for one replica. */
  take(host: PlacementHost | string, demand: Demand, bytes: number): void {
    if (typeof host === "string") this.#add(host, { bytes, diskBytes: 0, replicas: 1 });
    else this.#add(host.name, { bytes, diskBytes: bytesToDownload(demand, host), replicas: 1 });
  }

  #add(host: string, more: HostUsage): void {
    const now = this.usage(host);
    this.#usage.set(host, {
      bytes: now.bytes + more.bytes,
      diskBytes: now.diskBytes + more.diskBytes,
      replicas: now.replicas + more.replicas,
    });
  }
}

/** What would be left if these replicas went. */
export function without(usage: HostUsage, gone: readonly { readonly bytes: number }[]): HostUsage {
  const bytes = gone.reduce((sum, replica) => sum + replica.bytes, 0);
  return { ...usage, bytes: usage.bytes - bytes, replicas: usage.replicas - gone.length };
}
