/** OpenAI's requests that we answer (https://platform.openai.com/docs/api-reference), as far as the gateway has to read them. */
import { z } from "zod";
import type { GenerationParameters } from "../../../operator/apis/model-deployment.ts";
import type { InferenceRoute, Protocol } from "../protocol.ts";
import { openaiError } from "./error.ts";

export const openai: Protocol = { name: "openai", errorBody: openaiError };

const modelNameCharsMax = 400;

const model = () =>
  z.string().min(1).max(modelNameCharsMax).describe("Name of a deployment: `name` or `namespace/name`.");
const stream = () => z.boolean().nullish().describe("true: the answer comes as server-sent events.");

const sampling = {
  model: model(),
  stream: stream(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().min(0).nullish(),
  max_completion_tokens: z.int().min(0).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  n: z.int().min(1).nullish(),
  seed: z.number().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  frequency_penalty: z.number().nullish(),
  presence_penalty: z.number().nullish(),
};

const message = z.looseObject({
  role: z.string().min(1),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish(),
});

const chat = z.looseObject({
  ...sampling,
  messages: z.array(message).min(1),
  tools: z.array(z.looseObject({ type: z.string() })).nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
});

const completion = z.looseObject({
  ...sampling,
  prompt: z.union([z.string(), z.array(z.unknown())]).nullish(),
  suffix: z.string().nullish(),
});

const embeddings = z.looseObject({
  model: model(),
  input: z.union([z.string(), z.array(z.unknown()).min(1)]),
  dimensions: z.int().min(1).nullish(),
  encoding_format: z.enum(["float", "base64"]).nullish(),
});

/**
 * Ollama's OpenAI endpoints set temperature and top_p to 1 where a request has none, over whatever the model was made with
 * (https://github.com/ollama/ollama/blob/v0.24.0/openai/openai.go, FromChatRequest and FromCompleteRequest).
 */
function defaults({ temperature, topP }: GenerationParameters): Readonly<Record<string, number>> {
  return { ...(temperature === undefined ? {} : { temperature }), ...(topP === undefined ? {} : { top_p: topP }) };
}

const route = { protocol: openai, method: "POST", streamsByDefault: false } as const;

export const openaiRoutes: readonly InferenceRoute[] = [
  {
    ...route,
    path: "/v1/chat/completions",
    upstreamPath: "/v1/chat/completions",
    scope: "inference",
    summary: "Answer a chat.",
    schema: chat,
    defaults,
  },
  {
    ...route,
    path: "/v1/completions",
    upstreamPath: "/v1/completions",
    scope: "inference",
    summary: "Continue a text.",
    schema: completion,
    defaults,
  },
  {
    ...route,
    path: "/v1/embeddings",
    upstreamPath: "/v1/embeddings",
    scope: "embeddings",
    summary: "Turn texts into vectors.",
    schema: embeddings,
  },
];
