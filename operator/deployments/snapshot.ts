/**
 * Everything that one plan looks at, as plain data: what the cluster says, what the hosts say, what is under way. Nothing is
 * looked up while planning; what was not found is an empty field, not an error. Times are milliseconds since the epoch.
 */
import type { ModelDeploymentReason } from "../apis/conditions/model-deployment.ts";
import type { ModelDeployment, ResolvedModel } from "../apis/model-deployment.ts";
import type { Digest, LoadedModel } from "../engines/engine.ts";
import type { MemoryEstimate } from "../models/size.ts";
import type { Plan as PlacementPlan } from "../placement/plan.ts";
import type { PlacementHost } from "../placement/snapshot.ts";
import type { Limits } from "./limits.ts";
import type { ResolutionView } from "./resolution.ts";
import type { TaskView } from "./tasks/tasks.ts";

export interface Snapshot {
  readonly now: number;
  /** The newest state that we know: the cache, or the answer to our own last write. */
  readonly deployment: ModelDeployment;
  /** Insecure registries are named by whoever runs the operator, never by a deployment. */
  readonly insecureRegistries: ReadonlySet<string>;
  /** The site's registry fetches by itself what deployments name. */
  readonly siteFills: boolean;
  readonly hosts: ReadonlyMap<string, HostFacts>;
  /** Every host was read and asked once: before that, "no host" means nothing. */
  readonly hostsSynced: boolean;
  readonly resolution: ResolutionView;
  /** Of this deployment, in the order in which they were started; ended ones until their outcome is in the status. */
  readonly tasks: readonly TaskView[];
  /** Steps that run on each host now, of all deployments. */
  readonly busy: ReadonlyMap<string, number>;
  /** Hosts on which this deployment failed lately: nothing new goes there before `until`. */
  readonly strikes: ReadonlyMap<string, Strike>;
  /** How often it failed on each host lately, also where nothing is held against that host any more. */
  readonly pastFailures: ReadonlyMap<string, number>;
  /** By replica id: when it was loaded lately. Many in a short time mean that something pushes it out each time. */
  readonly loads: ReadonlyMap<string, readonly number[]>;
  /** Served models of other deployments, by host. */
  readonly neighbours: ReadonlyMap<string, readonly Neighbour[]>;
  /** Memory of all replicas of all deployments, by host, as their statuses say. */
  readonly placedBytes: ReadonlyMap<string, number>;
  /** Removals of this deployment that are written down on a host and not done yet: host → names. */
  readonly removing: ReadonlyMap<string, ReadonlySet<string>>;
  /** Replicas whose names were handed to their host's list of removals by this process. */
  readonly handedOver: ReadonlySet<string>;
  /** Asks placement, as it sees all deployments now, with this deployment's demand changed. */
  readonly place: (demand: DemandChange) => PlacementAnswer;
  readonly estimate: Estimator;
  readonly limits: Limits;
}

export interface HostFacts {
  readonly name: string;
  readonly reachable: boolean;
  /** Since when it is reachable, or not. */
  readonly since: number;
  readonly version?: string;
  readonly accelerated: boolean;
  /** On its disk: name → digest and size, as it claims. */
  readonly models: ReadonlyMap<string, { readonly digest: Digest; readonly bytes: number }>;
  readonly loaded: readonly LoadedModel[];
  readonly placement: PlacementHost;
}

export interface Neighbour {
  /** `namespace/name`. */
  readonly deployment: string;
  /** Name of its served model on the host. */
  readonly model: string;
  /** Digest of the unchanged model. */
  readonly digest: string;
  readonly context: number;
}

export interface Strike {
  readonly until: number;
  readonly failures: number;
  readonly reason: ModelDeploymentReason;
  /** In words for people, without a full stop. */
  readonly message: string;
  /** Holds until the host has another version of its engine. */
  readonly unsupportedBy?: string;
}

export interface DemandChange {
  readonly status: ModelDeployment["status"] & object;
  readonly strikes: ReadonlyMap<string, Strike>;
  readonly names: readonly { readonly name: string; readonly digest?: string }[];
}

export type PlacementAnswer = PlacementPlan["deployments"][number];

/** Memory of one replica by the model's shape alone; on a plain CPU host where none is named. */
export type Estimator = (
  deployment: ModelDeployment,
  model: ResolvedModel,
  host?: PlacementHost & { readonly accelerated?: boolean },
) => MemoryEstimate;
