/**
 * From zod to a Kubernetes structural schema. `z.toJSONSchema(…, {target: "openapi-3.0"})` comes near; what is left is
 * taken away (bounds that only say "a safe integer"), checked (every field described, every string and list bounded:
 * CEL's cost limits need it) or refused loudly, because the API server would prune or reject it without a good word.
 * What a CRD can say: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { z } from "zod";

export interface StructuralSchema {
  type: string;
  description?: string;
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  required?: string[];
  [keyword: string]: unknown;
}

/** Throws an error naming the path where the schema says what a CRD cannot. */
export function structuralSchema(schema: z.ZodType, path: string): StructuralSchema {
  const json = z.toJSONSchema(schema, { target: "openapi-3.0", io: "input" });
  return lower(json as Record<string, unknown>, path);
}

/** The schema as its kind describes it, or else with these words. */
export function described(schema: z.ZodType, words: string): z.ZodType {
  return schema.description === undefined ? schema.describe(words) : schema;
}

const plainKeywords = [
  "default",
  "enum",
  "format",
  "minLength",
  "maxLength",
  "pattern",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minItems",
  "maxItems",
  "maxProperties",
  "nullable",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-validations",
];
const nestedKeywords = ["type", "description", "properties", "additionalProperties", "items", "required"];

function lower(json: Record<string, unknown>, path: string): StructuralSchema {
  const unknown = Object.keys(json).filter((key) => !plainKeywords.includes(key) && !nestedKeywords.includes(key));
  if (unknown.length > 0) throw new Error(`${path}: a CRD cannot say ${unknown.join(", ")}`);
  if (typeof json["type"] !== "string") throw new Error(`${path}: has no type`);
  if (typeof json["description"] !== "string" && !path.endsWith("[]") && !path.endsWith("{}")) {
    throw new Error(`${path}: has no description; \`kubectl explain\` would teach nothing`);
  }
  requireBounds(json, path);
  const schema: StructuralSchema = { ...pick(json, ["description"]), type: json["type"], ...pick(json, plainKeywords) };
  if (Math.abs(Number(schema["maximum"])) === Number.MAX_SAFE_INTEGER) delete schema["maximum"];
  if (Math.abs(Number(schema["minimum"])) === Number.MAX_SAFE_INTEGER) delete schema["minimum"];
  return { ...schema, ...children(json, path) };
}

function children(json: Record<string, unknown>, path: string): Partial<StructuralSchema> {
  const result: Partial<StructuralSchema> = {};
  const properties = json["properties"] as Record<string, Record<string, unknown>> | undefined;
  if (properties) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, lower(value, `${path}.${name}`)]),
    );
    // What has a default is never required: the server fills it in.
    const required = (json["required"] as string[] | undefined)?.filter(
      (name) => properties[name]?.["default"] === undefined,
    );
    if (required?.length) result.required = required;
  }
  if (json["items"]) result.items = lower(json["items"] as Record<string, unknown>, `${path}[]`);
  const values = json["additionalProperties"];
  if (values === true) throw new Error(`${path}: a CRD cannot allow any value`);
  if (values && typeof values === "object")
    result.additionalProperties = lower(values as Record<string, unknown>, `${path}{}`);
  return result;
}

function requireBounds(json: Record<string, unknown>, path: string): void {
  if (json["type"] === "string" && json["maxLength"] === undefined && json["enum"] === undefined) {
    throw new Error(`${path}: a string without maxLength; CEL's cost limits need a bound`);
  }
  if (json["type"] === "array" && json["maxItems"] === undefined) {
    throw new Error(`${path}: a list without maxItems; CEL's cost limits need a bound`);
  }
  if (json["additionalProperties"] && json["maxProperties"] === undefined) {
    throw new Error(`${path}: a map without maxProperties; CEL's cost limits need a bound`);
  }
}

function pick(json: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => json[key] !== undefined).map((key) => [key, json[key]]));
}
