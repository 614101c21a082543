/** `docs/reference/openapi.json`: the gateway's API as OpenAPI 3.1, from the routes and the schemas that check their bodies. */
import { z } from "zod";
import { ollamaRoutes } from "../protocols/ollama/routes.ts";
import { openaiRoutes } from "../protocols/openai/routes.ts";
import type { InferenceRoute } from "../protocols/protocol.ts";
import { type PlainRoute, plainRoutes } from "./plain-routes.ts";

const security = [{ bearer: [] }, { apiKey: [] }];

export function openapi() {
  return {
    openapi: "3.1.0",
    info: {
      title: "commonhold gateway",
      version: "v1alpha1",
      description:
        "One endpoint for every model of a community, in the words of OpenAI's and Ollama's APIs. Fields that are not named here pass through to the model's host unchanged.",
    },
    paths: paths(),
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key: `ch_…`." },
        apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
      },
    },
  };
}

export function openapiFile(): string {
  return `${JSON.stringify(openapi(), null, 2)}\n`;
}

function paths(): Record<string, Record<string, unknown>> {
  const found: Record<string, Record<string, unknown>> = {};
  for (const route of [...openaiRoutes, ...ollamaRoutes]) found[route.path] = { post: inferenceOperation(route) };
  for (const route of plainRoutes) found[route.path] = { ...found[route.path], [route.method]: plainOperation(route) };
  return found;
}

function inferenceOperation(route: InferenceRoute) {
  const streamType = route.protocol.name === "openai" ? "text/event-stream" : "application/x-ndjson";
  const streams = route.scope === "inference" ? { [streamType]: {} } : {};
  return {
    summary: route.summary,
    tags: [route.protocol.name],
    security,
    requestBody: { required: true, content: { "application/json": { schema: bodySchema(route.schema) } } },
    responses: {
      200: { description: "The host's answer, byte for byte.", content: { "application/json": {}, ...streams } },
      default: { description: "A refusal; see errors.md." },
    },
  };
}

function plainOperation({ path, summary, keyed }: PlainRoute) {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return {
    summary,
    ...(keyed ? { security } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    responses: { 200: { description: "As described." }, default: { description: "A refusal; see errors.md." } },
  };
}

function bodySchema(schema: z.ZodType): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}
