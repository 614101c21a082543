/** What of a cluster is saved, and under which names. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { governanceConfigMap, labels } from "../../operator/apis/group.ts";
import { resourceOf } from "../../operator/apis/kind.ts";
import { kinds } from "../../operator/apis/kinds.ts";
import { type ConfigMap, configMaps, namespaces, type Secret, secrets } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { KubeObject, ObjectRef, ResourceType } from "../../operator/kube/resource.ts";
import { stage } from "./archive.ts";

/** An object as it was; of ours with `managedFields`, from which it is known who wrote what. */
export type Saved = KubeObject & { readonly spec?: unknown; readonly status?: Readonly<Record<string, unknown>> };

/**
 * Decisions are saved for people to read and never put back: governance writes them anew from the log. The order is that in which the
 * others are put back: a ModelDeployment without hosts would only complain.
 */
export const restoredKinds = ["ModelHost", "Member", "ModelDeployment", "LedgerRoot"] as const;

export const ourTypes: readonly ResourceType<Saved>[] = kinds.map((kind) => resourceOf(kind));

export const pinsEntry = "cluster/pins.json";
export const governanceEntry = "governance/repository";
export const keysEntry = "governance/keys";
export const sightingsEntry = "governance/sightings.jsonl";
export const policyEntry = "policy/repository";
export const policyGenesisEntry = "community/policy-genesis";
export const communitySecretsEntry = "community/secrets";

export function objectEntry({ plural }: ResourceType, { name, namespace }: ObjectRef): string {
  return `objects/${plural}/${namespace === undefined ? "" : `${namespace}/`}${name}.json`;
}

/** Helm's own history and tokens that a cluster issues anew are of no use elsewhere. */
const secretTypesLeft = new Set([
  "helm.sh/release.v1",
  "kubernetes.io/service-account-token",
  "bootstrap.kubernetes.io/token",
]);

export interface TakenObjects {
  readonly count: number;
  readonly pins: ConfigMap | undefined;
  /** Names of Secrets that were left out. */
  readonly secretsLeft: readonly string[];
}

/** The pins first: the log that is read after them can only have grown. */
export async function takeObjects(
  client: KubeClient,
  folder: string,
  { namespace, withSecrets, signal }: { namespace: string; withSecrets: boolean; signal: AbortSignal },
): Promise<TakenObjects> {
  const pins = await client.get<ConfigMap>(configMaps, { name: governanceConfigMap, namespace }, { signal });
  if (pins) await stage(folder, pinsEntry, json({ data: pins.data ?? {} }));
  let count = 0;
  const usedNamespaces = new Set([namespace]);
  for (const type of ourTypes) {
    for (const object of (await client.list<Saved>(type, { signal })).items) {
      if (object.metadata.deletionTimestamp) continue;
      if (object.metadata.namespace !== undefined) usedNamespaces.add(object.metadata.namespace);
      await stage(folder, objectEntry(type, object.metadata), json(object));
      count++;
    }
  }
  for (const { metadata } of (await client.list(namespaces, { signal })).items) {
    if (!usedNamespaces.has(metadata.name) && metadata.labels?.[labels.governed] === undefined) continue;
    const { name, labels: label } = metadata;
    await stage(folder, `cluster/namespaces/${name}.json`, json({ metadata: { name, labels: label ?? {} } }));
  }
  const secretsLeft = await takeSecrets(client, folder, { namespace, withSecrets, signal });
  return { count, pins, secretsLeft };
}

async function takeSecrets(
  client: KubeClient,
  folder: string,
  { namespace, withSecrets, signal }: { namespace: string; withSecrets: boolean; signal: AbortSignal },
): Promise<string[]> {
  const { items } = await client.list<Secret>(secrets, { namespace, signal });
  const kept = items.filter(({ type = "Opaque" }) => !secretTypesLeft.has(type));
  if (!withSecrets) return kept.map(({ metadata }) => metadata.name);
  for (const { metadata, type, data } of kept) {
    const { name, labels: label } = metadata;
    const secret = { metadata: { name, namespace, ...(label && { labels: label }) }, type, data };
    await stage(folder, `cluster/secrets/${name}.json`, json(secret));
  }
  return [];
}

/** What was staged below `entry` as JSON, in the order of its paths. */
export async function savedIn<T>(folder: string, entry: string): Promise<T[]> {
  const place = join(folder, entry);
  if (!existsSync(place)) return [];
  const found = await readdir(place, { recursive: true, withFileTypes: true });
  const paths = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return Promise.all(paths.sort().map(async (path) => JSON.parse(await readFile(path, "utf8")) as T));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
