/**
 * A world for the planner alone: hosts as data, steps that take effect at once, a status that is "written" as the reconciler would.
 * It holds every promise that the real parts must keep to the planner, and counts what was done on each host by name.
 */

import { deploymentFinalizer } from "../../operator/apis/group.ts";
import type { ModelDeployment, ModelDeploymentSpec } from "../../operator/apis/model-deployment.ts";
import { worthWriting } from "../../operator/deployments/coalesce.ts";
import type { Command, TaskStep } from "../../operator/deployments/command.ts";
import { neighboursOf } from "../../operator/deployments/gather.ts";
import { defaultLimits, type Limits } from "../../operator/deployments/limits.ts";
import { Memory } from "../../operator/deployments/memory.ts";
import { askPlacement, placedBytes } from "../../operator/deployments/placing.ts";
import { type Plan, plan } from "../../operator/deployments/plan.ts";
import type { ResolutionFailure, ResolutionView } from "../../operator/deployments/resolution.ts";
import type { ModelFacts } from "../../operator/deployments/shape-facts.ts";
import type { Estimator, Snapshot } from "../../operator/deployments/snapshot.ts";
import type { TaskView } from "../../operator/deployments/tasks/tasks.ts";
import type { Digest } from "../../operator/engines/engine.ts";
import type { AtSite } from "../../operator/models/registry.ts";
import { estimateWithoutShape } from "../../operator/models/size.ts";

import { newDeployment, resolutionOf } from "./world-deployment.ts";
import { directoryOf, factsOf, mib, newHost, removedFor, type WorldHost } from "./world-host.ts";
import { effectOf } from "./world-steps.ts";

export { digest, gib, mib, type WorldHost } from "./world-host.ts";

export type StepFault = (step: TaskStep, host: WorldHost) => unknown;

export class World {
  now = Date.UTC(2026, 10, 23, 12);
  readonly limits: Limits;
  readonly hosts = new Map<string, WorldHost>();
  readonly deployments = new Map<string, ModelDeployment>();
  /** What the registry serves, by full reference. */
  readonly registry = new Map<string, Digest>();
  registryDown: ResolutionFailure | undefined;
  /** Where the site's registry has every model, if there is one. */
  pulledFrom: string | undefined;
  /** What the site's registry has under the name, if it fills itself. */
  atSite: AtSite | undefined;
  sizeBytes = 100 * mib;
  /** What of the model's shape is told before a host has it. */
  facts: Partial<ModelFacts> = {};
  /** What a host tells of it when it is asked. */
  hostTells: ModelFacts | undefined;
  /** What loading it measures; a quarter more than `sizeBytes` is estimated. */
  measuredBytes = 120 * mib;
  /** Every model has the same weights file, whatever else differs. */
  sameWeights = false;
  readonly commands: Command[] = [];
  readonly events: string[] = [];
  statusWrites = 0;
  hostsSynced = true;
  /** An error here makes the step fail. */
  fault: StepFault = () => undefined;
  #memory = new Memory();
  readonly #tasks = new Map<string, TaskView[]>();
  readonly #resolutions = new Map<string, ResolutionView>();
  #ids = 0;
  #startedAt = this.now;

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { ...defaultLimits, softWriteMs: 0, ...limits };
  }

  addHost(name: string, change: Partial<WorldHost> = {}): WorldHost {
    const host = newHost(name, this.now, change);
    this.hosts.set(name, host);
    return host;
  }

  deploy(name: string, spec: Partial<ModelDeploymentSpec> = {}): string {
    const key = `default/${name}`;
    this.deployments.set(key, newDeployment(name, spec, this.now));
    return key;
  }

  get(key: string): ModelDeployment {
    const deployment = this.deployments.get(key);
    if (!deployment) throw new Error(`no deployment ${key}`);
    return deployment;
  }

  change(key: string, spec: Partial<ModelDeploymentSpec>): void {
    const { metadata, ...rest } = this.get(key);
    const changed = { ...rest, metadata: { ...metadata, generation: metadata.generation + 1 } };
    this.deployments.set(key, { ...changed, spec: { ...rest.spec, ...spec } });
  }

  delete(key: string): void {
    const deployment = this.get(key);
    if (!deployment.metadata.finalizers?.length) {
      this.deployments.delete(key);
      return;
    }
    const deletionTimestamp = new Date(this.now).toISOString();
    this.deployments.set(key, { ...deployment, metadata: { ...deployment.metadata, deletionTimestamp } });
  }

  /** A new process: all that was only in memory is forgotten, tasks end where they are. */
  restart(): void {
    this.#memory = new Memory();
    this.#tasks.clear();
    this.#resolutions.clear();
    this.#startedAt = this.now;
  }

  snapshot(key: string): Snapshot {
    const deployment = this.get(key);
    const { uid } = deployment.metadata;
    const all = [...this.deployments.values()];
    const remembered = this.#memory.of(uid);
    return {
      now: this.now,
      deployment,
      insecureRegistries: new Set(),
      siteFills: this.atSite !== undefined,
      hosts: new Map([...this.hosts.values()].map((host) => [host.name, factsOf(host)])),
      hostsSynced: this.hostsSynced,
      resolution: this.#resolutions.get(uid) ?? { running: false, recheckAt: this.#startedAt + this.limits.recheckMs },
      tasks: this.#tasks.get(uid) ?? [],
      busy: new Map(),
      strikes: this.#memory.strikesOf(uid, this.now),
      pastFailures: this.#memory.pastFailures(uid, this.now),
      loads: remembered.loads,
      neighbours: neighboursOf(deployment, all),
      placedBytes: placedBytes(all),
      removing: new Map([...this.hosts.values()].map(({ name, removals }) => [name, removedFor(removals, uid)])),
      handedOver: remembered.handedOver,
      place: (change) => {
        const hosts = directoryOf([...this.hosts.values()]);
        const context = { all, now: this.now, estimate: this.estimate, limits: this.limits, memory: this.#memory };
        return askPlacement({ ...context, hosts, insecureRegistries: new Set() }, deployment, change);
      },
      estimate: this.estimate,
      limits: this.limits,
    };
  }

  readonly estimate: Estimator = (_, { sizeBytes }) => estimateWithoutShape(sizeBytes);

  /** One reconcile: plan, do, write. Steps run when `work` is called. `killedAfter`: the process dies after so many commands, before the write. */
  pass(key: string, killedAfter = Number.POSITIVE_INFINITY): Plan {
    const snapshot = this.snapshot(key);
    const planned = plan(snapshot);
    const { uid } = snapshot.deployment.metadata;
    for (const command of planned.commands.slice(0, killedAfter)) this.#execute(key, uid, command);
    if (killedAfter < Number.POSITIVE_INFINITY) {
      this.work();
      this.restart();
      return planned;
    }
    if (!planned.commands.some(({ kind }) => ["AddFinalizer", "HandOver", "RemoveFinalizer"].includes(kind))) {
      this.#write(key, snapshot, planned);
    }
    return planned;
  }

  /** Lets every task that was started end, and every host do its removals. */
  work(): void {
    for (const [uid, tasks] of this.#tasks) {
      const ended = tasks.map((task) => (task.end ? task : this.#finish(uid, task)));
      this.#tasks.set(uid, ended);
    }
    for (const host of this.hosts.values()) {
      if (!host.reachable) continue;
      for (const name of host.removals.keys()) {
        host.models.delete(name);
        host.loaded.delete(name);
        host.touched.push(name);
      }
      host.removals.clear();
    }
  }

  /** Passes and work in turn until a pass changes nothing and wants nothing; says how many passes that took. */
  settle(key: string, passesMax = 60): number {
    for (let passes = 1; passes <= passesMax; passes++) {
      if (!this.deployments.has(key)) return passes;
      const writes = this.statusWrites;
      const { commands } = this.pass(key);
      const busy = commands.length > 0 || this.statusWrites > writes || this.#unfinished();
      this.work();
      this.now += 1000;
      if (!busy) return passes;
    }
    throw new Error(
      `${key} is not at rest after ${passesMax} passes: ${JSON.stringify(this.get(key).status, null, 1)}`,
    );
  }

  #unfinished(): boolean {
    return [...this.#tasks.values()].some((tasks) => tasks.length > 0);
  }

  #execute(key: string, uid: string, command: Command): void {
    this.commands.push(command);
    const deployment = this.get(key);
    switch (command.kind) {
      case "AddFinalizer":
        this.deployments.set(key, {
          ...deployment,
          metadata: { ...deployment.metadata, finalizers: [deploymentFinalizer] },
        });
        return;
      case "RemoveFinalizer":
        this.deployments.delete(key);
        return;
      case "Resolve":
        this.#resolutions.set(uid, resolutionOf(deployment, this));
        return;
      case "StartTask": {
        const tasks = this.#tasks.get(uid) ?? [];
        if (tasks.some(({ replica, end }) => replica === command.replica && !end)) return;
        if (command.step.kind === "Load") this.#memory.loaded(uid, command.replica, this.now);
        const { replica, host, step } = command;
        this.#tasks.set(uid, [...tasks, { id: ++this.#ids, replica, host, step, startedAt: this.now }]);
        return;
      }
      case "StopTask":
        this.#tasks.set(
          uid,
          (this.#tasks.get(uid) ?? []).filter(({ replica, end }) => replica !== command.replica || end),
        );
        return;
      case "HandOver":
        for (const name of command.models) this.hosts.get(command.host)?.removals.set(name, uid);
        this.#memory.handedOver(uid, command.replica);
        return;
    }
  }

  #write(key: string, snapshot: Snapshot, planned: Plan): void {
    const { uid } = snapshot.deployment.metadata;
    const { wroteAt } = this.#memory.of(uid);
    const worth = worthWriting(snapshot.deployment.status, planned.status, wroteAt, this.now, this.limits);
    if (worth.kind === "At") return;
    if (worth.kind === "Now") {
      this.statusWrites++;
      this.deployments.set(key, { ...this.get(key), status: JSON.parse(JSON.stringify(planned.status)) });
      this.#memory.wrote(
        uid,
        this.now,
        (planned.status.replicas ?? []).map(({ id }) => id),
      );
      this.events.push(...planned.events.map(({ reason }) => reason));
    }
    this.#memory.addStrikes(uid, planned.strikes);
    this.#tasks.set(
      uid,
      (this.#tasks.get(uid) ?? []).filter(({ id, end }) => !(end && planned.consumed.has(id))),
    );
  }

  #finish(_uid: string, task: TaskView): TaskView {
    const host = this.hosts.get(task.host);
    const failed = (error: unknown): TaskView => ({ ...task, end: { at: this.now, error } });
    if (!host?.reachable) return failed(new Error("unreachable"));
    const error = this.fault(task.step, host);
    if (error !== undefined) return failed(error);
    return { ...task, end: { at: this.now, result: effectOf(task.step, host, this) } };
  }
}
