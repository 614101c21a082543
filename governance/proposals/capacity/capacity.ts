/** The effect of a proposal on the community's machines: placement is asked before and after. */
import type { ModelDeployment } from "../../../operator/apis/model-deployment.ts";
import type { ModelHost } from "../../../operator/apis/model-host.ts";
import { keyOf } from "../../../operator/kube/resource.ts";
import { listed } from "../../../operator/text/list.ts";
import { printable } from "../../../operator/text/printable.ts";
import type { ClusterView } from "../cluster-view.ts";
import { capacityLinesMax, placementPairsMax } from "../limits.ts";
import type { FoundModel } from "../models/model-facts.ts";
import { type Change, type Community, changed, placed } from "./community.ts";
import { effectsOf } from "./effects.ts";

export interface CapacityQuestion {
  /** Absent: there is no cluster, or it is away. */
  readonly cluster: ClusterView | undefined;
  /** Of ModelHosts and ModelDeployments, those that the API server would accept. */
  readonly changes: readonly Change[];
  /** By `namespace/name`. */
  readonly found: ReadonlyMap<string, FoundModel>;
  readonly now: number;
}

/** Sentences without full stops; none where no machine and no deployment changes. */
export async function capacityOf({ cluster, changes, found, now }: CapacityQuestion): Promise<string[]> {
  if (changes.length === 0) return [];
  const before = await communityIn(cluster);
  if (!before) return [unknown("the cluster could not be asked which machines there are")];
  const after = changed(before, changes, now);
  if (after.hosts.length * after.deployments.length > placementPairsMax) {
    return [unknown(`${after.deployments.length} deployments on ${after.hosts.length} machines are too many to try`)];
  }
  const own = new Set(changes.filter(({ kind }) => kind === "ModelDeployment").map(({ key }) => key));
  const effects = effectsOf(placed(before, before, new Map(), now), placed(after, before, found, now), own);
  return bounded([...unsized(after, found), ...effects]);
}

async function communityIn(cluster: ClusterView | undefined): Promise<Community | undefined> {
  const [hosts, deployments] = [await cluster?.all("ModelHost"), await cluster?.all("ModelDeployment")];
  if (!hosts || !deployments) return undefined;
  return { hosts: hosts as unknown as ModelHost[], deployments: deployments as unknown as ModelDeployment[] };
}

function unknown(why: string): string {
  return `What this does to machines is not known: ${why}`;
}

/** What has no size cannot be placed. Those for which it has the same reason are told together. */
function unsized({ deployments }: Community, found: ReadonlyMap<string, FoundModel>): string[] {
  const byReason = new Map<string, string[]>();
  for (const { metadata, status } of deployments) {
    const name = keyOf(metadata);
    const why = found.get(name)?.unknown;
    if (why !== undefined && !status?.model) byReason.set(why, [...(byReason.get(why) ?? []), name]);
  }
  return [...byReason].map(([why, names]) => {
    const size = names.length === 1 ? "its size is" : "their sizes are";
    return `where ${listed(names, namesSpelledOutMax)} would run is not known, because ${size} not: ${why}`;
  });
}

const namesSpelledOutMax = 8;
const sentenceCharsMax = 2_000;

function bounded(sentences: readonly string[]): string[] {
  const shown = sentences.slice(0, capacityLinesMax).map((sentence) => printable(sentence, sentenceCharsMax));
  const hidden = sentences.length - shown.length;
  return hidden > 0 ? [...shown, `and ${hidden} more effects`] : shown;
}
