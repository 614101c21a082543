/**
 * From what the spec says of the way to a host, and the Secrets that it names, to what the driver needs; or why there is no way. Secrets
 * travel only over connections that nobody on the way can read.
 */
import { createHash } from "node:crypto";
import type { modelHostReasons } from "../apis/conditions/model-host.ts";
import type { DirectEndpoint, ModelHostSpec } from "../apis/model-host.ts";
import { hostUrl } from "../engines/dispatcher.ts";
import type { HostEndpoint } from "../engines/engine.ts";
import { EngineError } from "../engines/error.ts";
import { printable } from "../text/printable.ts";
import { type Transport, type TransportSettings, transportOf } from "./transport.ts";

export type SecretReading =
  /** Values in base64, as the API server gives them. */
  | { readonly kind: "Found"; readonly data: Readonly<Record<string, string>> }
  | { readonly kind: "NotFound" }
  /** RBAC does not let the operator read it. */
  | { readonly kind: "Forbidden" }
  | { readonly kind: "Unreadable"; readonly message: string };

export type Connection =
  | {
      readonly kind: "Usable";
      readonly endpoint: HostEndpoint;
      readonly transport: Transport;
      /** Equal for equal endpoints, secrets included; tells nothing about them. */
      readonly fingerprint: string;
    }
  | {
      readonly kind: "Unusable";
      readonly reason: Extract<
        keyof typeof modelHostReasons,
        "InvalidEndpoint" | "SecretForbidden" | "SecretMissing" | "SecretUnreadable" | "TunnelNotConnected"
      >;
      readonly message: string;
      readonly transport?: Transport;
      /** Only a person can mend it. */
      readonly terminal: boolean;
    };

type Unusable = Extract<Connection, { kind: "Unusable" }>;

/** Names of the Secrets that the endpoint needs. */
export function secretsNamed({ endpoint }: Pick<ModelHostSpec, "endpoint">): string[] {
  const { clientCertificate, bearerToken } = endpoint.direct ?? {};
  return [...new Set([clientCertificate?.name, bearerToken?.name].filter((name) => name !== undefined))].sort();
}

export function connectionOf(
  { endpoint }: Pick<ModelHostSpec, "endpoint">,
  secrets: ReadonlyMap<string, SecretReading>,
  settings: TransportSettings & { readonly secretNamespace: string },
): Connection {
  if (!endpoint.direct) return tunnel();
  const url = URL.canParse(endpoint.direct.url) ? new URL(endpoint.direct.url) : undefined;
  if (!url)
    return invalid(
      `"${printable(endpoint.direct.url, 200)}" is not a URL; write it like https://gpu1.example.org:11434`,
    );
  const transport = transportOf(url, settings);
  const read = credentials(endpoint.direct, transport, secrets, settings.secretNamespace);
  if ("kind" in read) return { ...read, transport };
  const { caBundle: ca, publicKeySha256 } = endpoint.direct;
  const usable: HostEndpoint = {
    url: endpoint.direct.url,
    ...(ca === undefined ? {} : { ca }),
    ...(publicKeySha256 === undefined ? {} : { pinnedKeySha256: publicKeySha256 }),
    ...read,
  };
  const problem = problemWith(usable);
  if (problem !== undefined) return { ...invalid(problem), transport };
  return { kind: "Usable", endpoint: usable, transport, fingerprint: fingerprintOf(usable) };
}

function tunnel(): Unusable {
  return {
    kind: "Unusable",
    reason: "TunnelNotConnected",
    message: "the machine has not dialled in: it is reached only while `commonhold join` runs on it",
    terminal: false,
  };
}

function invalid(message: string): Unusable {
  return { kind: "Unusable", reason: "InvalidEndpoint", message, terminal: true };
}

type Credentials = Pick<HostEndpoint, "clientCertificate" | "bearer">;

function credentials(
  { clientCertificate, bearerToken }: DirectEndpoint,
  transport: Transport,
  secrets: ReadonlyMap<string, SecretReading>,
  namespace: string,
): Credentials | Unusable {
  const read = (name: string, key: string) => secretValue(secrets.get(name), { namespace, name, key });
  const certificate = clientCertificate && read(clientCertificate.name, "tls.crt");
  if (typeof certificate === "object") return certificate;
  const key = clientCertificate && read(clientCertificate.name, "tls.key");
  if (typeof key === "object") return key;
  const bearer = bearerToken && transport.secure ? read(bearerToken.name, bearerToken.key) : undefined;
  if (typeof bearer === "object") return bearer;
  return {
    ...(certificate === undefined || key === undefined ? {} : { clientCertificate: { certificate, key } }),
    ...(bearer === undefined ? {} : { bearer: bearer.trim() }),
  };
}

function secretValue(
  reading: SecretReading | undefined,
  { namespace, name, key }: { namespace: string; name: string; key: string },
): string | Unusable {
  const secret = `Secret ${namespace}/${name}`;
  if (reading === undefined || reading.kind === "NotFound") {
    const message = `${secret} does not exist: create it with the key ${key}`;
    return { kind: "Unusable", reason: "SecretMissing", message, terminal: true };
  }
  if (reading.kind === "Forbidden") {
    const message = `${secret} may not be read by the operator: add ${name} to hostSecrets among the values of the chart, if this host is to have it`;
    return { kind: "Unusable", reason: "SecretForbidden", message, terminal: true };
  }
  if (reading.kind === "Unreadable") {
    const message = `${secret} could not be read: ${reading.message}`;
    return { kind: "Unusable", reason: "SecretUnreadable", message, terminal: false };
  }
  const value = Buffer.from(reading.data[key] ?? "", "base64").toString("utf8");
  if (value.trim() !== "") return value;
  const keys = Object.keys(reading.data).sort();
  const has = keys.length > 0 ? `it has ${printable(keys.slice(0, 8).join(", "), 200)}` : "it is empty";
  return { kind: "Unusable", reason: "SecretMissing", message: `${secret} has no key ${key} (${has})`, terminal: true };
}

function problemWith(endpoint: HostEndpoint): string | undefined {
  try {
    hostUrl(endpoint);
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}

function fingerprintOf(endpoint: HostEndpoint): string {
  return createHash("sha256").update(JSON.stringify(endpoint)).digest("hex");
}
