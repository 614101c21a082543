/**
 * The connections to one API server: one undici dispatcher, kept for as long as the TLS material stays the same.
 *
 * client-node builds a dispatcher per request, which costs a TLS handshake per call (200 lists: 1096 ms against 236 ms).
 * Certificates and authorities may rotate on disk; then a new dispatcher takes over and the old one finishes its calls.
 */

import { createHash } from "node:crypto";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import type { TlsOptions } from "./credentials.ts";
import { KubeError } from "./errors.ts";
import type { KubeConfig } from "./plain-kubeconfig.ts";

/** Each open watch holds one connection, each call another while it lasts. */
const connectionsMax = 256;
const connectTimeoutMs = 10_000;
/** kube-apiserver closes idle connections after 90 s; leaving first avoids writing into a closing one. */
const keepAliveTimeoutMs = 30_000;
/** As client-go; the kernel notices a vanished peer some 10 s after that. */
const keepAliveInitialDelayMs = 30_000;

export interface Pool {
  dispatcher(tls: TlsOptions): Dispatcher;
  /** Cuts every connection at once. */
  destroy(): Promise<void>;
}

export function connectionPool(config: KubeConfig): Pool {
  let current: { fingerprint: string; dispatcher: Dispatcher } | undefined;
  const retired = new Set<Dispatcher>();
  let destroyed = false;

  const replace = (fingerprint: string, tls: TlsOptions): Dispatcher => {
    const old = current?.dispatcher;
    current = { fingerprint, dispatcher: buildDispatcher(config, tls) };
    if (old) {
      retired.add(old);
      void old.close().finally(() => retired.delete(old));
    }
    return current.dispatcher;
  };

  return {
    dispatcher(tls) {
      if (destroyed) throw new KubeError("the client is closed", { reason: "ClientClosed" });
      const fingerprint = fingerprintOf(tls);
      return current?.fingerprint === fingerprint ? current.dispatcher : replace(fingerprint, tls);
    },
    async destroy() {
      destroyed = true;
      const all = [...retired, ...(current ? [current.dispatcher] : [])];
      current = undefined;
      await Promise.all(all.map((dispatcher) => dispatcher.destroy(closedError())));
    },
  };
}

function buildDispatcher(config: KubeConfig, tls: TlsOptions): Dispatcher {
  // Time limits belong to the caller of each request (undici's own would cut a quiet watch).
  const limits = {
    connections: connectionsMax,
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const connect = {
    ...definedTls(tls),
    timeout: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveInitialDelayMs,
  };
  const proxy = config.getCurrentCluster()?.proxyUrl; // http://, https:// or socks5://
  if (proxy) {
    return new ProxyAgent({ ...limits, uri: proxy, requestTls: connect, proxyTls: { timeout: connectTimeoutMs } });
  }
  return new Agent({ ...limits, connect });
}

function definedTls(tls: TlsOptions): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

/** Keeps no key material: only a digest of it. */
function fingerprintOf(tls: TlsOptions): string {
  const hash = createHash("sha256");
  for (const [field, value] of Object.entries(tls)) {
    hash.update(field).update("\0");
    for (const part of Array.isArray(value) ? value : [value]) {
      hash.update(Buffer.isBuffer(part) ? part : String(part)).update("\0");
    }
  }
  return hash.digest("hex");
}

function closedError(): KubeError {
  return new KubeError("the client was closed while the call was under way", { reason: "ClientClosed" });
}
