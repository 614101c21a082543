/** ModelHost: one machine that runs models. The zod source of its CRD, its TypeScript types and its defaults. */
import { type Kind, type KindObject, resourceOf } from "./kind.ts";
import { type ModelHostSpec, spec } from "./model-host/spec.ts";
import { type ModelHostStatus, status } from "./model-host/status.ts";

export type { DirectEndpoint } from "./model-host/endpoint.ts";
export type { ModelHostSpec, QuietHours } from "./model-host/spec.ts";
export type { MadeModel, ModelHostStatus, ModelInMemory, ModelOnDisk, Removal } from "./model-host/status.ts";

export const modelHostKind = {
  kind: "ModelHost",
  plural: "modelhosts",
  singular: "modelhost",
  shortNames: ["mh"],
  scope: "Cluster",
  description: "One machine that runs models: who owns it, how it is reached, what of it the community may use.",
  spec,
  status,
  columns: [
    { name: "Owner", type: "string", jsonPath: ".spec.owner", description: "Whose machine." },
    { name: "Layer", type: "string", jsonPath: ".spec.layer", description: "Whom it serves." },
    { name: "State", type: "string", jsonPath: ".status.state", description: "How it is." },
    { name: "Memory", type: "string", jsonPath: ".status.summary", description: "Used and allowed." },
    { name: "Models", type: "integer", jsonPath: ".status.modelCount", description: "Models of ours on its disk." },
    { name: "Version", type: "string", jsonPath: ".status.version", description: "Of the engine." },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since creation." },
    {
      name: "Message",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      description: "Why it is or is not ready.",
      priority: 1,
    },
  ],
  rules: [],
} as const satisfies Kind;

export type ModelHost = KindObject<"ModelHost", ModelHostSpec, ModelHostStatus>;
export const modelHosts = resourceOf(modelHostKind);
