/** ModelDeployment: a model that shall be served. The zod source of its CRD, its TypeScript types and its defaults. */
import { type Kind, type KindObject, resourceOf } from "./kind.ts";
import { type ModelDeploymentSpec, spec } from "./model-deployment/spec.ts";
import { type ModelDeploymentStatus, status } from "./model-deployment/status.ts";

export type { ModelSource } from "./model-deployment/model.ts";
export type { GenerationParameters, ModelDeploymentSpec, Placement } from "./model-deployment/spec.ts";
export type {
  ModelDeploymentStatus,
  Refusal,
  Replica,
  ReplicaHost,
  ReplicaState,
  ResolvedModel,
} from "./model-deployment/status.ts";

export const modelDeploymentKind = {
  kind: "ModelDeployment",
  plural: "modeldeployments",
  singular: "modeldeployment",
  shortNames: ["md"],
  scope: "Namespaced",
  description: "A model that shall be served: what, on how many hosts, with which settings.",
  spec,
  status,
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicaCount",
    labelSelectorPath: ".status.selector",
  },
  columns: [
    { name: "Model", type: "string", jsonPath: ".status.model.reference", description: "What is served." },
    { name: "Ready", type: "string", jsonPath: ".status.ready", description: "Ready and desired replicas." },
    { name: "State", type: "string", jsonPath: ".status.state", description: "Where it is." },
    { name: "Progress", type: "string", jsonPath: ".status.progress", description: "Of the pull." },
    { name: "Hosts", type: "string", jsonPath: ".status.hosts", description: "Who serves it." },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since creation." },
    {
      name: "Digest",
      type: "string",
      jsonPath: ".status.model.digest",
      description: "What exactly is served.",
      priority: 1,
    },
    {
      name: "Message",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      description: "Why it is or is not ready.",
      priority: 1,
    },
  ],
  rules: [
    {
      rule: "self.metadata.name.size() <= 63 && !self.metadata.name.contains('.')",
      message:
        "metadata.name is what people type as the model: at most 63 characters, letters, digits and dashes, no dots",
    },
  ],
} as const satisfies Kind;

export type ModelDeployment = KindObject<"ModelDeployment", ModelDeploymentSpec, ModelDeploymentStatus>;
export const modelDeployments = resourceOf(modelDeploymentKind);

/** `spec.replicas` has no default in the schema, so that an autoscaler may own it one day. */
export function desiredReplicas(deployment: Pick<ModelDeployment, "spec">): number {
  return deployment.spec.replicas ?? 1;
}
