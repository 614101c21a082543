/** The field reference in Markdown: what `kubectl explain --recursive` says, with bounds, defaults and refusals. */
import { apiVersion } from "../group.ts";
import type { Kind, Rule } from "../kind.ts";
import { described, type StructuralSchema, structuralSchema } from "./structural.ts";

export function fieldReference(kinds: readonly Kind[]): string {
  const intro = [
    "# Field reference",
    "",
    `Every field of the kinds in \`${apiVersion}\`, from the same source as the CRDs. \`kubectl explain md.spec\` says the same.`,
    "",
  ];
  return [...intro, ...kinds.flatMap(kindSection)].join("\n");
}

function kindSection(kind: Kind): string[] {
  const names = kind.shortNames.length > 0 ? ` (\`${kind.shortNames.join("`, `")}\`)` : "";
  const parts: [string, StructuralSchema][] = [
    ["spec", structuralSchema(described(kind.spec, "What is wanted."), "spec")],
  ];
  if (kind.status) parts.push(["status", structuralSchema(described(kind.status, "What is."), "status")]);
  const refusals = [
    ...kind.rules.map((rule) => refusal("metadata", rule)),
    ...parts.flatMap(([path, schema]) => partRefusals(path, schema)),
  ];
  return [
    `## ${kind.kind}${names}`,
    "",
    `${kind.description} Scope: ${kind.scope}.`,
    "",
    ...parts.flatMap(([path, schema]) => [
      "| field | type | meaning |",
      "| --- | --- | --- |",
      ...rows(path, schema, false),
      "",
    ]),
    ...(refusals.length > 0 ? ["Refused at admission, with this sentence:", "", ...refusals, ""] : []),
  ];
}

function rows(path: string, schema: StructuralSchema, required: boolean): string[] {
  const notes = [schema.description ?? "", required ? "Required." : "", bounds(schema)].filter(Boolean).join(" ");
  const own = `| \`${path}\` | ${typeName(schema)} | ${escapeCell(notes)} |`;
  return [own, ...nested(schema).flatMap(([name, child, needed]) => rows(`${path}${name}`, child, needed))];
}

function nested(schema: StructuralSchema): [string, StructuralSchema, boolean][] {
  const container = schema.items ?? schema;
  const prefix = schema.items ? "[]" : "";
  return Object.entries(container.properties ?? {}).map(([name, child]) => [
    `${prefix}.${name}`,
    child,
    container.required?.includes(name) ?? false,
  ]);
}

function typeName(schema: StructuralSchema): string {
  if (schema.items) return `list of ${typeName(schema.items)}`;
  if (schema.additionalProperties) return `map of ${typeName(schema.additionalProperties)}`;
  return Array.isArray(schema["enum"]) ? schema["enum"].map((value) => `\`${value}\``).join(" · ") : schema.type;
}

function bounds(schema: StructuralSchema): string {
  const said: string[] = [];
  if (schema["default"] !== undefined) said.push(`Default: \`${JSON.stringify(schema["default"])}\`.`);
  if (schema["minimum"] !== undefined && schema["maximum"] !== undefined)
    said.push(`${schema["minimum"]} to ${schema["maximum"]}.`);
  else if (schema["minimum"] !== undefined && schema["minimum"] !== 0) said.push(`At least ${schema["minimum"]}.`);
  if (schema["maxLength"] !== undefined && !schema["enum"]) said.push(`At most ${schema["maxLength"]} characters.`);
  if (schema["maxItems"] !== undefined) said.push(`At most ${schema["maxItems"]}.`);
  return said.join(" ");
}

function partRefusals(path: string, schema: StructuralSchema): string[] {
  const own = ((schema["x-kubernetes-validations"] as Rule[] | undefined) ?? []).map((rule) => refusal(path, rule));
  const below = nested(schema).flatMap(([name, child]) => partRefusals(`${path}${name}`, child));
  const items = ((schema.items?.["x-kubernetes-validations"] as Rule[] | undefined) ?? []).map((rule) =>
    refusal(`${path}[]`, rule),
  );
  return [...own, ...items, ...below];
}

function refusal(path: string, rule: Rule): string {
  return `- \`${path}\`: ${rule.message ?? `\`${rule.messageExpression}\``}`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
