/** How one host is reached: what ModelHost.spec.endpoint says, its Secrets read. */
import type { DirectEndpoint, ModelHost } from "../../operator/apis/model-host.ts";
import { HostFailure } from "./failure.ts";

export interface Endpoint {
  /** `https://gpu1.example.org:11434` */
  readonly origin: string;
  readonly ca: string | undefined;
  /** SHA-256 of the server's key (SPKI), 64 hex digits. */
  readonly pin: string | undefined;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  readonly bearer: string | undefined;
}

/** Values of a Secret by key, decoded; `undefined`: there is none of this name. */
export type ReadSecret = (name: string) => Promise<ReadonlyMap<string, string> | undefined>;

/** Throws a `HostFailure` that says what is missing. */
export async function endpointOf(host: ModelHost, readSecret: ReadSecret): Promise<Endpoint> {
  const direct = host.spec.endpoint.direct;
  if (!direct) throw new HostFailure("unreachable", "has no address that the gateway can reach");
  return {
    origin: new URL(direct.url).origin,
    ca: direct.caBundle,
    pin: direct.publicKeySha256,
    certificate: await certificateOf(direct, readSecret),
    bearer: await bearerOf(direct, readSecret),
  };
}

async function certificateOf({ clientCertificate }: DirectEndpoint, readSecret: ReadSecret) {
  if (!clientCertificate) return undefined;
  const secret = await readSecret(clientCertificate.name);
  return {
    cert: valueIn(secret, clientCertificate.name, "tls.crt"),
    key: valueIn(secret, clientCertificate.name, "tls.key"),
  };
}

async function bearerOf({ bearerToken }: DirectEndpoint, readSecret: ReadSecret) {
  if (!bearerToken) return undefined;
  return valueIn(await readSecret(bearerToken.name), bearerToken.name, bearerToken.key).trim();
}

function valueIn(secret: ReadonlyMap<string, string> | undefined, name: string, key: string): string {
  const value = secret?.get(key);
  if (value) return value;
  const missing = secret ? `Secret ${name} has no key ${key}` : `there is no Secret ${name}`;
  throw new HostFailure("no_credentials", `cannot be asked: ${missing}`);
}
