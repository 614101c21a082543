/** Learns what is secret here, before anything is written: afterwards it is taken out wherever it stands. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { delimiter, join } from "node:path";
import { type Secret, secrets } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { kubeConfigFromDefaults, kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import { isTelling, type Redactor } from "./redactor.ts";

const fileBytesMax = 256 * 1024;
/** What a Secret holds that everybody may see. A release of Helm is all manifests, compressed. */
const publicKeys = /^(ca\.crt|tls\.crt|namespace|username|known_hosts|ssh-publickey|.*\.pub)$/;
const helmRelease = "helm.sh/release.v1";

/** Every Secret of the namespaces. */
export async function knowSecrets(
  client: KubeClient,
  namespace: string,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<void> {
  for (const { type, data = {} } of (await client.list<Secret>(secrets, { namespace, signal })).items) {
    if (type === helmRelease) continue;
    for (const [key, value] of Object.entries(data)) {
      if (!publicKeys.test(key)) redactor.knowText(Buffer.from(value, "base64").toString("utf8"));
    }
  }
}

/** All users of the kubeconfig, and what the present one would send, wherever it gets that from. */
export async function knowKubeconfig(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  redactor: Redactor,
): Promise<void> {
  const paths = path === undefined ? (env["KUBECONFIG"] ?? "").split(delimiter).filter((one) => one !== "") : [path];
  for (const one of paths) knowFile(one, redactor, lineByLine);
  const config = path === undefined ? kubeConfigFromDefaults(env) : kubeConfigFromFile(path);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers = options.headers as Readonly<Record<string, string | undefined>> | undefined;
  const sent = headers?.["Authorization"];
  if (sent) redactor.know(sent.replace(/^\w+ /, ""));
  if (typeof options.auth === "string") redactor.know(options.auth.slice(options.auth.indexOf(":") + 1));
  if (options.key) redactor.knowText(String(options.key));
}

/** Keys and tokens of a community of `commonhold up`. */
export function knowCommunity(state: string, redactor: Redactor): void {
  knowFile(join(state, "env"), redactor, lineByLine);
  for (const folder of ["secrets", "governance/keys"]) {
    for (const name of namesIn(join(state, folder))) {
      if (!name.endsWith(".pub")) knowFile(join(state, folder, name), redactor);
    }
  }
  for (const name of namesIn(join(state, "control-plane"))) {
    if (/\.key$|token/.test(name)) knowFile(join(state, "control-plane", name), redactor);
    if (/kubeconfig/.test(name)) knowFile(join(state, "control-plane", name), redactor, lineByLine);
  }
}

/** Variables of whoever asks, whose names say what they are. */
export function knowEnvironment(env: Readonly<Record<string, string | undefined>>, redactor: Redactor): void {
  for (const [name, value = ""] of Object.entries(env)) {
    if (isTelling(name) && value.length >= 8 && !value.startsWith("/")) redactor.know(value);
  }
}

function knowFile(path: string, redactor: Redactor, take: (text: string) => string[] = (text) => [text]): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size > fileBytesMax) return;
  for (const piece of take(readFileSync(path, "utf8"))) redactor.knowText(piece);
}

/** A file that holds other things too: only what follows a telling name, and that in base64 also as what it means. */
function lineByLine(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [, name = "", value = ""] = /^[\s-]*([A-Za-z0-9_-]+)\s*[:=]\s*["']?(.+?)["']?\s*$/.exec(line) ?? [];
    if (!isTelling(name) || value.startsWith("/")) return [];
    return name.endsWith("-data") ? [value, Buffer.from(value, "base64").toString("utf8")] : [value];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
}
