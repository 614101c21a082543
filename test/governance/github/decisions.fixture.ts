/** Decision objects as the mirror writes them, in memory. */
import type { Decision } from "../../../operator/apis/decision.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";

export interface DecisionsInMemory {
  readonly client: KubeClient;
  shown(): readonly Decision[];
}

export function decisionsInMemory(): DecisionsInMemory {
  const objects = new Map<string, Decision>();
  const merge = async (change: Partial<Decision> & Pick<Decision, "metadata">): Promise<Decision> => {
    const { name } = change.metadata;
    const before = objects.get(name);
    const metadata = { ...before?.metadata, name, generation: 1, uid: name };
    objects.set(name, { ...before, ...change, metadata } as Decision);
    return objects.get(name) as Decision;
  };
  const client = {
    list: async () => ({ items: [...objects.values()], resourceVersion: "1" }),
    apply: (_: unknown, object: Decision) => merge(object),
    applyStatus: (_: unknown, object: Decision) => merge(object),
    remove: async (_: unknown, { name }: { name: string }) => objects.delete(name),
  };
  return { client: client as unknown as KubeClient, shown: () => [...objects.values()] };
}
