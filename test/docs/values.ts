/** Whether the chart knows a value by that name: what `values.schema.json` says, and where that says no more, what `values.yaml` has. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "./pages.ts";

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  allOf?: Schema[];
}

const chart = join(root, "charts/commonhold");
const schema: Schema & { $defs: Record<string, Schema> } = JSON.parse(
  readFileSync(join(chart, "values.schema.json"), "utf8"),
);
const values: Record<string, unknown> = parse(readFileSync(join(chart, "values.yaml"), "utf8"));

export const topValues: readonly string[] = Object.keys(values);

/** `ollama.machines[0].name`, with the segments apart; the first one that nobody knows, or undefined. */
export function unknownValue(segments: readonly string[]): string | undefined {
  let at: Schema | undefined = schema;
  for (const [index, segment] of segments.entries()) {
    at = below(resolved(at), segment);
    if (at === undefined) return segments.slice(0, index + 1).join(".");
    if (at === anything) return undefined;
  }
  return undefined;
}

/** Every leaf of a document of values, as segments. */
export function leavesOf(value: unknown, before: readonly string[] = []): string[][] {
  if (value === null || typeof value !== "object" || Object.keys(value).length === 0) return [[...before]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...before, name]));
}

/** Of `--set a.b[0].c=d,e=f`. */
export function setSegments(text: string): string[][] {
  const names = [...text.matchAll(/(?:^|,)([A-Za-z][^=,{}]*)=/g)].map(([, name = ""]) => name);
  return names.map((name) => name.replaceAll(/\[(\d+)\]/g, ".$1").split(/(?<!\\)\./));
}

const anything: Schema = {};

function below(at: Schema, segment: string): Schema | undefined {
  const named = at.properties?.[segment];
  if (named) return named;
  const matching = Object.entries(at.patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(segment));
  if (matching) return matching[1];
  if (at.items && /^\d+$/.test(segment)) return at.items;
  if (at.additionalProperties === false || at.items) return undefined;
  return typeof at.additionalProperties === "object" ? at.additionalProperties : anything;
}

function resolved(at: Schema): Schema {
  const name = at.$ref?.replace("#/$defs/", "");
  const target = name === undefined ? at : (schema.$defs[name] ?? anything);
  return target.allOf ? Object.assign({}, target, ...target.allOf.map(resolved)) : target;
}
