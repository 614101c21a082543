/** For unit tests: objects in memory behind the few calls that the embedded community makes. */
import type { KubeClient, Sent } from "../../../operator/kube/client.ts";
import type { KubeObject, ObjectRef, ResourceType } from "../../../operator/kube/resource.ts";

export interface MemoryClient extends Pick<KubeClient, "get" | "apply" | "patch"> {
  readonly objects: Map<string, KubeObject>;
  /** Runs before each `get`: the world moves on between two looks. */
  beforeGet: () => void;
}

export function memoryClient(): MemoryClient & KubeClient {
  const objects = new Map<string, KubeObject>();
  const key = (type: ResourceType, ref: ObjectRef): string =>
    [type.plural, ...(type.namespaced ? [ref.namespace] : []), ref.name].join("/");
  const client: MemoryClient = {
    objects,
    beforeGet: () => {},
    get: async <T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef) => {
      client.beforeGet();
      return objects.get(key(type, ref)) as T | undefined;
    },
    apply: async <T extends KubeObject>(type: ResourceType<T>, object: Sent<T>) => {
      objects.set(key(type, object.metadata as ObjectRef), object as KubeObject);
      return object as T;
    },
    patch: async <T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, body: unknown) => {
      const patched = merged(objects.get(key(type, ref)), body) as T;
      objects.set(key(type, ref), patched);
      return patched;
    },
  };
  return client as MemoryClient & KubeClient;
}

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(typeof target === "object" ? target : {}) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}
