/**
 * Holds requests and answers to GitHub's own description of its API. What does not fit is a mistake of whoever made it: of the
 * double for an answer, of the client for a request.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { Operation } from "./operations.ts";
import type { DescribedOperation, Description, Schema } from "./trim.ts";

const description = JSON.parse(readFileSync(join(import.meta.dirname, "openapi.json"), "utf8")) as Description;

/** Here the description is wrong, and GitHub answers so all the same. */
const knownInaccuracies: readonly RegExp[] = [
  // A pull request whose fork was deleted has no head repository.
  /\/head\/repo$/,
  /\/head\/user$/,
];

export function documentationOf(operation: Operation): string {
  return described(operation).documentation;
}

/** Sentences, one for each thing that does not fit; empty: all fits. */
export function checkRequest(
  operation: Operation,
  request: { path: Readonly<Record<string, string>>; query: URLSearchParams; body: unknown },
): string[] {
  const { parameters, body } = described(operation);
  const found: string[] = [];
  for (const name of request.query.keys()) {
    const isKnown = parameters.some((one) => one.in === "query" && one.name === name);
    if (!isKnown) found.push(`${operation}: there is no parameter ${name}`);
  }
  for (const { name, in: place, required, schema } of parameters) {
    const value = place === "path" ? request.path[name] : (request.query.get(name) ?? undefined);
    if (value === undefined) {
      if (required) found.push(`${operation}: the parameter ${name} is missing`);
      continue;
    }
    const check = compiled(`${operation} ${place} ${name}`, schema, coercing);
    const holder = { value };
    if (!check(holder)) found.push(...sentences(`${operation} ${name}`, check.errors));
  }
  if (body) {
    const check = compiled(`${operation} body`, closed(body), strict);
    if (!check({ value: request.body ?? {} })) found.push(...sentences(`${operation} body`, check.errors));
  }
  return found;
}

export function checkAnswer(operation: Operation, status: number, body: unknown): string[] {
  const { responses } = described(operation);
  const schema = String(status) in responses ? responses[String(status)] : errorSchema(status);
  if (schema === undefined) return [`${operation}: the description has no answer with status ${status}`];
  if (schema === null) return body === undefined ? [] : [`${operation} ${status}: there should be no body`];
  // Error bodies have more than is described: `status`, for one.
  const [wanted, ajv] = status < 400 ? [closed(schema), strict] : [schema, loose];
  const check = compiled(`${operation} ${status}`, wanted, ajv);
  return check({ value: body }) ? [] : sentences(`${operation} ${status}`, check.errors);
}

/** `event`: with its action after a point, where it has one. */
export function checkWebhook(event: string, payload: unknown): string[] {
  const name = description.webhooks[event];
  if (name === undefined) return [`the double sends no webhook ${event}: add it to openapi/operations.ts`];
  const check = compiled(`webhook ${event}`, { $ref: `#/schemas/${name}` }, loose);
  return check({ value: payload }) ? [] : sentences(`webhook ${event}`, check.errors);
}

function described(operation: Operation): DescribedOperation {
  const found = description.operations[operation];
  if (!found) throw new Error(`openapi.json has no ${operation}: openapi.test.ts says how to make it anew`);
  return found;
}

/** GitHub answers errors that its description leaves out, always in one of two forms. */
function errorSchema(status: number): Schema | undefined {
  if (status === 304) return undefined;
  return status >= 400 || status === 301 || status === 307 ? { $ref: "#/schemas/basic-error" } : undefined;
}

const open = description.schemas;
const strict = instance(named(closed));
/** GitHub composes the schemas of webhooks, and a part of such a thing cannot be closed. */
const loose = instance(open);
/** Parameters arrive as text. */
const coercing = instance(open, { coerceTypes: true });

function instance(schemas: Description["schemas"], more: { coerceTypes?: true } = {}): Ajv {
  // Compiled on first use, in every process anew: better quick than optimized.
  const ajv = new Ajv({ strict: false, allErrors: true, inlineRefs: false, code: { optimize: false }, ...more });
  addFormats.default(ajv);
  // Templates of RFC 6570 are texts with braces.
  for (const format of ["uri-template", "int64", "repo.nwo"]) ajv.addFormat(format, true);
  return ajv.addSchema({ $id: "github", schemas });
}

function named(change: (schema: Schema) => Schema): Description["schemas"] {
  return Object.fromEntries(Object.entries(description.schemas).map(([name, schema]) => [name, change(schema)]));
}

/** Also says no to what is not described, so that a misspelt field is found. */
function closed(schema: Schema): Schema {
  const inner = JSON.parse(
    JSON.stringify(schema, (_, value: unknown) => {
      const isObject = typeof value === "object" && value !== null && "properties" in value && "type" in value;
      return isObject && !("additionalProperties" in value) ? { ...value, additionalProperties: false } : value;
    }),
  ) as Schema;
  return "allOf" in schema ? schema : inner;
}

const checks = new Map<string, ValidateFunction>();

function compiled(name: string, schema: Schema, ajv: Ajv): ValidateFunction {
  const known = checks.get(name);
  if (known) return known;
  const made = ajv.compile({ type: "object", properties: { value: absolute(schema) } });
  checks.set(name, made);
  return made;
}

/** References point into the file; here they need its name. */
function absolute(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/schemas/', '"github#/schemas/')) as Schema;
}

function sentences(about: string, errors: readonly ErrorObject[] | null | undefined): string[] {
  return (errors ?? [])
    .filter(({ instancePath }) => !knownInaccuracies.some((pattern) => pattern.test(instancePath)))
    .map(({ instancePath, message, params }) => {
      const path = instancePath.replace(/^\/value/, "") || "/";
      return `${about}: ${path} ${message} (${JSON.stringify(params)})`;
    });
}
