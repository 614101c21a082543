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

/** `false`: the description is wrong here, and GitHub answers so all the same. */
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
    const check = compiled(`${operation} body`, body, strict);
    if (!check({ value: request.body ?? {} })) found.push(...sentences(`${operation} body`, check.errors));
  }
  return found;
}

export function checkAnswer(operation: Operation, status: number, body: unknown): string[] {
  const { responses } = described(operation);
  const schema = String(status) in responses ? responses[String(status)] : errorSchema(status);
  if (schema === undefined) return [`${operation}: the description has no answer with status ${status}`];
  if (schema === null) return body === undefined ? [] : [`${operation} ${status}: there should be no body`];
  const check = compiled(`${operation} ${status}`, schema, strict);
  return check({ value: body }) ? [] : sentences(`${operation} ${status}`, check.errors);
}

/** `event`: with its action after a point, where it has one. */
export function checkWebhook(event: string, payload: unknown): string[] {
  const name = description.webhooks[event];
  if (name === undefined) return [`the double sends no webhook ${event}: add it to openapi/operations.ts`];
  const check = compiled(`webhook ${event}`, { $ref: `#/schemas/${name}` }, strict);
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

const options = {
  strict: false,
  allErrors: true,
  validateFormats: true,
  inlineRefs: false,
  code: { optimize: false },
} as const;
const strict = prepared(new Ajv(options));
/** Parameters arrive as text. */
const coercing = prepared(new Ajv({ ...options, coerceTypes: true }));

function prepared(ajv: Ajv): Ajv {
  addFormats.default(ajv);
  // RFC 6570 templates are texts with braces; 64 bits is what a number here can have anyway.
  for (const format of ["uri-template", "int64", "repo.nwo", "ssh-key", "ssh-key fingerprint", "timestamp"]) {
    ajv.addFormat(format, true);
  }
  ajv.addSchema({ $id: "github", schemas: description.schemas });
  return ajv;
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
