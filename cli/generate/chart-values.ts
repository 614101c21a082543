/**
 * The page of the chart's values. What a value means is the comment above it in `values.yaml`, its default is what stands there, and what it may
 * be is in `values.schema.json`: each is written once.
 */
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from "yaml";

/** As much of JSON Schema as the chart's has. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Throws a TypeError that names the value that the schema does not know. */
export function chartValuesPage(values: string, schema: Schema): string {
  const document = parseDocument(values);
  if (!isMap(document.contents)) throw new TypeError("values.yaml holds no map");
  const rows = rowsOf(document.contents, [], schema, schema);
  return [
    "# Values of the chart",
    "",
    "Generated from `charts/commonhold/values.yaml` and `values.schema.json` by `npm run generate`. Do not edit.",
    "",
    "`helm install commonhold charts/commonhold --namespace commonhold-system --create-namespace --values FILE`. What does not fit is refused",
    "before anything is changed, with a sentence for each mistake.",
    "",
    "| Value | May be | Default | Meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/**
 * Every value that the chart itself names, as a path with dots, a line each and what holds others before them. Where people name the members, as in
 * labels and hardware classes, or may leave some out, as in resources, the path ends.
 */
export function chartValuePaths(values: string, schema: Schema): string {
  const pathsOf = (value: unknown, { properties }: Schema, path: readonly string[]): string[] =>
    Object.entries(properties && value ? value : {}).flatMap(([name, member]) => {
      const place = [...path, name];
      return [place.join("."), ...pathsOf(member, properties?.[name] ?? {}, place)];
    });
  return `${pathsOf(parseDocument(values).toJS(), schema, []).join("\n")}\n`;
}

function rowsOf(map: YAMLMap, path: readonly string[], schema: Schema, root: Schema): string[] {
  return map.items.flatMap((item, at) => {
    const pair = item as Pair;
    const name = isScalar(pair.key) ? String(pair.key.value) : "";
    const place = [...path, name];
    const found = memberOf(schema, name, root);
    if (!found) throw new TypeError(`values.schema.json does not know ${place.join(".")} of values.yaml`);
    const meaning = meaningOf(map, pair, at);
    const row = (): string =>
      `| \`${place.join(".")}\` | ${mayBe(found, root)} | ${defaultOf(pair)} | ${meaning.replaceAll("|", "\\|")} |`;
    const { properties, patternProperties } = resolved(found, root);
    const hasMaps = isMap(pair.value) && pair.value.items.some((member) => isMap((member as Pair).value));
    const isNested = properties !== undefined || (patternProperties !== undefined && hasMaps);
    if (!isMap(pair.value) || !isNested || pair.value.items.length === 0) return [row()];
    return [
      ...(meaning === "" ? [] : [`| \`${place.join(".")}\` | | | ${meaning} |`]),
      ...rowsOf(pair.value, place, found, root),
    ];
  });
}

/** The comment of a map's first member lies at the map. */
function meaningOf(map: YAMLMap, { key }: Pair, at: number): string {
  const own = isScalar(key) ? key.commentBefore : undefined;
  const text = own ?? (at === 0 ? map.commentBefore : undefined) ?? "";
  // What stands apart from it, by an empty line, is about more than this value.
  return (text.split(/\n\s*\n/).at(-1) ?? "")
    .split("\n")
    .map((line) => line.trim())
    .join(" ")
    .trim();
}

function memberOf(schema: Schema, name: string, root: Schema): Schema | undefined {
  const { properties, patternProperties = {}, additionalProperties } = resolved(schema, root);
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  const [, fitting] = Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern).test(name)) ?? [];
  return fitting ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
}

function resolved(schema: Schema, root: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace("#/$defs/", "");
  const found = root.$defs?.[name];
  if (!found) throw new TypeError(`values.schema.json has no definition ${name}`);
  return found;
}

function mayBe(schema: Schema, root: Schema): string {
  const { type, enum: choices, minimum, maximum, items, anyOf } = resolved(schema, root);
  if (choices) return choices.map((choice) => `\`${choice}\``).join(", ");
  if (items) return `list of ${mayBe(items, root)}`;
  if (anyOf) return [...new Set(anyOf.map((one) => mayBe(one, root)))].filter((word) => word !== "").join(" or ");
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${minimum} or more`;
  return type === "object" ? "map" : [type ?? ""].flat().join(" or ");
}

function defaultOf({ value }: Pair): string {
  const plain = (value as { toJSON?: () => unknown } | null)?.toJSON?.();
  return plain === "" || plain === undefined ? "" : `\`${JSON.stringify(plain)}\``;
}
