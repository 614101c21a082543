/**
 * The pools of all hosts, one per host, made when first asked for. A pool whose host's endpoint or Secret changed is replaced: requests
 * under way on the old one end in their own time. Pools of hosts that are gone are closed.
 */
import type { Dispatcher } from "undici";
import type { ModelHost } from "../../operator/apis/model-host.ts";
import { type Endpoint, endpointOf, type ReadSecret } from "./endpoint.ts";
import { hostPool, type PoolSettings } from "./pool.ts";

export interface Upstream {
  readonly host: string;
  readonly dispatcher: Dispatcher;
  /** Our own credential at the host; a client's never goes there. */
  readonly authorization: string | undefined;
}

export interface Upstreams {
  /** Rejects with a `HostFailure`. */
  of(host: ModelHost): Promise<Upstream>;
  /** Closes pools of hosts that are not among these. */
  keepOnly(hosts: { has(name: string): boolean }): void;
  readonly size: number;
  /** Cuts every connection. */
  close(): Promise<void>;
}

interface Entry {
  readonly fingerprint: string;
  readonly upstream: Upstream;
}

/** Models that one host may be asked for at once, where its owner does not say. */
const loadedModelsAssumed = 8;
/** For questions beside generation (`/api/show`). */
const spareConnections = 2;

export function createUpstreams(readSecret: ReadSecret, settings: PoolSettings): Upstreams {
  const entries = new Map<string, Entry>();
  const retire = (name: string, entry: Entry): void => {
    entries.delete(name);
    entry.upstream.dispatcher.close().catch(() => undefined); // already closed: nothing is left to do
  };
  return {
    get size() {
      return entries.size;
    },
    async of(host) {
      const { name } = host.metadata;
      const endpoint = await endpointOf(host, readSecret);
      const fingerprint = JSON.stringify([endpoint, connectionsOf(host)]);
      const known = entries.get(name);
      if (known?.fingerprint === fingerprint) return known.upstream;
      if (known) retire(name, known);
      const upstream = upstreamOf(name, endpoint, hostPool(endpoint, connectionsOf(host), settings));
      entries.set(name, { fingerprint, upstream });
      return upstream;
    },
    keepOnly(hosts) {
      for (const [name, entry] of entries) if (!hosts.has(name)) retire(name, entry);
    },
    async close() {
      const all = [...entries.values()];
      entries.clear();
      await Promise.all(all.map(({ upstream }) => upstream.dispatcher.destroy()));
    },
  };
}

function upstreamOf(host: string, endpoint: Endpoint, dispatcher: Dispatcher): Upstream {
  return { host, dispatcher, authorization: endpoint.bearer === undefined ? undefined : `Bearer ${endpoint.bearer}` };
}

function connectionsOf({ spec }: ModelHost): number {
  return spec.engine.parallel * (spec.engine.maxLoadedModels ?? loadedModelsAssumed) + spareConnections;
}
