/**
 * Opens connections that the address policy agrees with. The check sits where the socket is made: a name is resolved
 * once, only the allowed ones of its addresses are given to the socket, and when it is open its true peer is checked
 * again. Between check and connection no second resolution takes place, so a name that answers differently each time
 * (DNS rebinding) gains nothing.
 */
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from "node:dns";
import { isIP, type Socket } from "node:net";
import { buildConnector } from "undici";
import { FetchError } from "./fetch-error.ts";
import type { AddressPolicy } from "./policy.ts";

/** Resolves a name to all its addresses; `dns.lookup` unless a test puts its own here. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface ConnectorOptions {
  policy: AddressPolicy;
  resolve?: Resolve;
  /** Until a connection stands, TLS included. Default `connectTimeoutMs`. */
  timeoutMs?: number;
  /** Plain http goes only to addresses that the policy allows by name, or to all that it allows. Default: by name. */
  plainHttp?: "allowed-addresses" | "anywhere";
  /** PEM certificates that servers may chain to, instead of the system's. */
  ca?: string;
  /**
   * A client certificate (PEM), or `rejectUnauthorized: false` where `verify` judges the server's key instead of its
   * chain.
   */
  tls?: { cert?: string; key?: string; rejectUnauthorized?: boolean };
  /** Judges an open connection, after the policy did; its error refuses it. */
  verify?: (socket: Socket) => Error | undefined;
}

export const connectTimeoutMs = 10_000;
const addressesPerNameMax = 32;

/** For undici's `connect` option: of an `Agent`, `Pool` or `Client`. */
export function policedConnector(options: ConnectorOptions): buildConnector.connector {
  const resolve = options.resolve ?? (systemLookup as Resolve);
  const ca = options.ca ? { ca: options.ca } : {};
  const settings = { timeout: options.timeoutMs ?? connectTimeoutMs, ...ca, ...options.tls };
  return (target, callback) => {
    const judge = judgeFor(options, target);
    const refusal = isIP(target.hostname) ? judge(target.hostname) : undefined;
    if (refusal) return callback(refusal, null);
    // A socket does not look up what is an address already; a name goes through our lookup.
    const connect = buildConnector({ ...settings, lookup: policedLookup(judge, resolve) });
    connect(target, (...[error, socket]) => {
      if (error) return callback(error, null);
      const late = judge(socket.remoteAddress ?? "") ?? options.verify?.(socket);
      if (!late) return callback(null, socket);
      socket.destroy();
      callback(late, null);
    });
  };
}

/** Says why an address must not be connected to for this target. */
type Judge = (address: string) => FetchError | undefined;

function judgeFor(options: ConnectorOptions, target: buildConnector.Options): Judge {
  const { policy } = options;
  const encrypted = target.protocol === "https:";
  const port = Number(target.port || (encrypted ? 443 : 80));
  return (address) => {
    const why = policy.check(address, port);
    const place = target.hostname === address ? "" : `${target.hostname}: `;
    if (why) return new FetchError("AddressRefused", place + why);
    if (encrypted || options.plainHttp === "anywhere" || policy.isAllowedByName(address, port)) return undefined;
    return new FetchError(
      "UrlRefused",
      `${target.hostname}: plain http is refused beyond the allowed addresses; use https`,
    );
  };
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** A `lookup` that hands out only the allowed addresses of a name, and the reason when there is none. */
function policedLookup(judge: Judge, resolve: Resolve) {
  return (hostname: string, options: LookupOptions, done: LookupCallback): void => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const verdicts = addresses
        .slice(0, addressesPerNameMax)
        .map((entry) => ({ entry, refusal: judge(entry.address) }));
      const allowed = verdicts.flatMap(({ entry, refusal }) => (refusal ? [] : [entry]));
      const [first] = allowed;
      if (!first) return done(verdicts[0]?.refusal ?? new FetchError("Unreachable", `${hostname} has no address`), []);
      if (options.all) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };
}
