/** Ollama's requests that we answer (https://github.com/ollama/ollama/blob/v0.24.0/docs/api.md), as far as the gateway has to read them. */
import { z } from "zod";
import type { InferenceRoute, Protocol } from "../protocol.ts";
import { ollamaError } from "./error.ts";

export const ollama: Protocol = { name: "ollama", errorBody: ollamaError };

const modelNameCharsMax = 400;

const model = () =>
  z
    .string()
    .min(1)
    .max(modelNameCharsMax)
    .describe("Name of a deployment: `name` or `namespace/name`; `:latest` may follow.");
const stream = () => z.boolean().nullish().describe("false: one JSON answer. Otherwise one JSON object per line.");
const options = () =>
  z.record(z.string(), z.unknown()).nullish().describe("Options that would reload the model are dropped.");

const message = z.looseObject({
  role: z.string().min(1),
  content: z.string().nullish(),
  images: z.array(z.string()).nullish(),
});

const chat = z.looseObject({
  model: model(),
  messages: z.array(message).nullish(),
  stream: stream(),
  tools: z.array(z.looseObject({})).nullish(),
  options: options(),
});

const generate = z.looseObject({
  model: model(),
  prompt: z.string().nullish(),
  suffix: z.string().nullish(),
  images: z.array(z.string()).nullish(),
  stream: stream(),
  options: options(),
});

const embed = z.looseObject({
  model: model(),
  input: z.union([z.string(), z.array(z.string())]).nullish(),
  options: options(),
});

const embeddings = z.looseObject({ model: model(), prompt: z.string().nullish(), options: options() });

const route = { protocol: ollama, method: "POST" } as const;

export const ollamaRoutes: readonly InferenceRoute[] = [
  {
    ...route,
    path: "/api/chat",
    upstreamPath: "/api/chat",
    scope: "inference",
    summary: "Answer a chat.",
    schema: chat,
    streamsByDefault: true,
  },
  {
    ...route,
    path: "/api/generate",
    upstreamPath: "/api/generate",
    scope: "inference",
    summary: "Continue a text.",
    schema: generate,
    streamsByDefault: true,
  },
  {
    ...route,
    path: "/api/embed",
    upstreamPath: "/api/embed",
    scope: "embeddings",
    summary: "Turn texts into vectors.",
    schema: embed,
    streamsByDefault: false,
  },
  {
    ...route,
    path: "/api/embeddings",
    upstreamPath: "/api/embeddings",
    scope: "embeddings",
    summary: "Turn one text into a vector (Ollama's older form).",
    schema: embeddings,
    streamsByDefault: false,
  },
];

/** `/api/show`. The `ollama` command writes `name` and an empty `model`. */
export const showSchema = z
  .looseObject({
    model: z.string().max(modelNameCharsMax).nullish().describe("Name of a deployment."),
    name: z.string().max(modelNameCharsMax).nullish().describe("Older form of `model`."),
  })
  .refine(({ model, name }) => model || name, { path: ["model"], error: "is missing" });

/** What changes a host; refused to everyone. */
export const hostChanges = ["pull", "create", "delete", "copy", "push", "blobs", "signout", "me", "user"] as const;
