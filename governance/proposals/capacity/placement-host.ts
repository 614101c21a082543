/**
 * A machine as placement wants it, from its ModelHost alone: the spec as proposed, and what the operator last wrote of it.
 * Quiet hours and a machine that comes and goes pass by themselves: they are no reason for or against a proposal.
 */
import type { ModelHost, ModelInMemory } from "../../../operator/apis/model-host.ts";
import { quantityBytes } from "../../../operator/apis/quantity.ts";
import { findCondition, isTrue } from "../../../operator/kube/conditions.ts";
import { ollamaKeepsManifestsSince } from "../../../operator/placement/filters/engine-version.ts";
import type { PlacementHost } from "../../../operator/placement/snapshot.ts";

export interface CapacityHost extends PlacementHost {
  readonly accelerated: boolean;
  /** It is not there yet: that it answers, and with an engine that is new enough, is assumed. */
  readonly isNew: boolean;
}

/** `before`: as it is now, where the proposal changes it. */
export function placementHostOf(host: ModelHost, now: number, before: ModelHost = host): CapacityHost {
  const { metadata, spec, status } = host;
  const { site, engine } = spec;
  const capacityBytes = capacityOf(host, before);
  const isNew = status === undefined;
  const version = isNew ? ollamaKeepsManifestsSince : status.version;
  const disk = quantityBytes(spec.hardware.disk);
  return {
    name: metadata.name,
    owner: spec.owner,
    layer: spec.layer,
    labels: metadata.labels ?? {},
    trust: spec.trust,
    allowedNamespaces: spec.allowedNamespaces,
    transportSecure: !isTrue(status?.conditions, "InsecureTransport"),
    engine: {
      kind: engine.kind,
      parallel: engine.parallel,
      kvCacheType: engine.kvCacheType,
      ...(engine.maxLoadedModels !== undefined && { maxLoadedModels: engine.maxLoadedModels }),
      ...(version !== undefined && { version }),
    },
    memory: {
      capacityBytes,
      allowedBytes: Math.floor((capacityBytes * spec.memoryShare) / 100),
      strangersBytes: strangersBytes(host),
    },
    models: status?.models ?? [],
    loaded: (status?.loaded ?? []).filter(({ ours }) => ours).map(({ name }) => name),
    removing: (status?.removals ?? []).map(({ model }) => model),
    accelerated: spec.hardware.accelerator !== "cpu",
    isNew,
    ...(site !== undefined && { site }),
    ...(disk !== undefined && { disk: { capacityBytes: disk, usedBytes: status?.disk?.usedBytes ?? 0 } }),
    ...(isNew ? {} : notReady(host, now)),
    ...(spec.pause && { paused: { since: transition(host, "Paused", now) } }),
    ...(metadata.deletionTimestamp !== undefined && { leaving: { since: Date.parse(metadata.deletionTimestamp) } }),
  };
}

/** What was discovered counts where it is less than what is declared; a new declaration counts as it is. */
function capacityOf({ spec, status }: ModelHost, before: ModelHost): number {
  const declared = quantityBytes(spec.hardware.memory) ?? 0;
  const known = status?.memory?.capacityBytes;
  return known === undefined || before.spec.hardware.memory !== spec.hardware.memory ? declared : known;
}

/** On a machine with an accelerator that has memory of its own, only what lies there counts. */
function strangersBytes({ spec, status }: ModelHost): number {
  const { accelerator } = spec.hardware;
  const isShared = accelerator === "cpu" || accelerator === "apple";
  const bytesOf = ({ bytes, acceleratorBytes }: ModelInMemory): number => (isShared ? bytes : acceleratorBytes);
  return (status?.loaded ?? []).reduce((sum, model) => (model.ours ? sum : sum + bytesOf(model)), 0);
}

function notReady({ status }: ModelHost, now: number): Pick<PlacementHost, "notReady"> {
  const ready = findCondition(status?.conditions, "Ready");
  if (ready?.status === "True") return {};
  const { reason = "NotAskedYet", message = "It has not been asked yet.", lastTransitionTime } = ready ?? {};
  return { notReady: { reason, message, since: timeOf(lastTransitionTime, now) } };
}

function transition({ status }: ModelHost, type: string, now: number): number {
  const condition = findCondition(status?.conditions, type);
  return condition?.status === "True" ? timeOf(condition.lastTransitionTime, now) : now;
}

function timeOf(text: string | undefined, now: number): number {
  const at = Date.parse(text ?? "");
  return Number.isNaN(at) ? now : at;
}
