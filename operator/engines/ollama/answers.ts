/**
 * Ollama's answers, read loosely: fields that we do not use may be anything, those that we use must have their type and lie
 * in bounds. What a host says stays its claim; here it only becomes safe to hold.
 */
import { z } from "zod";
import type { Digest, LoadedModel, ModelOnDisk } from "../engine.ts";
import { EngineError } from "../error.ts";
import { modelsMax } from "./bounds.ts";

/** Parses `value`, or throws `BadResponse` naming the field (never its content). */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.map(String).join(".").slice(0, 100) || "the answer";
  throw new EngineError("BadResponse", `${what}: ${where} is not what Ollama would send (${issue?.code ?? "invalid"})`);
}

/** Bytes, counts, nanoseconds; Ollama leaves out what is 0. */
export const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const countOr0 = count.nullish().transform((value) => value ?? 0);

export const digest = z
  .string()
  .regex(/^(?:sha256[:-])?[0-9a-fA-F]{64}$/)
  .transform((text): Digest => `sha256:${text.slice(-64).toLowerCase()}`);

/** A name that Ollama's own grammar (types/model/name.go) could have let through: no control character, no space. */
export const name = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._:/@-]{0,699}$/);

/** RFC 3339 → milliseconds since the epoch. */
const time = z
  .string()
  .max(64)
  .transform((text) => Date.parse(text))
  .pipe(z.number());

/** `keep_alive: -1` becomes 2^63-1 ns from then on (api/types.go), some 292 years. */
const neverFrom = Date.UTC(2200, 0, 1);

const versionAnswer = z.object({ version: z.string().regex(/^[0-9A-Za-z.+_-]{1,64}$/) });

const tagsAnswer = z.object({
  models: z
    .array(
      z.object({
        name,
        digest,
        size: count,
        modified_at: time,
        remote_host: z.string().max(500).nullish(),
      }),
    )
    .max(modelsMax)
    .nullish(),
});

const psAnswer = z.object({
  models: z
    .array(
      z.object({
        name,
        digest,
        size: countOr0,
        size_vram: countOr0,
        context_length: countOr0,
        expires_at: time,
      }),
    )
    .max(modelsMax)
    .nullish(),
});

export function versionIn(answer: unknown): string {
  return parsed(versionAnswer, answer, "version").version;
}

export function modelsIn(answer: unknown): ModelOnDisk[] {
  return (parsed(tagsAnswer, answer, "list of models").models ?? []).map((model) => ({
    name: model.name,
    digest: model.digest,
    bytes: model.size,
    modifiedAt: model.modified_at,
    ...(model.remote_host && { remoteHost: model.remote_host }),
  }));
}

export function loadedIn(answer: unknown): LoadedModel[] {
  return (parsed(psAnswer, answer, "list of loaded models").models ?? []).map((model) => ({
    name: model.name,
    digest: model.digest,
    bytes: model.size,
    vramBytes: Math.min(model.size_vram, model.size),
    context: model.context_length,
    expiresAt: model.expires_at >= neverFrom ? "never" : model.expires_at,
  }));
}
