/**
 * The way to one host: an undici pool whose connections check who answers. Either the certificate chains to the given CA
 * (or the system's), or its key is the pinned one, or both. Redirects are never followed by anything here.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { LookupFunction } from "node:net";
import { TLSSocket } from "node:tls";
import { buildConnector, type Dispatcher, Pool } from "undici";
import { printable } from "../text/printable.ts";
import type { HostEndpoint } from "./engine.ts";
import { EngineError } from "./error.ts";

/** Milliseconds for TCP and TLS together. */
export const connectTimeoutMs = 5_000;
/** Streams in flight to one host: each pull and each load holds one connection for as long as it takes. */
export const connectionsMax = 64;

export interface DispatcherOptions {
  readonly connectTimeoutMs?: number;
  /** Resolves names; an address policy puts its check here, where the address is the one that is then dialled. */
  readonly lookup?: LookupFunction;
}

export type DispatcherFactory = (endpoint: HostEndpoint) => Dispatcher;

/** Timers of headers and bodies are switched off: every call brings its own, on our clock. */
export function hostDispatcher(endpoint: HostEndpoint, options: DispatcherOptions = {}): Dispatcher {
  const url = hostUrl(endpoint);
  return new Pool(url.origin, {
    connections: connectionsMax,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connector(endpoint, options),
  });
}

/** The endpoint's URL, checked: an unusable one is refused before anything is dialled. */
export function hostUrl(endpoint: HostEndpoint): URL {
  const url = URL.canParse(endpoint.url) ? new URL(endpoint.url) : undefined;
  const refuse = (why: string): never => {
    throw new EngineError("InvalidRequest", `endpoint "${printable(endpoint.url, 200)}": ${why}`);
  };
  if (!url) return refuse("not a URL; write it like http://10.0.0.7:11434");
  if (url.protocol !== "http:" && url.protocol !== "https:") return refuse("must start with http:// or https://");
  if (url.username || url.password) return refuse("holds credentials; give them as a bearer token instead");
  if (url.search || url.hash) return refuse("must end after the path");
  if (url.protocol === "http:" && (endpoint.ca || endpoint.pinnedKeySha256 || endpoint.clientCertificate)) {
    return refuse("a CA, a pinned key and a client certificate need https://");
  }
  if (endpoint.pinnedKeySha256 !== undefined && !/^[0-9a-f]{64}$/i.test(endpoint.pinnedKeySha256)) {
    return refuse("the pinned key must be 64 hex digits: the SHA-256 of the key's SubjectPublicKeyInfo");
  }
  return url;
}

function connector(endpoint: HostEndpoint, options: DispatcherOptions): buildConnector.connector {
  const pin = endpoint.pinnedKeySha256;
  const connect = buildConnector({
    timeout: options.connectTimeoutMs ?? connectTimeoutMs,
    // A resumed session shows no certificate to compare with the pin.
    maxCachedSessions: 0,
    ...(options.lookup && { lookup: options.lookup }),
    ...(endpoint.ca !== undefined && { ca: endpoint.ca }),
    ...(endpoint.clientCertificate && {
      cert: endpoint.clientCertificate.certificate,
      key: endpoint.clientCertificate.key,
    }),
    // With a pin alone the key itself is what is trusted: a self-signed certificate is then as good as any.
    rejectUnauthorized: pin === undefined || endpoint.ca !== undefined,
  });
  if (pin === undefined) return connect;
  return (target, callback) => {
    connect(target, (...[error, socket]) => {
      if (error) return callback(error, null);
      const wrong = pinProblem(socket, pin);
      if (!wrong) return callback(null, socket);
      socket.destroy();
      callback(new EngineError("Untrusted", wrong), null);
    });
  };
}

/** Why the key that answered is not the pinned one; `undefined`: it is. `pin`: 64 hex digits, SHA-256 of the SPKI. */
export function pinProblem(socket: unknown, pin: string): string | undefined {
  const key = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.publicKey : undefined;
  if (!key) return "the host showed no certificate to compare with the pinned key";
  const found = createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();
  if (timingSafeEqual(found, Buffer.from(pin, "hex"))) return undefined;
  return `the host's key has SHA-256 ${found.toString("hex")}, pinned is ${pin}: another machine answers there, or its key was renewed`;
}
