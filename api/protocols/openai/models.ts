/** `/v1/models`: the deployments that a key may use, in OpenAI's form (https://platform.openai.com/docs/api-reference/models). */
import type { ModelDeployment } from "../../../operator/apis/model-deployment.ts";

/** `name`: as the list shows it and requests may write it. */
export function openaiModel(name: string, deployment: ModelDeployment) {
  return {
    id: name,
    object: "model" as const,
    created: Math.floor(Date.parse(deployment.metadata.creationTimestamp) / 1000) || 0,
    owned_by: deployment.metadata.namespace ?? "",
  };
}

export function openaiModelList(visible: ReadonlyMap<string, ModelDeployment>) {
  const data = [...visible]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, deployment]) => openaiModel(name, deployment));
  return { object: "list" as const, data };
}
