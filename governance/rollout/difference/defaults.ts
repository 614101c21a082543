/**
 * What the API server makes of a value that leaves things out: the defaults of the kind's schema, filled in from the outside
 * inward. https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
import type { StructuralSchema } from "../../../operator/apis/generate/structural.ts";
import type { JsonValue } from "../../../operator/tlog/canonical-json.ts";
import { isMapping } from "../ownership/fields.ts";

export function withDefaults(schema: StructuralSchema | undefined, value: JsonValue): JsonValue {
  if (!schema) return value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => withDefaults(schema.items, item));
  if (!isMapping(value)) return value;
  const filled: Record<string, JsonValue> = { ...value };
  for (const [name, { default: fallback }] of Object.entries(schema.properties ?? {})) {
    if (filled[name] === undefined && fallback !== undefined) filled[name] = fallback as JsonValue;
  }
  for (const [name, within] of Object.entries(filled)) filled[name] = withDefaults(memberOf(schema, name), within);
  return filled;
}

export function memberOf(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  return schema?.properties?.[name] ?? schema?.additionalProperties;
}
