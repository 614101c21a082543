/**
 * Makes `openapi.json` from GitHub's own description, the npm package `@octokit/openapi`: only the operations and webhooks of
 * `operations.ts`, as JSON Schema, without prose. The package is 385 MB unpacked, so it is no dependency; it is fetched into a
 * folder that is removed afterwards. `openapi.test.ts` says how.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operations, webhooks } from "./operations.ts";

export const descriptionPackage = "@octokit/openapi@23.0.2";

export interface Description {
  /** Name and version of the package that this was made from. */
  readonly package: string;
  readonly operations: Readonly<Record<string, DescribedOperation>>;
  /** `event.action` to the name of a schema. */
  readonly webhooks: Readonly<Record<string, string>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

export interface DescribedOperation {
  readonly documentation: string;
  readonly parameters: readonly { name: string; in: "path" | "query"; required: boolean; schema: Schema }[];
  readonly body?: Schema;
  /** By status; null where there is no body. */
  readonly responses: Readonly<Record<string, Schema | null>>;
}

export type Schema = Readonly<Record<string, unknown>>;

/** Downloads the package and gives what is to be written. */
export function trimmedDescription(): Description {
  const folder = mkdtempSync(join(tmpdir(), "github-description-"));
  try {
    execFileSync("npm", ["pack", "--silent", descriptionPackage], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const file = "package/generated/api.github.com.json";
    execFileSync("sh", ["-c", `tar xzf *.tgz ${file}`], { cwd: folder });
    return trim(JSON.parse(readFileSync(join(folder, file), "utf8")) as Document);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function renderDescription(description: Description): string {
  const lines = (part: object): string =>
    Object.entries(part)
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(",\n");
  const { package: from, ...parts } = description;
  const body = Object.entries(parts).map(([name, part]) => `  "${name}": {\n${lines(part)}\n  }`);
  return `{\n  "package": ${JSON.stringify(from)},\n${body.join(",\n")}\n}\n`;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, RawParameter>>;
    readonly responses: Readonly<Record<string, RawResponse>>;
  };
}

interface RawOperation {
  readonly externalDocs: { readonly url: string };
  readonly parameters?: readonly (RawParameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, RawResponse | { readonly $ref: string }>>;
}

interface RawParameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required?: boolean;
  readonly schema: Schema;
}

interface RawResponse {
  readonly content?: Content;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

function trim(document: Document): Description {
  const { schemas, parameters, responses } = document.components;
  const described = operations.map((operation): [string, DescribedOperation] => {
    const [method = "", path = ""] = operation.split(" ");
    const raw = document.paths[path]?.[method.toLowerCase()];
    if (!raw) throw new Error(`${descriptionPackage} describes no ${operation}: take it out of operations.ts`);
    return [operation, trimOperation(raw, { parameters, responses })];
  });
  const wanted = new Set([...Object.values(webhooks), "basic-error", "validation-error", "validation-error-simple"]);
  const roots = [...described.map(([, one]) => one), [...wanted].map((name) => ({ $ref: `#/schemas/${name}` }))];
  return {
    package: descriptionPackage,
    operations: Object.fromEntries(described),
    webhooks,
    schemas: reachable(roots, schemas),
  };
}

function trimOperation(
  raw: RawOperation,
  components: Pick<Document["components"], "parameters" | "responses">,
): DescribedOperation {
  const body = raw.requestBody?.content["application/json"]?.schema;
  const parameters = (raw.parameters ?? []).map((one) => follow(one, components.parameters));
  const responses = Object.entries(raw.responses).map(([status, one]): [string, Schema | null] => {
    const schema = follow(one, components.responses).content?.["application/json"]?.schema;
    return [status, schema ? plain(schema) : null];
  });
  return {
    documentation: raw.externalDocs.url,
    parameters: parameters.map((one) => ({
      name: one.name,
      in: one.in,
      required: one.required ?? false,
      schema: plain(one.schema),
    })),
    ...(body && { body: plain(body) }),
    responses: Object.fromEntries(responses),
  };
}

function follow<Value>(one: Value | { readonly $ref: string }, named: Readonly<Record<string, Value>>): Value {
  if (typeof one !== "object" || one === null || !("$ref" in one)) return one as Value;
  const name = one.$ref.split("/").at(-1) ?? "";
  const found = named[name];
  if (found === undefined) throw new Error(`${descriptionPackage} names ${one.$ref} and does not have it`);
  return found;
}

/** The schemas that are named from `roots`, and those that they name. */
function reachable(roots: readonly unknown[], schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const visit = (value: unknown): void => {
    for (const [, name = ""] of JSON.stringify(value).matchAll(/"#\/schemas\/([^"]+)"/g)) {
      if (name in found) continue;
      const schema = schemas[name];
      if (!schema) throw new Error(`${descriptionPackage} names the schema ${name} and does not have it`);
      const trimmed = plain(schema);
      found[name] = trimmed;
      visit(trimmed);
    }
  };
  visit(roots);
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Keywords that say something about values; the rest is prose, or for generators of clients. */
const kept = new Set([
  "$ref",
  "additionalProperties",
  "allOf",
  "anyOf",
  "default",
  "enum",
  "format",
  "items",
  "maxItems",
  "maxLength",
  "maximum",
  "minItems",
  "minLength",
  "minProperties",
  "minimum",
  "not",
  "oneOf",
  "pattern",
  "properties",
  "required",
  "type",
  "uniqueItems",
]);

/** OpenAPI 3.0's dialect as JSON Schema: `nullable` becomes a type, references point into our file. */
function plain(schema: Schema): Schema {
  const { nullable, ...rest } = schema;
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(rest)) {
    if (kept.has(keyword)) result[keyword] = plainKeyword(keyword, value);
  }
  return nullable === true ? orNull(result) : result;
}

function plainKeyword(keyword: string, value: unknown): unknown {
  if (keyword === "$ref") return String(value).replace("#/components/schemas/", "#/schemas/");
  if (keyword === "properties") {
    const named = Object.entries(value as Record<string, Schema>);
    return Object.fromEntries(named.map(([name, schema]) => [name, plain(schema)]));
  }
  if (Array.isArray(value) && ["allOf", "anyOf", "oneOf"].includes(keyword)) return value.map(plain);
  const isSchema = typeof value === "object" && ["items", "additionalProperties", "not"].includes(keyword);
  return isSchema ? plain(value as Schema) : value;
}

function orNull(schema: Record<string, unknown>): Schema {
  if (typeof schema["type"] !== "string") return { anyOf: [schema, { type: "null" }] };
  const values = schema["enum"] as unknown[] | undefined;
  return { ...schema, type: [schema["type"], "null"], ...(values && { enum: [...new Set([...values, null])] }) };
}
