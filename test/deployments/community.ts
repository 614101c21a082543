/**
 * The operator's controllers on a real API server, with doubles of Ollama as hosts and a registry that is plain data. "Killed" means: from
 * one call to the next nothing leaves this operator any more, as after a SIGKILL; a new one then starts over the same cluster and hosts.
 */
import { pino } from "pino";
import type { ControlPlane } from "../../cli/up/control-plane/control-plane.ts";
import { modelDeploymentConditions, modelDeploymentReasons } from "../../operator/apis/conditions/model-deployment.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../../operator/apis/model-host.ts";
import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import { readyRules } from "../../operator/deployments/conditions.ts";
import { createDeploymentsController } from "../../operator/deployments/controller.ts";
import { estimate } from "../../operator/deployments/estimator.ts";
import type { Limits } from "../../operator/deployments/limits.ts";
import type { Resolve } from "../../operator/deployments/resolver.ts";
import { registryReference, shownReference } from "../../operator/deployments/source.ts";
import type { OpenFile } from "../../operator/deployments/tasks/run.ts";
import { ollamaEngine } from "../../operator/engines/ollama/driver.ts";
import { createHostsController } from "../../operator/hosts/controller.ts";
import type { HostLimits } from "../../operator/hosts/limits.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { createEventRecorder } from "../../operator/kube/events.ts";
import { kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import { Reflector } from "../../operator/kube/reflector.ts";
import { statusViolations } from "../../operator/kube/status-laws.ts";
import { createStore } from "../../operator/kube/store.ts";
import { pinOfFiles } from "../../operator/models/identity.ts";
import { ModelError } from "../../operator/models/model-error.ts";
import { displayReference } from "../../operator/models/reference.ts";
import { type OllamaDouble, startOllamaDouble } from "../doubles/ollama/double.ts";
import { RegistryContent } from "../doubles/ollama/registry.ts";
import type { OllamaDoubleSettings } from "../doubles/ollama/settings.ts";

import { type Life, mortalClient, mortalEngine } from "./mortal.ts";
import { Versions } from "./versions.ts";

export interface CommunityOptions {
  plane: ControlPlane;
  namespace: string;
}

const hostLabel = "test.commonhold.dev/community";
export const waitMs = 60_000;

export class Community {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly registry = new RegistryContent();
  /** The registry does not answer us (hosts still reach it). */
  registryDown = false;
  readonly doubles = new Map<string, OllamaDouble>();
  /** Calls to hosts and writes to the API server so far, over all operators. */
  calls: string[] = [];
  statusWrites = 0;
  /** How each look at a deployment ended, and each status write that failed. */
  readonly outcomes: string[] = [];
  /** The operator dies before the call of this number. */
  dieAt = Number.POSITIVE_INFINITY;
  /** A pull that brings nothing for so long is given up. */
  pullStallTimeoutMs = 60_000;
  files: OpenFile = () => {
    throw new Error("no files here");
  };
  readonly #versions: Versions;
  #operator: { stop: () => Promise<void>; died: Promise<void> } | undefined;

  constructor({ plane, namespace }: CommunityOptions) {
    this.namespace = namespace;
    this.client = createKubeClient(kubeConfigFromFile(plane.adminKubeconfigPath), { clock: systemClock });
    this.#versions = new Versions(this.client, namespace);
  }

  async addHost(name: string, settings: Partial<OllamaDoubleSettings> = {}, spec: object = {}): Promise<OllamaDouble> {
    const double = await startOllamaDouble({ registry: this.registry, ...settings });
    this.doubles.set(name, double);
    await this.addHostAt(name, double.url, spec);
    return double;
  }

  /** Any Ollama, a real one too. */
  async addHostAt(name: string, url: string, spec: object = {}): Promise<void> {
    await this.client.create<ModelHost>(modelHosts, {
      metadata: { name: this.hostName(name), labels: { [hostLabel]: this.namespace } },
      spec: {
        owner: "alice",
        endpoint: { direct: { url } },
        hardware: { memory: "16Gi", accelerator: "cpu" },
        ...spec,
      } as ModelHost["spec"],
    });
  }

  /** ModelHosts are cluster-wide: each test has its own. */
  hostName(name: string): string {
    return `${name}-${this.namespace}`.slice(0, 63).replace(/-+$/, "");
  }

  async deploy(name: string, spec: object = {}): Promise<void> {
    const object = { metadata: { name, namespace: this.namespace }, spec: { model: { ollama: "tiny" }, ...spec } };
    this.#versions.startFrom(await this.client.create<ModelDeployment>(modelDeployments, object as never));
  }

  async change(name: string, spec: object): Promise<void> {
    const ref = { name, namespace: this.namespace };
    this.#versions.startFrom(await this.client.patch<ModelDeployment>(modelDeployments, ref, { spec }));
  }

  async get(name: string): Promise<ModelDeployment | undefined> {
    return this.client.get<ModelDeployment>(modelDeployments, { name, namespace: this.namespace });
  }

  async remove(name: string): Promise<void> {
    await this.client.remove(modelDeployments, { name, namespace: this.namespace });
  }

  /** Resolves with the first version of it, from the one found last, that `holds`; `undefined` stands for "gone". */
  async until(
    name: string,
    what: string,
    holds: (deployment: ModelDeployment | undefined) => boolean,
    deadlineMs = waitMs,
  ): Promise<ModelDeployment | undefined> {
    const lawful = (deployment: ModelDeployment | undefined): boolean => {
      this.#obeysTheLaws(deployment);
      return holds(deployment);
    };
    const found = await this.#versions.first(name, lawful, deadlineMs);
    if (found) return found.removed ? undefined : found.object;
    throw new Error(`${name} was not ${what} in time: ${JSON.stringify((await this.get(name))?.status, null, 1)}`);
  }

  async ready(name: string, count = "1/1"): Promise<ModelDeployment> {
    const isReady = (deployment?: ModelDeployment) =>
      deployment?.status?.ready === count &&
      deployment.status.observedGeneration === deployment.metadata.generation &&
      deployment.status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
    return (await this.until(name, `ready ${count}`, isReady))!;
  }

  /** A new operator over the same cluster. */
  start(limits: Partial<Limits> = {}, hostLimits: Partial<HostLimits> = {}): void {
    const stopping = new AbortController();
    const { signal } = stopping;
    let died: () => void = () => undefined;
    const death = new Promise<void>((resolve) => {
      died = resolve;
    });
    const die = (): void => {
      stopping.abort(new Error("killed"));
      died();
    };
    const life = this.#life(die, signal);
    const client = mortalClient(this.client, life);
    const { pullStallTimeoutMs } = this;
    const clock = systemClock;
    const logger = pino({ level: process.env["TEST_LOG"] ?? "silent" });
    const deployments = createStore<ModelDeployment>();
    const hosts = createStore<ModelHost>();
    const shared = { client, clock, random: systemRandom };
    const reflectors = [
      new Reflector({ ...shared, type: modelDeployments, store: deployments, namespace: this.namespace }),
      new Reflector({ ...shared, type: modelHosts, store: hosts, labelSelector: `${hostLabel}=${this.namespace}` }),
    ];
    const events = createEventRecorder({ client, clock, controller: "commonhold.dev/operator", instance: "test" });
    const hostsController = createHostsController({
      ...shared,
      ...{ hosts, deployments, events, logger },
      connect: (endpoint) => mortalEngine(ollamaEngine(endpoint, { clock, bounds: { pullStallTimeoutMs } }), life),
      secretNamespace: this.namespace,
      limits: {
        probeIntervalMs: 100,
        steadyIntervalMs: 200,
        idleIntervalMs: 200,
        missIntervalMs: 50,
        awayIntervalMs: 100,
        ...hostLimits,
      },
    });
    const deploymentsController = createDeploymentsController({
      ...shared,
      ...{ deployments, events, logger, estimate },
      hosts: hostsController.directory,
      resolve: this.#resolve,
      openFile: (file, fileSignal) => this.files(file, fileSignal),
      limits: {
        retryBaseMs: 100,
        retryMaxMs: 500,
        strikeBaseMs: 300,
        hostLostGraceMs: 500,
        reloadBaseMs: 100,
        recheckMs: 300_000,
        ...limits,
      },
      hooks: {
        onStatusWrite: (outcome) => {
          this.statusWrites++;
          if (outcome === "failed") this.outcomes.push("a status write failed");
        },
        onReconciled: ({ outcome }) => this.outcomes.push(outcome),
      },
    });
    const following = reflectors.map((reflector) => reflector.run(signal));
    const work = Promise.all(reflectors.map(({ synced }) => synced)).then(() =>
      Promise.all([hostsController.run(signal), deploymentsController.run(signal)]),
    );
    const stop = async (): Promise<void> => {
      stopping.abort(new Error("stopped"));
      await Promise.all([work.catch(() => undefined), ...following]);
    };
    this.#operator = { stop, died: death };
  }

  /** Resolves when the operator was killed at `dieAt` and nothing of it goes on. */
  async died(): Promise<void> {
    await this.#operator?.died;
    await this.#operator?.stop();
    this.dieAt = Number.POSITIVE_INFINITY;
  }

  async stop(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
  }

  async close(): Promise<void> {
    if (process.env["TEST_CALLS"]) process.stderr.write(`${this.calls.join("\n")}\n`);
    await this.stop();
    const { items } = await this.client.list<ModelHost>(modelHosts, {
      labelSelector: `${hostLabel}=${this.namespace}`,
    });
    for (const { metadata } of items) {
      await this.client.patch(modelHosts, metadata, { metadata: { finalizers: null } });
      await this.client.remove(modelHosts, metadata);
    }
    await Promise.all([...this.doubles.values()].map((double) => double.stop()));
    await this.#versions.stop();
    await this.client.close();
  }

  readonly #resolve: Resolve = async ({ spec }) => {
    const reference = registryReference(spec.model);
    if (!reference) {
      const files = spec.model.files ?? [];
      const sizeBytes = files.reduce((sum, { size }) => sum + size, 0);
      const digest = pinOfFiles(files, spec.model.adapters);
      return { model: { reference: shownReference(spec.model), digest, source: "Files", sizeBytes }, layers: [] };
    }
    if (this.registryDown)
      throw new ModelError("Unreachable", "registry.example cannot be reached: connection refused");
    const manifest = this.registry.get(displayReference(reference));
    if (!manifest)
      throw new ModelError("NotFound", `the registry says "file does not exist" for ${displayReference(reference)}`);
    return {
      model: {
        reference: shownReference(spec.model),
        digest: manifest.digest,
        source: "Registry",
        sizeBytes: manifest.layers.reduce((sum, { bytes }) => sum + bytes, 0),
      },
      layers: [],
    };
  };

  /** Every status on the way obeys the laws, whatever happens. */
  #obeysTheLaws(deployment: ModelDeployment | undefined): void {
    if (!deployment) return;
    const broken = statusViolations(deployment, systemClock.now(), {
      positive: readyRules.positive,
      negative: readyRules.negative,
      types: Object.keys(modelDeploymentConditions),
      reasons: Object.keys(modelDeploymentReasons),
    });
    if (broken.length > 0) throw new Error(`${broken.join("\n")}\n${JSON.stringify(deployment.status, null, 1)}`);
  }

  /** Counts calls; from the deadly one on nothing gets out. */
  #life(die: () => void, signal: AbortSignal): Life {
    return {
      signal,
      call: (what) => {
        signal.throwIfAborted();
        this.calls.push(process.env["TEST_CALLS"] ? `${systemClock.now() % 100_000} ${what}` : what);
        if (this.calls.length < this.dieAt) return;
        die();
        signal.throwIfAborted();
      },
    };
  }
}
