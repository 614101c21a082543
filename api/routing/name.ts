/**
 * Which deployment a request means. `namespace/name` is exact. `name` alone is enough while only one deployment that the key may use has
 * it. Ollama's clients add `:latest` to every name; it means nothing here, because a deployment is pinned by digest.
 *
 * A deployment that the key may not use does not exist for it: neither in the refusal nor among the nearest names.
 */
import type { ModelDeployment } from "../../operator/apis/model-deployment.ts";
import { listed } from "../../operator/text/list.ts";
import { nearestNames } from "../../operator/text/nearest.ts";
import { fullName, type Snapshot, visibleDeployments } from "../catalogue/snapshot.ts";
import { gatewayError } from "../errors.ts";

export function resolveModel(
  asked: string,
  snapshot: Snapshot,
  allowed: ReadonlySet<string> | undefined,
): ModelDeployment {
  const name = asked.replace(/:latest$/, "");
  const found = named(name, snapshot).filter((deployment) => !allowed || allowed.has(fullName(deployment)));
  const [only, another] = found;
  if (only && !another) return only;
  if (only) {
    const names = listed(found.map(fullName), 8);
    throw gatewayError("model_ambiguous", { model: asked, names }, { param: "model" });
  }
  throw gatewayError("model_not_found", { model: asked, hint: hintFor(name, snapshot, allowed) }, { param: "model" });
}

function named(name: string, snapshot: Snapshot): readonly ModelDeployment[] {
  if (!name.includes("/")) return snapshot.deploymentsByName.get(name) ?? [];
  const exact = snapshot.deployments.get(name);
  return exact ? [exact] : [];
}

function hintFor(name: string, snapshot: Snapshot, allowed: ReadonlySet<string> | undefined): string {
  const visible = visibleDeployments(snapshot, allowed);
  if (visible.size === 0) return "It may use no model yet.";
  const near = nearestNames(name, candidatesFor(name, visible));
  if (near.length > 0) return `Nearest: ${listed(near)}.`;
  return `There are ${listed([...visible.keys()].sort(), 5)}.`;
}

/** With a slash in it, full names are compared; without, what a list would show. */
function candidatesFor(name: string, visible: ReadonlyMap<string, ModelDeployment>): Iterable<string> {
  return name.includes("/") ? [...visible.values()].map(fullName) : visible.keys();
}
