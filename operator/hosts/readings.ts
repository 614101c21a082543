/**
 * What a host's spec refers to in the cluster: Secrets of the operator's namespace, and its Node. Both are read by name and kept for a while (the
 * operator may neither list nor watch them); what is missing, or what the host refuses, is read again soon.
 */
import type { ModelHostSpec } from "../apis/model-host.ts";
import { nodes, secrets } from "../kube/builtin-types.ts";
import type { KubeClient } from "../kube/client.ts";
import { isForbidden, isKubeError } from "../kube/errors.ts";
import { printable } from "../text/printable.ts";
import { type SecretReading, secretsNamed } from "./endpoint.ts";
import type { NodeReading } from "./hardware.ts";
import type { HostLimits } from "./limits.ts";

export interface ReadingsContext {
  readonly client: Pick<KubeClient, "get">;
  readonly secretNamespace: string;
  readonly limits: HostLimits;
}

interface Read<T> {
  readonly value: T;
  readonly at: number;
}

const messageCharsMax = 300;
const readTimeoutMs = 10_000;

/** Of one host. */
export class Readings {
  readonly #context: ReadingsContext;
  readonly #secrets = new Map<string, Read<SecretReading>>();
  #node: (Read<NodeReading> & { readonly name: string }) | undefined;

  constructor(context: ReadingsContext) {
    this.#context = context;
  }

  get secrets(): ReadonlyMap<string, SecretReading> {
    return new Map([...this.#secrets].map(([name, { value }]) => [name, value]));
  }

  get node(): NodeReading {
    return this.#node?.value ?? { kind: "NotAsked" };
  }

  /** Reads what is not known or too old. `suspect`: the host refused what we had. Gives when to come again. */
  async refresh(spec: ModelHostSpec, now: number, suspect: boolean, signal: AbortSignal): Promise<number | undefined> {
    const { limits } = this.#context;
    const wanted = secretsNamed(spec);
    for (const name of [...this.#secrets.keys()]) if (!wanted.includes(name)) this.#secrets.delete(name);
    for (const name of wanted) {
      const known = this.#secrets.get(name);
      if (known && now < known.at + secretAgeMs(known.value, suspect, limits)) continue;
      this.#secrets.set(name, { value: await this.#readSecret(name, signal), at: now });
    }
    await this.#refreshNode(spec.node, now, signal);
    const secretsDue = [...this.#secrets.values()].map(({ value, at }) => at + secretAgeMs(value, suspect, limits));
    const nodeDue = this.#node ? [this.#node.at + nodeAgeMs(this.#node.value, limits)] : [];
    const due = [...secretsDue, ...nodeDue];
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  async #refreshNode(name: string | undefined, now: number, signal: AbortSignal): Promise<void> {
    if (name === undefined) {
      this.#node = undefined;
      return;
    }
    const known = this.#node;
    const fresh = known && known.name === name && now < known.at + nodeAgeMs(known.value, this.#context.limits);
    if (!fresh) this.#node = { name, value: await this.#readNode(name, signal), at: now };
  }

  async #readSecret(name: string, signal: AbortSignal): Promise<SecretReading> {
    const { client, secretNamespace: namespace } = this.#context;
    const before = this.#secrets.get(name)?.value;
    try {
      const secret = await client.get(secrets, { namespace, name }, { signal, timeoutMs: readTimeoutMs });
      return secret ? { kind: "Found", data: secret.data ?? {} } : { kind: "NotFound" };
    } catch (error) {
      signal.throwIfAborted();
      // What we have is better than nothing while the API server is away.
      if (isForbidden(error)) return { kind: "Forbidden" };
      return before?.kind === "Found" && !isRefusal(error) ? before : { kind: "Unreadable", message: worded(error) };
    }
  }

  async #readNode(name: string, signal: AbortSignal): Promise<NodeReading> {
    const before = this.#node?.name === name ? this.#node.value : undefined;
    try {
      const node = await this.#context.client.get(nodes, { name }, { signal, timeoutMs: readTimeoutMs });
      return node ? { kind: "Found", node } : { kind: "NotFound" };
    } catch (error) {
      signal.throwIfAborted();
      return before?.kind === "Found" && !isRefusal(error) ? before : { kind: "Unreadable", message: worded(error) };
    }
  }
}

function secretAgeMs({ kind }: SecretReading, suspect: boolean, { secretAgeMaxMs, rereadMs }: HostLimits): number {
  return kind === "Found" && !suspect ? secretAgeMaxMs : rereadMs;
}

function nodeAgeMs({ kind }: NodeReading, { nodeAgeMaxMs, rereadMs }: HostLimits): number {
  return kind === "Found" ? nodeAgeMaxMs : Math.max(rereadMs, Math.min(nodeAgeMaxMs, 60_000));
}

/** Answered, and the answer was no. */
function isRefusal(error: unknown): boolean {
  return isKubeError(error) && (error.status === 401 || error.status === 403);
}

function worded(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error), messageCharsMax);
}
