/**
 * What placement is told: machines and demands as they are at one moment, as plain data. Nothing here is looked up while
 * planning; who asks (the operator, or a preview of what a proposal would do to capacity) gathers it first.
 */

import type { ModelDeploymentSpec, ReplicaState } from "../apis/model-deployment.ts";
import type { ModelHostSpec } from "../apis/model-host.ts";

export type Layer = ModelHostSpec["layer"];
export type Trust = ModelHostSpec["trust"];
export type LabelSelector = ModelDeploymentSpec["placement"]["hostSelector"];
export type SpreadBy = ModelDeploymentSpec["placement"]["spreadBy"];

/** Everything that one plan looks at. Order of hosts and of demands does not matter. */
export interface PlacementSnapshot {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly hosts: readonly PlacementHost[];
  readonly demands: readonly Demand[];
  /** Memory by host that is promised to something which is not in `demands`. */
  readonly reservedBytes?: Readonly<Record<string, number>>;
  readonly patience?: Partial<Patience>;
  /** Only this deployment's part is wanted (`namespace/name`): what comes after it in precedence cannot change it and is not planned. */
  readonly only?: string;
}

/** How long something is waited for before a replica is moved or has to go, in milliseconds. */
export interface Patience {
  /** A host that is not ready may come back: its replicas are replaced only after this. */
  readonly lostGraceMs: number;
  /** An owner who paused, or whose quiet hours began, waits this long for replacements to get ready. */
  readonly ownerWaitsMs: number;
}

export const defaultPatience: Patience = { lostGraceMs: 60_000, ownerWaitsMs: 300_000 };

/** One machine. Times are milliseconds since the epoch, sizes bytes. */
export interface PlacementHost {
  readonly name: string;
  readonly owner: string;
  /** Machines of one site fail together; without it every machine counts as a site of its own. */
  readonly site?: string;
  readonly layer: Layer;
  readonly labels: Readonly<Record<string, string>>;
  readonly trust: Trust;
  /** `*` is every namespace. */
  readonly allowedNamespaces: readonly string[];
  /** Absent: the host is ready. Pause and quiet hours are not in here, they have filters of their own. */
  readonly notReady?: { readonly reason: string; readonly message: string; readonly since: number };
  readonly paused?: { readonly since: number };
  /** Its ModelHost is being deleted. */
  readonly leaving?: { readonly since: number };
  readonly quiet?: { readonly since: number; readonly until: number; readonly timeZone: string };
  /** The host came and went too often, or failed: nothing new before `until`. */
  readonly backOff?: { readonly until: number; readonly failures: number };
  /** Whether the connection may carry other people's words. */
  readonly transportSecure: boolean;
  readonly engine: {
    readonly kind: "Ollama";
    /** As the host claims it; absent while unknown. */
    readonly version?: string;
    readonly parallel: number;
    readonly kvCacheType: "f16" | "q8_0" | "q4_0";
    readonly maxLoadedModels?: number;
  };
  readonly memory: {
    readonly capacityBytes: number;
    /** The owner's share of it: the bound that no plan exceeds. */
    readonly allowedBytes: number;
    /** In use now by models that are not ours. */
    readonly strangersBytes: number;
  };
  /** Absent: the owner declared no bound, and it is not checked. */
  readonly disk?: { readonly capacityBytes: number; readonly usedBytes: number };
  readonly models: readonly PlacedModel[];
  /** Names of the models in memory. */
  readonly loaded: readonly string[];
  /** What our replicas on it serve, whoever's they are. */
  readonly served?: readonly ServedContent[];
  /** Names that wait for removal there: placing them again would race with it. */
  readonly removing: readonly string[];
}

export interface PlacedModel {
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
  /** Made by this installation. */
  readonly ours: boolean;
}

export interface ServedContent {
  /** `namespace/name`. */
  readonly deployment: string;
  /** Of the unchanged model. */
  readonly digest: string;
  readonly context: number;
}

/** What one deployment asks for. */
export interface Demand {
  /** `namespace/name`. */
  readonly deployment: string;
  readonly namespace: string;
  readonly createdAt: number;
  readonly priority: number;
  /** Wanted replicas; 0 removes all. */
  readonly replicas: number;
  readonly layer: Layer;
  readonly hostSelector: LabelSelector;
  readonly spreadBy: SpreadBy;
  readonly minimumTrust: Trust;
  readonly model: DemandedModel;
  /** Memory of one replica on this host, which differs with the host's parallel requests and KV cache type. */
  readonly bytesOn: (host: PlacementHost) => number;
  /** Replicas that exist, in any state. */
  readonly current: readonly CurrentReplica[];
  /** What went wrong on single hosts lately: nothing new of this deployment there before `until`. */
  readonly failures?: readonly HostFailure[];
  /** Hosts whose engine said that it cannot run this model; holds until its version changes. */
  readonly unsupported?: readonly { readonly host: string; readonly version: string; readonly said: string }[];
}

export interface DemandedModel {
  /** `Registry`: the host must keep the registry's manifest bytes, or its digest cannot be compared. */
  readonly source: "Registry" | "Files";
  readonly digest: string;
  /** Of all layers or files: what a host has to download when it has none of them. */
  readonly sizeBytes: number;
  readonly architecture?: string;
  /** Tokens that it is loaded with. */
  readonly context?: number;
  /** Names that will be written on the host. `digest`: a model there that has the name and this digest is not in the way. */
  readonly names: readonly { readonly name: string; readonly digest?: string }[];
}

export interface CurrentReplica {
  readonly id: string;
  readonly hosts: readonly { readonly name: string; readonly bytes: number }[];
  readonly state: ReplicaState;
}

export interface HostFailure {
  readonly host: string;
  readonly until: number;
  readonly failures: number;
  /** In words for people, without a full stop. */
  readonly message: string;
}
