/** A deployment of the planner's world, and what its registry says of it. */
import type { ModelDeployment, ModelDeploymentSpec } from "../../operator/apis/model-deployment.ts";
import { lacksCopy, type ResolutionFailure, type ResolutionView } from "../../operator/deployments/resolution.ts";
import type { ModelFacts } from "../../operator/deployments/shape-facts.ts";
import { fullReference, shownReference } from "../../operator/deployments/source.ts";
import type { Digest } from "../../operator/engines/engine.ts";
import { pinOfFiles } from "../../operator/models/identity.ts";
import type { AtSite } from "../../operator/models/registry.ts";
import { digest } from "./world-host.ts";

export function newDeployment(name: string, spec: Partial<ModelDeploymentSpec>, now: number): ModelDeployment {
  return {
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "ModelDeployment",
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: new Date(now).toISOString(),
    },
    spec: {
      model: { ollama: "smollm2:135m" },
      context: 4096,
      parameters: {},
      placement: { layer: "community", hostSelector: {}, spreadBy: "host", minimumTrust: "known" },
      priority: 0,
      update: "Propose",
      ...spec,
    },
  };
}

/** Where references are resolved. */
export interface WorldRegistry {
  readonly now: number;
  readonly limits: { readonly recheckMs: number };
  /** What it serves, by full reference; anything else has a digest made of its name. */
  readonly registry: ReadonlyMap<string, Digest>;
  readonly registryDown: ResolutionFailure | undefined;
  readonly sizeBytes: number;
  readonly facts: Partial<ModelFacts>;
  /** Where the site's registry has it, if it does. */
  readonly pulledFrom: string | undefined;
  readonly atSite: AtSite | undefined;
}

export function resolutionOf({ spec }: ModelDeployment, world: WorldRegistry): ResolutionView {
  const reference = fullReference(spec.model);
  const recheckAt = world.now + world.limits.recheckMs;
  if (world.registryDown) return { reference, running: false, failure: world.registryDown, recheckAt };
  const { files, adapters } = spec.model;
  const found = files ? pinOfFiles(files, adapters) : (world.registry.get(reference) ?? digest(reference));
  const source = files ? ("Files" as const) : ("Registry" as const);
  const shown = shownReference(spec.model);
  const site = world.pulledFrom === undefined ? {} : { pulledFrom: world.pulledFrom };
  const model = { ...world.facts, reference: shown, digest: found, source, sizeBytes: world.sizeBytes, ...site };
  const result = { model, layers: [], ...(world.atSite !== undefined && { atSite: world.atSite }) };
  return { reference, running: false, result, recheckAt: lacksCopy(result) ? world.now + 2_000 : recheckAt };
}
