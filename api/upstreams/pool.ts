/**
 * The connections to one host. Every one checks who answers there: the address is one that the policy allows, the certificate chains to
 * the given authority or the system's, the key is the pinned one. HTTP/1.1 without pipelining, so that ending one request
 * ends its connection and nothing else: that is how a host learns that nobody listens any more.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Dispatcher, Pool } from "undici";
import { policedConnector } from "../../operator/addresses/connector.ts";
import type { AddressPolicy } from "../../operator/addresses/policy.ts";
import type { Endpoint } from "./endpoint.ts";
import { HostFailure } from "./failure.ts";

export interface PoolSettings {
  readonly policy: AddressPolicy;
  /** Milliseconds for TCP and TLS together. */
  readonly connectTimeoutMs: number;
}

/** Shorter than the 5 s after which Node's own servers close: an idle connection is never written to as it closes. */
const idleConnectionMs = 4_000;
const headerBytesMax = 64 * 1024;

/** `connectionsMax` bounds what the host gets at once; more wait inside. */
export function hostPool(endpoint: Endpoint, connectionsMax: number, settings: PoolSettings): Dispatcher {
  return new Pool(endpoint.origin, {
    connections: connectionsMax,
    pipelining: 1,
    // Ours run on the injected clock and know whether the client or the host is slow.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: idleConnectionMs,
    keepAliveMaxTimeout: idleConnectionMs,
    maxHeaderSize: headerBytesMax,
    connect: policedConnector({
      policy: settings.policy,
      timeoutMs: settings.connectTimeoutMs,
      ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
      tls: {
        ...endpoint.certificate,
        // With a pin alone the key itself is what is trusted: a self-signed certificate is then as good as any.
        rejectUnauthorized: endpoint.pin === undefined || endpoint.ca !== undefined,
      },
      verify: (socket) => pinProblem(socket, endpoint.pin),
    }),
  });
}

function pinProblem(socket: Socket, pin: string | undefined): Error | undefined {
  if (pin === undefined) return undefined;
  const key = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.publicKey : undefined;
  if (!key) return new HostFailure("untrusted", "has a pinned key but showed no certificate");
  const found = createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();
  const wanted = Buffer.from(pin, "hex");
  if (found.length === wanted.length && timingSafeEqual(found, wanted)) return undefined;
  return new HostFailure("untrusted", `has another key (SHA-256 ${found.toString("hex")}) than the pinned one`);
}
