/** Which models the site is to have: those that ModelDeployments name, and nothing else. Pure. */
import type { ModelDeployment } from "../apis/model-deployment.ts";
import { names, registryReference } from "../deployments/source.ts";
import { isDeleting } from "../kube/finalizers.ts";
import { keyOf } from "../kube/resource.ts";
import type { Digest } from "../models/digest.ts";
import { ModelError } from "../models/model-error.ts";
import { canonicalReference, type Reference, sameReference } from "../models/reference.ts";
import { siteReference } from "../models/site-registry.ts";

export interface Wanted {
  /** Its place in the site's registry, in full form; one tag there is one wish. */
  readonly key: string;
  readonly there: Reference;
  /** By which its own registry knows it. */
  readonly reference: Reference;
  /** What the deployments pin, or run by what the operator found; any of them will do. None: nobody knows yet what the name means. */
  readonly digests: readonly Digest[];
  /** Of all layers, as far as the operator has found out. */
  readonly bytes?: number;
  /** `namespace/name`. */
  readonly deployments: readonly string[];
  /** Models of several registries would lie at this place, so none is put there. */
  readonly collides: boolean;
}

/** `site`: `host` or `host:port`. In the order of their keys. */
export function wantedModels(deployments: readonly ModelDeployment[], site: string): Wanted[] {
  const found = new Map<string, Wanted>();
  for (const deployment of deployments) {
    const wish = isDeleting(deployment) ? undefined : wishOf(deployment, site);
    if (!wish) continue;
    const before = found.get(wish.key);
    found.set(wish.key, before ? together(before, wish) : wish);
  }
  return [...found.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** What comes as files, lies in the site's registry under its own name, or cannot be read, is none. */
function wishOf({ metadata, spec, status }: ModelDeployment, site: string): Wanted | undefined {
  const reference = readable(spec.model);
  if (!reference || reference.host.toLowerCase() === site.toLowerCase()) return undefined;
  const there = siteReference(reference, site);
  const resolved = status?.model && names(spec.model, status.model) ? status.model : undefined;
  const digest = (spec.model.digest ?? resolved?.digest) as Digest | undefined;
  return {
    key: canonicalReference(there),
    there,
    reference,
    digests: digest === undefined ? [] : [digest],
    ...(resolved && resolved.digest === digest && { bytes: resolved.sizeBytes }),
    deployments: [keyOf(metadata)],
    collides: false,
  };
}

function readable(model: ModelDeployment["spec"]["model"]): Reference | undefined {
  try {
    return registryReference(model);
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

function together(a: Wanted, b: Wanted): Wanted {
  const bytes = a.bytes ?? b.bytes;
  return {
    ...a,
    digests: [...new Set([...a.digests, ...b.digests])].toSorted(),
    ...(bytes !== undefined && { bytes }),
    deployments: [...a.deployments, ...b.deployments].toSorted(),
    collides: a.collides || !sameReference(a.reference, b.reference),
  };
}
