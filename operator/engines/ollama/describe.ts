/** `/api/show` → what the host says about a model. Long arrays (vocabularies) and nested values are left out. */
import { z } from "zod";
import type { Digest, ModelDescription } from "../engine.ts";
import { digest, parsed } from "./answers.ts";
import { factCharsMax, factsMax, promptCharsMax } from "./bounds.ts";

const short = z.string().max(factCharsMax).nullish();
const long = z.string().max(promptCharsMax).nullish();

const showAnswer = z.object({
  details: z.object({ format: short, family: short, quantization_level: short }).nullish(),
  model_info: z.unknown().optional(),
  capabilities: z.array(z.string().max(64)).max(64).nullish(),
  parameters: long,
  template: long,
  system: long,
  modelfile: z.string().nullish(),
});

export function descriptionIn(answer: unknown): ModelDescription {
  const show = parsed(showAnswer, answer, "description of the model");
  return {
    format: show.details?.format ?? "",
    family: show.details?.family ?? "",
    quantization: show.details?.quantization_level ?? "",
    facts: facts(show.model_info),
    capabilities: show.capabilities ?? [],
    parameters: parameters(show.parameters ?? ""),
    template: show.template ?? "",
    system: show.system ?? "",
    blobs: blobs(show.modelfile ?? ""),
  };
}

/** A map, so that a key such as `__proto__` is a key like any other. */
function facts(info: unknown): Map<string, number | string | boolean> {
  const found = new Map<string, number | string | boolean>();
  if (typeof info !== "object" || info === null) return found;
  for (const [key, value] of Object.entries(info)) {
    if (found.size >= factsMax) break;
    if (key.length > 256) continue;
    if (typeof value === "number" || typeof value === "boolean") found.set(key, value);
    else if (typeof value === "string" && value.length <= factCharsMax) found.set(key, value);
  }
  return found;
}

/** One `name   value` a line; server/routes.go prints values as Go source (`%#v`), so text is quoted. */
function parameters(text: string): { name: string; value: string }[] {
  const lines = text.split("\n", factsMax);
  return lines.flatMap((line) => {
    const [, parameter, value] = /^(\S{1,128})\s+(\S.*)$/.exec(line) ?? [];
    return parameter === undefined || value === undefined ? [] : [{ name: parameter, value: unquoted(value) }];
  });
}

/** Go's quoting is JSON's but for a few escapes (`\x1b`, `\a`, `\U0001f600`) and the backquoted form. */
function unquoted(value: string): string {
  if (!value.startsWith('"') || !value.endsWith('"') || value.length < 2) return value;
  return value.slice(1, -1).replace(/\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)/g, (_, escaped: string) => {
    if (escaped.length > 1) return codePoint(Number.parseInt(escaped.slice(1), 16));
    return single[escaped] ?? escaped;
  });
}

const single: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function codePoint(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

/** The recipe names its files by the host's paths, which end in the digest: `FROM /…/blobs/sha256-…`. */
function blobs(modelfile: string): Digest[] {
  const found: Digest[] = [];
  for (const [, hex] of modelfile.matchAll(/^(?:FROM|ADAPTER) .{0,4096}sha256-([0-9a-f]{64})\s*$/gm)) {
    if (found.length >= factsMax) break;
    found.push(digest.parse(hex));
  }
  return found;
}
