/** Reads all that one plan needs: the cache of the API server, what the site's registry has, and what lies in part on the disk. */
import { readdir } from "node:fs/promises";
import type { ModelDeployment } from "../apis/model-deployment.ts";
import type { Store } from "../kube/store.ts";
import type { Digest } from "../models/digest.ts";
import type { Door } from "./door.ts";
import type { FillerLimits } from "./limits.ts";
import type { Failure, Snapshot } from "./plan.ts";
import { type Wanted, wantedModels } from "./wanted.ts";

export interface GatherContext {
  readonly deployments: Store<ModelDeployment>;
  /** `host` or `host:port` by which the site knows its registry. */
  readonly site: string;
  readonly door: Door;
  /** Where parts lie. */
  readonly folder: string;
  readonly failures: ReadonlyMap<string, Failure>;
  readonly limits: FillerLimits;
}

/** Throws a `DoorError` where the site's registry is away. */
export async function gather(
  context: GatherContext,
  copying: Snapshot["copying"],
  now: number,
  signal: AbortSignal,
): Promise<Snapshot> {
  const { deployments, site, door, folder, failures, limits } = context;
  const wanted = wantedModels(deployments.list(), site);
  const present = await presentAt(door, wanted, signal);
  const staged = await readdir(folder).catch(() => []);
  return { now, wanted, present, failures, staged, limits, ...(copying && { copying }) };
}

/** One after the other: they are few, and the registry is beside us. */
async function presentAt(door: Door, wanted: readonly Wanted[], signal: AbortSignal): Promise<Map<string, Digest>> {
  const present = new Map<string, Digest>();
  for (const { key, there } of wanted) {
    const digest = await door.digestAt(there, signal);
    if (digest !== undefined) present.set(key, digest);
  }
  return present;
}
