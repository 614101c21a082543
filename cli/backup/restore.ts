/**
 * `commonhold restore`: puts a backup back. Everything is checked before the first write: each byte of the file, the log in it, the kinds of
 * the cluster, that the cluster is empty and remembers no longer log, that nothing else is in the folders. Then come the folders, the
 * namespaces, what pins the log, Secrets, objects. Every step can be done again, and a ConfigMap says which backup is being restored: after
 * a kill the same command goes on.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { governanceConfigMap } from "../../operator/apis/group.ts";
import { governanceService, operatorService } from "../../operator/apis/permissions.ts";
import {
  type ConfigMap,
  configMaps,
  customResourceDefinitions,
  leases,
  type Secret,
  secrets,
} from "../../operator/kube/builtin-types.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { type Opened, openArchive } from "./archive.ts";
import { BackupError } from "./backup-error.ts";
import { checkLog } from "./checked-log.ts";
import type { Cluster } from "./cluster.ts";
import { ourTypes, pinsEntry, savedIn } from "./contents.ts";
import { checkFolders, type Places, placeFolders } from "./folders.ts";
import { applyObjects } from "./put-back.ts";
import { putNamespaces } from "./put-namespaces.ts";

export interface RestoreOptions extends Places {
  readonly from: string;
  readonly cluster: Cluster;
  /** Over what is there. A log that the cluster remembers longer is refused all the same. */
  readonly intoExisting: boolean;
}

export interface Restored {
  readonly backup: Opened["manifest"];
  readonly objects: number;
  /** Sentences about what was not put back. */
  readonly left: readonly string[];
}

const marker = "commonhold-restore";
const fieldManager = "commonhold-restore";

/** Throws a BackupError before the first write where anything speaks against it. */
export async function restoreBackup(options: RestoreOptions, around: Surroundings): Promise<Restored> {
  const scratch = await mkdtemp(join(tmpdir(), "commonhold-restore-"));
  try {
    const folder = join(scratch, "content");
    await mkdir(folder, { mode: 0o700 });
    const opened = await openArchive(resolve(around.cwd, options.from), folder);
    await check(opened, scratch, options, around);
    await checkFolders(opened, options, around);
    await placeFolders(opened, options, around);
    return await putBack(opened, options, around);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function check(opened: Opened, scratch: string, options: RestoreOptions, around: Surroundings): Promise<void> {
  const { cluster, intoExisting } = options;
  const { namespace } = opened.manifest;
  const call = { signal: around.signal };
  const pins = await cluster.client.get<ConfigMap>(configMaps, { name: governanceConfigMap, namespace }, call);
  // What the cluster remembers counts; where it remembers nothing, the backup's own pins do.
  await checkLog(opened.folder, scratch, pins?.data ?? (await savedPins(opened.folder)), around);
  const { items } = await cluster.client.list(customResourceDefinitions, call);
  const known = new Set(items.map(({ metadata }) => metadata.name));
  const missing = ourTypes.map(({ plural, group }) => `${plural}.${group}`).filter((name) => !known.has(name));
  if (missing.length > 0) {
    throw new BackupError(
      `${cluster.name} does not have ${missing.join(", ")}: install commonhold there first (its CRDs), then restore`,
    );
  }
  for (const { name } of [operatorService, governanceService]) {
    const lease = await cluster.client.get(leases, { name, namespace }, call);
    const until = lease?.spec?.holderIdentity
      ? Date.parse(lease.spec.renewTime ?? "") + (lease.spec.leaseDurationSeconds ?? 0) * 1000
      : 0;
    if (until > around.clock.now()) {
      throw new BackupError(
        `${name} runs in ${cluster.name}: stop it first (where the chart installed it: helm upgrade with --reset-then-reuse-values --set restoring=true), then restore`,
      );
    }
  }
  const begun = await cluster.client.get<ConfigMap>(configMaps, { name: marker, namespace }, call);
  if (begun?.data?.["backup"] === opened.digest || intoExisting) return;
  if (begun) {
    throw new BackupError(
      `another backup (${begun.data?.["backup"]}) was being restored to ${cluster.name} and is not finished: finish that one, or say --into-existing`,
    );
  }
  for (const type of ourTypes) {
    const [first] = (await cluster.client.list(type, call)).items;
    if (first) {
      throw new BackupError(
        `${cluster.name} is not empty: it has ${type.kind} ${first.metadata.name}. Restore to an empty cluster, or say --into-existing`,
      );
    }
  }
}

async function putBack(
  { folder, digest, manifest }: Opened,
  options: RestoreOptions,
  around: Surroundings,
): Promise<Restored> {
  const { cluster } = options;
  const { client } = cluster;
  const { namespace } = manifest;
  const written = { fieldManager, signal: around.signal };
  await putNamespaces(client, folder, written);
  await client.apply<ConfigMap>(
    configMaps,
    { metadata: { name: marker, namespace }, data: { backup: digest } },
    written,
  );
  const ref = { name: governanceConfigMap, namespace };
  const pins = await savedPins(folder);
  if (pins && !(await client.get(configMaps, ref, { signal: around.signal }))) {
    await client.apply<ConfigMap>(
      configMaps,
      { metadata: ref, data: pins },
      { ...written, fieldManager: governanceService.name },
    );
  }
  for (const secret of await savedIn<Secret>(folder, "cluster/secrets"))
    await client.apply<Secret>(secrets, secret, written);
  const { count, left } = await applyObjects(folder, cluster, namespace, around.signal);
  await client.remove(configMaps, { name: marker, namespace }, { signal: around.signal });
  return { backup: manifest, objects: count, left };
}

async function savedPins(folder: string): Promise<Record<string, string> | undefined> {
  const path = join(folder, pinsEntry);
  if (!existsSync(path)) return undefined;
  return (JSON.parse(await readFile(path, "utf8")) as { data: Record<string, string> }).data;
}
