/** `test` for hosts: the CRDs installed, objects with names of their own that are gone in the end, and the laws held for all that is left. */
import { expect } from "vitest";
import {
  modelHostConditions,
  modelHostReadiness,
  modelHostReasons,
} from "../../operator/apis/conditions/model-host.ts";
import {
  type ModelDeployment,
  type ModelDeploymentStatus,
  modelDeployments,
} from "../../operator/apis/model-deployment.ts";
import { type ModelHost, type ModelHostSpec, modelHosts } from "../../operator/apis/model-host.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { nodes, secrets } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { findCondition } from "../../operator/kube/conditions.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";
import { statusViolations } from "../../operator/kube/status-laws.ts";
import { installCrds } from "../control-plane/test.ts";
import { type OllamaDouble, startOllamaDouble } from "../doubles/ollama/double.ts";
import type { OllamaDoubleSettings } from "../doubles/ollama/settings.ts";
import { test as base } from "../kube-faults/test.ts";
import { type RunningHosts, type RunOptions, runHosts } from "./running-hosts.ts";
import { startTlsFront, type TlsFront } from "./tls-front.ts";

export { eventually } from "../kube-faults/eventually.ts";

const hostType = modelHosts as ResourceType<ModelHost>;
const deploymentType = modelDeployments as ResourceType<ModelDeployment>;

export class Community {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly #operators: RunningHosts[] = [];
  readonly #doubles: OllamaDouble[] = [];
  readonly #fronts: TlsFront[] = [];
  readonly #hosts: string[] = [];
  readonly #deployments: string[] = [];
  readonly #nodes: string[] = [];
  #clockAheadMs = 0;

  constructor(client: KubeClient, namespace: string) {
    this.client = client;
    this.namespace = namespace;
  }

  async operator(options: RunOptions = {}): Promise<RunningHosts> {
    const operator = await runHosts(this.client, { secretNamespace: this.namespace, ...options });
    this.#operators.push(operator);
    return operator;
  }

  async ollama(settings: Partial<OllamaDoubleSettings> = {}): Promise<OllamaDouble> {
    const double = await startOllamaDouble(settings);
    this.#doubles.push(double);
    return double;
  }

  /** The same double, behind TLS with a certificate of its own. */
  async tlsFor(double: OllamaDouble): Promise<TlsFront> {
    const front = await startTlsFront(double.url);
    this.#fronts.push(front);
    return front;
  }

  /** Creates a ModelHost; its name starts with the test's namespace, which no other test has. */
  async host(name: string, url: string, spec: Partial<ModelHostSpec> = {}): Promise<string> {
    const full = `${this.namespace}-${name}`;
    const direct = { url };
    const object = {
      metadata: { name: full },
      spec: { owner: "alice", endpoint: { direct }, hardware: { memory: "8Gi" }, ...spec } as unknown as ModelHostSpec,
    };
    await this.client.create(hostType, object);
    this.#hosts.push(full);
    return full;
  }

  async readHost(name: string): Promise<ModelHost | undefined> {
    return this.client.get(hostType, { name });
  }

  async patchHost(name: string, patch: unknown): Promise<void> {
    await this.client.patch(hostType, { name }, patch);
  }

  async deleteHost(name: string): Promise<void> {
    await this.client.remove(hostType, { name });
  }

  async condition(name: string, type: string) {
    const host = await this.readHost(name);
    return findCondition(host?.status?.conditions, type);
  }

  /** A deployment with one replica that has these names on the host, as the deployments' controller would write it. */
  async deployment(name: string, replicas: ModelDeploymentStatus["replicas"] = []): Promise<ModelDeployment> {
    const metadata = { name, namespace: this.namespace };
    const spec = { model: { ollama: "smollm2:135m" } } as unknown as ModelDeployment["spec"];
    await this.client.create(deploymentType, { metadata, spec });
    this.#deployments.push(name);
    return this.writeReplicas(name, replicas);
  }

  async writeReplicas(name: string, replicas: ModelDeploymentStatus["replicas"] = []): Promise<ModelDeployment> {
    const metadata = { name, namespace: this.namespace };
    const object = { metadata, status: { replicas } };
    return this.client.applyStatus(deploymentType, object, { fieldManager: "test-deployments" });
  }

  async deleteDeployment(name: string): Promise<void> {
    await this.client.remove(deploymentType, { name, namespace: this.namespace });
  }

  /** A Node with these labels; gives its name. */
  async node(name: string, labels: Record<string, string>): Promise<string> {
    const full = `${this.namespace}-${name}`;
    await this.client.create(nodes, { metadata: { name: full, labels } });
    this.#nodes.push(full);
    return full;
  }

  async secret(name: string, stringData: Record<string, string>): Promise<void> {
    const object = { metadata: { name, namespace: this.namespace }, stringData };
    await this.client.apply(secrets, object, { fieldManager: "test" });
  }

  async events(name: string): Promise<string[]> {
    const list = await this.client.list(
      { group: "events.k8s.io", version: "v1", kind: "Event", plural: "events", namespaced: true },
      { namespace: "default" },
    );
    return list.items
      .map((event) => event as unknown as { regarding?: { name?: string }; reason: string; eventTime: string })
      .filter(({ regarding }) => regarding?.name === name)
      .toSorted((a, b) => (a.eventTime < b.eventTime ? -1 : 1))
      .map(({ reason }) => reason);
  }

  /** A manual clock may be ahead of the machine's by so much. */
  clockAhead(ms: number): void {
    this.#clockAheadMs = ms;
  }

  async end(): Promise<void> {
    const objects = await Promise.all(this.#hosts.map((name) => this.readHost(name)));
    await Promise.all(this.#operators.map((operator) => operator.stop()));
    await Promise.all(this.#fronts.map((front) => front.close()));
    await Promise.all(this.#doubles.map((double) => double.stop()));
    for (const name of this.#nodes) await this.client.remove(nodes, { name });
    for (const name of this.#deployments) await this.deleteDeployment(name);
    for (const name of this.#hosts) {
      if (!(await this.readHost(name))) continue;
      await this.patchHost(name, { metadata: { finalizers: null } });
      await this.deleteHost(name);
    }
    const laws = {
      ...modelHostReadiness,
      types: Object.keys(modelHostConditions),
      reasons: Object.keys(modelHostReasons),
    };
    const now = systemClock.now() + this.#clockAheadMs;
    expect(objects.flatMap((object) => (object ? statusViolations(object, now, laws) : []))).toEqual([]);
    expect(this.#operators.flatMap(({ errors }) => errors)).toEqual([]);
  }
}

export const test = base
  .extend("crds", { scope: "worker" }, async ({ plane }) => {
    await installCrds(plane, "manifests/crds");
    return true;
  })
  .extend("community", async ({ client, namespace, crds: _ }, { onCleanup }): Promise<Community> => {
    const community = new Community(client, namespace);
    onCleanup(() => community.end());
    return community;
  });
