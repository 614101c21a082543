/** A process that can die between any two of its calls: what it calls is counted, and once it is dead nothing gets out. */
import type { Engine } from "../../operator/engines/engine.ts";
import type { KubeClient } from "../../operator/kube/client.ts";

export interface Life {
  /** Before each call; throws where this one is not made any more. */
  call(what: string): void;
  /** Aborted once it is dead. */
  readonly signal: AbortSignal;
}

const writes: ReadonlySet<string> = new Set(["apply", "applyStatus", "patch", "create", "replace", "remove"]);
const changes: ReadonlySet<string> = new Set([
  "pull",
  "putBlob",
  "create",
  "copy",
  "remove",
  "load",
  "unload",
  "probe",
]);

/** Its writes count; events do not, nobody relies on them. */
export function mortalClient(client: KubeClient, life: Life): KubeClient {
  return new Proxy(client, {
    get: (target, name: string) => {
      const method = target[name as keyof KubeClient] as (...args: unknown[]) => unknown;
      if (!writes.has(name)) return method.bind(target);
      return async (...args: unknown[]) => {
        const { kind } = args[0] as { kind: string };
        const { status } = args[1] as { status?: { state?: string } };
        if (kind !== "Event") life.call(`${name} ${kind} ${status?.state ?? ""}`);
        return method.apply(target, args);
      };
    },
  });
}

export function mortalEngine(engine: Engine, life: Life): Engine {
  return new Proxy(engine, {
    get: (target, name: string) => {
      const method = target[name as keyof Engine] as unknown;
      if (typeof method !== "function") return method;
      if (!changes.has(name)) return method.bind(target);
      return async (...args: unknown[]) => {
        life.call(name);
        const answer = await method.apply(target, args);
        // A process that died while it waited never learned the answer.
        life.signal.throwIfAborted();
        return answer;
      };
    },
  });
}
