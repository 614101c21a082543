/**
 * `/api/tags` and `/api/ps`: the deployments that a key may use, in Ollama's forms
 * (https://github.com/ollama/ollama/blob/v0.24.0/docs/api.md). Names carry `:latest`, because Ollama's clients look for what they asked
 * for with that tag added.
 */
import type { ModelDeployment } from "../../../operator/apis/model-deployment.ts";

export function ollamaTags(visible: ReadonlyMap<string, ModelDeployment>) {
  return {
    models: sorted(visible).map(([name, deployment]) => ({ ...listed(name, deployment), ...modified(deployment) })),
  };
}

/** Only what a host holds in memory right now; `expires_at` is far away, because deployments are kept loaded. */
export function ollamaLoaded(visible: ReadonlyMap<string, ModelDeployment>) {
  const loaded = sorted(visible).filter(([, { status }]) => status?.replicas?.some(({ state }) => state === "Ready"));
  return {
    models: loaded.map(([name, deployment]) => ({
      ...listed(name, deployment),
      size: deployment.status?.memory?.totalBytes ?? 0,
      expires_at: "2318-01-01T00:00:00Z",
      size_vram: 0,
      context_length: deployment.spec.context,
    })),
  };
}

function listed(name: string, { status }: ModelDeployment) {
  const model = status?.model;
  const tagged = `${name}:latest`;
  return {
    name: tagged,
    model: tagged,
    size: model?.sizeBytes ?? 0,
    digest: model?.digest.replace(/^sha256:/, "") ?? "",
    details: {
      parent_model: "",
      format: "gguf",
      family: model?.architecture ?? "",
      families: model?.architecture ? [model.architecture] : [],
      parameter_size: shortCount(model?.parameterCount),
      quantization_level: model?.quantization ?? "",
    },
  };
}

function modified({ metadata, status }: ModelDeployment) {
  return { modified_at: status?.model?.resolvedAt ?? metadata.creationTimestamp };
}

/** `134.52M`, as Ollama words numbers of weights. */
function shortCount(count: number | undefined): string {
  if (count === undefined) return "";
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)}B`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(2)}M` : `${(count / 1e3).toFixed(0)}K`;
}

function sorted(visible: ReadonlyMap<string, ModelDeployment>): [string, ModelDeployment][] {
  return [...visible].sort(([a], [b]) => (a < b ? -1 : 1));
}
