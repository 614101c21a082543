import { group, version } from "../group.ts";
import type { Kind, PrinterColumn } from "../kind.ts";
import { described, type StructuralSchema, structuralSchema } from "./structural.ts";

/** The CustomResourceDefinition of a kind, as an object in the order in which people read it. */
export function customResourceDefinition(kind: Kind): Record<string, unknown> {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${group}` },
    spec: {
      group,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
        categories: ["commonhold", "all"].slice(0, kind.scope === "Namespaced" ? 2 : 1),
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: kind.columns.map(printerColumn),
          schema: { openAPIV3Schema: objectSchema(kind) },
          ...subresources(kind),
        },
      ],
    },
  };
}

function objectSchema(kind: Kind): StructuralSchema {
  return {
    description: kind.description,
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string", description: `${group}/${version}` },
      kind: { type: "string", description: kind.kind },
      metadata: { type: "object" },
      spec: structuralSchema(described(kind.spec, "What is wanted."), "spec"),
      ...(kind.status
        ? { status: structuralSchema(described(kind.status, "What is, as the operator sees it."), "status") }
        : {}),
    },
    ...(kind.rules.length > 0 ? { "x-kubernetes-validations": kind.rules } : {}),
  };
}

function printerColumn(column: PrinterColumn): Record<string, unknown> {
  const { name, type, jsonPath, description, priority } = column;
  return { name, type, jsonPath, description, ...(priority ? { priority } : {}) };
}

function subresources(kind: Kind): Record<string, unknown> {
  if (!kind.status) return {};
  return { subresources: { status: {}, ...(kind.scale ? { scale: kind.scale } : {}) } };
}
