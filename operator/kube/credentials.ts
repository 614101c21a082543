/**
 * What a `KubeConfig` gives us for one call: headers that authenticate, and the TLS material of the connection.
 *
 * The configuration knows how to get them (files that rotate, exec plugins, OIDC); it is asked at most once per `refreshMs`, and
 * once for all calls that wait at the same time, because each ask reads files and may start a process.
 */

import type { RequestOptions } from "node:https";
import type { Clock } from "../clock/clock.ts";
import { printable } from "../text/printable.ts";
import { KubeError } from "./errors.ts";
import type { KubeConfig } from "./plain-kubeconfig.ts";

export interface Credentials {
  headers: Record<string, string>;
  tls: TlsOptions;
}

/** The parts of TLS options that a kubeconfig can say. */
export type TlsOptions = Pick<
  RequestOptions,
  "ca" | "cert" | "key" | "pfx" | "passphrase" | "rejectUnauthorized" | "servername"
>;

export interface CredentialSource {
  current(): Promise<Credentials>;
  /** Forgets what is cached: called when the server refused it. */
  invalidate(): void;
}

const refreshMs = 10_000;
const wordsCharsMax = 300;
const tlsFields = ["ca", "cert", "key", "pfx", "passphrase", "rejectUnauthorized", "servername"] as const;

export function credentialSource(config: KubeConfig, clock: Clock): CredentialSource {
  let cached: { at: number; credentials: Promise<Credentials> } | undefined;
  return {
    current() {
      if (!cached || clock.now() - cached.at > refreshMs || clock.now() < cached.at) {
        const entry = { at: clock.now(), credentials: readCredentials(config) };
        cached = entry;
        entry.credentials.catch(() => {
          if (cached === entry) cached = undefined;
        });
      }
      return cached.credentials;
    },
    invalidate() {
      cached = undefined;
    },
  };
}

async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw credentialError(config, error);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    // A token file usually ends in a line break, which is no legal header value.
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
  }
  if (options.auth) headers["authorization"] ??= `Basic ${Buffer.from(options.auth).toString("base64")}`;
  return { headers, tls: pick(options) };
}

function pick(options: RequestOptions): TlsOptions {
  const tls: TlsOptions = {};
  for (const field of tlsFields) {
    if (options[field] !== undefined) Object.assign(tls, { [field]: options[field] });
  }
  return tls;
}

/** The cause is left out on purpose: a JSON parser quotes what it could not parse, which here may be a token. */
function credentialError(config: KubeConfig, error: unknown): KubeError {
  const user = config.getCurrentUser()?.name ?? "(no user)";
  const words =
    error instanceof SyntaxError
      ? "the credential plugin's answer is not JSON"
      : printable(error instanceof Error ? error.message : String(error), wordsCharsMax);
  return new KubeError(`no credentials for user ${printable(user, wordsCharsMax)} of the kubeconfig: ${words}`, {
    reason: "CredentialsFailed",
  });
}
