/** A small kind of our own with a status subresource, for tests of the plumbing, which knows no kind of the product. */

import { type CustomResourceDefinition, customResourceDefinitions } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { Condition } from "../../operator/kube/conditions.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";
import { eventually } from "./eventually.ts";

export interface Widget extends KubeObject {
  spec: { size: number };
  status?: { observedGeneration?: number; seenSize?: number; conditions?: readonly Condition[] };
}

export const widgets: ResourceType<Widget> = {
  group: "faults.example.org",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  namespaced: true,
};

const condition = {
  type: "object",
  required: ["type", "status", "reason", "message", "lastTransitionTime"],
  properties: {
    type: { type: "string" },
    status: { type: "string", enum: ["True", "False", "Unknown"] },
    reason: { type: "string" },
    message: { type: "string" },
    observedGeneration: { type: "integer" },
    lastTransitionTime: { type: "string", format: "date-time" },
  },
};

const schema = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: { size: { type: "integer", minimum: 0, maximum: 1_000 } },
    },
    status: {
      type: "object",
      properties: {
        observedGeneration: { type: "integer" },
        seenSize: { type: "integer" },
        conditions: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["type"],
          items: condition,
        },
      },
    },
  },
};

/** Puts the kind on the server and waits until it is served. Idempotent. */
export async function installWidgets(client: KubeClient): Promise<void> {
  const name = "widgets.faults.example.org";
  const crd = {
    metadata: { name },
    spec: {
      group: widgets.group,
      names: { kind: widgets.kind, plural: widgets.plural, singular: "widget", listKind: "WidgetList" },
      scope: "Namespaced" as const,
      versions: [
        {
          name: widgets.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
  await client.apply<CustomResourceDefinition>(customResourceDefinitions, crd, { fieldManager: "kube-faults" });
  await eventually("the widget kind is served", async () => {
    const { status } = (await client.get(customResourceDefinitions, { name })) ?? {};
    const established = status?.conditions?.some(({ type, status }) => type === "Established" && status === "True");
    if (!established) return false;
    return (await client.list(widgets, { namespace: "default" }).catch(() => undefined)) !== undefined;
  });
}

export function widget(namespace: string, name: string, size = 1): Widget {
  return { apiVersion: "faults.example.org/v1", kind: "Widget", metadata: { namespace, name }, spec: { size } };
}
