/** All reads of a look: what is in the cluster, and whether the namespaces are there in which something is to be made. */
import { namespaces } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { isKubeError } from "../../operator/kube/errors.ts";
import { atOnce } from "../policy/at-once.ts";
import { objectKey } from "../policy/policy.ts";
import type { Following } from "./following.ts";
import type { GovernedKind } from "./kinds.ts";
import type { RolloutLimits } from "./limits.ts";
import type { LiveObject } from "./live.ts";
import type { Memory } from "./memory.ts";
import type { Failure, Snapshot } from "./snapshot.ts";
import { nameOf } from "./words.ts";

export interface GatherContext {
  readonly client: Pick<KubeClient, "get">;
  readonly kinds: readonly GovernedKind[];
  readonly limits: RolloutLimits;
  readonly following: Pick<Following, "objects">;
  readonly memory: Memory;
}

/** What is known within one step alone. */
export interface Pass {
  readonly failures: Map<string, Failure>;
  /** How often each object was written. */
  readonly tries: Map<string, number>;
  /** Whether there is a namespace of that name. */
  readonly namespaces: Map<string, boolean>;
}

export async function gather(context: GatherContext, pass: Pass, signal: AbortSignal): Promise<Snapshot> {
  const { kinds, limits, following, memory } = context;
  const live = following.objects();
  await askForNamespaces(context, live, pass, signal);
  const missing = [...pass.namespaces].flatMap(([name, isThere]) => (isThere ? [] : [name]));
  return {
    ...{ kinds, live, limits, failures: pass.failures },
    missingNamespaces: new Set(missing),
    wasApplied: memory.wasApplied,
    waitingSince: memory.waitingSince,
    isSettled: (object) => memory.isSettled(objectKey(nameOf(object)), object),
  };
}

async function askForNamespaces(
  { client, limits, memory }: GatherContext,
  live: ReadonlyMap<string, LiveObject>,
  pass: Pass,
  signal: AbortSignal,
): Promise<void> {
  const names = new Set<string>();
  for (const { key, object } of memory.desired.values()) {
    const { namespace } = object;
    if (namespace !== undefined && !live.has(key) && !pass.namespaces.has(namespace)) names.add(namespace);
  }
  const call = { signal, timeoutMs: limits.writeTimeoutMs };
  await atOnce([...names], limits.writesAtOnceMax, async (name) => {
    try {
      pass.namespaces.set(name, (await client.get(namespaces, { name }, call)) !== undefined);
    } catch (error) {
      signal.throwIfAborted();
      if (!isKubeError(error)) throw error;
      // Not known: the write itself will tell.
      pass.namespaces.set(name, true);
    }
  });
}
