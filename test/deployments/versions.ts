/**
 * Every version that the deployments of a namespace had, as a watch brings them. A state that lasts for a moment (unloaded, and loaded
 * again) is missed by whoever asks from time to time, the more so on a busy machine; here it stays to be found.
 */
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { Reflector } from "../../operator/kube/reflector.ts";
import { isNewer } from "../../operator/kube/resource-version.ts";
import { type Change, createStore } from "../../operator/kube/store.ts";

/** `object` is the last state of it where it was `removed`. */
interface Version {
  readonly object: ModelDeployment;
  readonly removed: boolean;
}

export class Versions {
  readonly #versions = new Map<string, Version[]>();
  /** By name: nothing before this version is looked at any more. */
  readonly #from = new Map<string, ModelDeployment>();
  readonly #waiting = new Set<() => void>();
  readonly #stopping = new AbortController();
  readonly #following: Promise<void>;

  constructor(client: KubeClient, namespace: string) {
    const store = createStore<ModelDeployment>();
    store.onChange((change) => this.#add(change));
    const shared = { client, clock: systemClock, random: systemRandom };
    const reflector = new Reflector({ ...shared, type: modelDeployments, store, namespace });
    reflector.synced.catch(() => undefined);
    this.#following = reflector.run(this.#stopping.signal);
  }

  /** What somebody just wrote: what was before it no longer counts. */
  startFrom(object: ModelDeployment): void {
    this.#from.set(object.metadata.name, object);
  }

  /** The first version of it, from the one found last, that `holds` (`undefined` stands for "gone"), or undefined when the time is over. */
  async first(
    name: string,
    holds: (deployment: ModelDeployment | undefined) => boolean,
    deadlineMs: number,
  ): Promise<Version | undefined> {
    const over = AbortSignal.timeout(deadlineMs);
    let looked = 0;
    for (;;) {
      const versions = this.#versions.get(name) ?? [];
      for (; looked < versions.length; looked++) {
        const version = versions[looked]!;
        if (this.#isBefore(version) || !holds(version.removed ? undefined : version.object)) continue;
        this.startFrom(version.object);
        return version;
      }
      if (over.aborted) return undefined;
      await this.#nextChange(over);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("stopped"));
    await this.#following;
  }

  #add({ type, object }: Change<ModelDeployment>): void {
    const { name } = object.metadata;
    const versions = this.#versions.get(name) ?? [];
    this.#versions.set(name, [...versions, { object, removed: type === "delete" }]);
    for (const wake of [...this.#waiting]) wake();
  }

  #isBefore({ object }: Version): boolean {
    const from = this.#from.get(object.metadata.name);
    return from !== undefined && isNewer(from, object);
  }

  #nextChange(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        over.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      over.addEventListener("abort", wake, { once: true });
    });
  }
}
