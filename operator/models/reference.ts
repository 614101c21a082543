/**
 * What a person calls a model: `smollm2:135m`, `me/model`, `hf.co/user/repo:Q4_K_M`,
 * `registry.example.org:5000/team/model:tag`. Read exactly as Ollama reads it (types/model/name.go, held to its own
 * parser by `test/models/ollama-names.json`), because a host will be asked to pull by this text and must mean the same
 * model by it.
 */
import { printable } from "../text/printable.ts";
import { ModelError } from "./model-error.ts";

export interface Reference {
  scheme: "https" | "http";
  /** With port where one is given: `registry.ollama.ai`, `127.0.0.1:5000`. */
  host: string;
  namespace: string;
  model: string;
  tag: string;
}

export const libraryHost = "registry.ollama.ai";
const defaults = { host: libraryHost, namespace: "library", tag: "latest", scheme: "https" };

/** Every part filled in. Throws `InvalidReference`, or `LeavesTheMachine` for a model of Ollama's cloud. */
export function parseReference(text: string): Reference {
  const where = sourceMark(text);
  if (where === "cloud") {
    throw new ModelError(
      "LeavesTheMachine",
      `${shown(text)} runs on Ollama's cloud: prompts would leave the community's machines; name a model without "cloud" in its tag`,
    );
  }
  if (where === "local") {
    throw new ModelError(
      "InvalidReference",
      `${shown(text)}: ":local" is not a tag but Ollama's mark for a model without cloud; leave it out`,
    );
  }
  const parts = { ...defaults, ...split(text) };
  const problem = problemIn(parts);
  if (problem) throw new ModelError("InvalidReference", `${shown(text)} is not a model reference: ${problem}`);
  return { ...parts, scheme: parts.scheme === "http" ? "http" : "https" };
}

/** All parts in one text; what `parseReference` takes back. */
export function canonicalReference(reference: Reference): string {
  const scheme = reference.scheme === "http" ? "http://" : "";
  return `${scheme}${reference.host}/${reference.namespace}/${reference.model}:${reference.tag}`;
}

/** As short as it can be without becoming another model; how Ollama lists it in `/api/tags`. */
export function displayReference(reference: Reference): string {
  const { host, namespace, model, tag } = reference;
  if (host.toLowerCase() !== defaults.host) return `${host}/${namespace}/${model}:${tag}`;
  return namespace.toLowerCase() === defaults.namespace ? `${model}:${tag}` : `${namespace}/${model}:${tag}`;
}

/** Ollama compares names without regard to case. */
export function sameReference(a: Reference, b: Reference): boolean {
  return (
    canonicalReference({ ...a, scheme: "https" }).toLowerCase() ===
    canonicalReference({ ...b, scheme: "https" }).toLowerCase()
  );
}

/** Ollama reads these marks before it parses a name (its internal/modelref), whatever their case. */
function sourceMark(text: string): "cloud" | "local" | undefined {
  const mark = text
    .trim()
    .slice(text.trim().lastIndexOf(":") + 1)
    .trim()
    .toLowerCase();
  if (mark === text.trim().toLowerCase() || mark.includes("/")) return undefined;
  if (mark === "cloud" || mark.endsWith("-cloud")) return "cloud";
  return mark === "local" ? "local" : undefined;
}

/**
 * Stands for a part that a separator promised and that is empty; no part may hold a "!", so it fails the check of that
 * part.
 */
const missing = "!MISSING!";

type Parts = Record<"host" | "namespace" | "model" | "tag" | "scheme", string>;

/**
 * From the back, as Ollama does: tag, model, namespace; what is left is scheme and host. Parts that are not there are
 * left out.
 */
function split(text: string): Partial<Parts> & { model: string } {
  const tagged = text.lastIndexOf(":") > text.lastIndexOf("/") ? cutLast(text, ":") : undefined;
  const tag = tagged ? { tag: tagged.after } : {};
  const path = tagged ? tagged.before : text;
  const named = cutLast(path, "/");
  if (!named) return { model: path, ...tag };
  const spaced = cutLast(named.before, "/");
  if (!spaced) return { namespace: named.before, model: named.after, ...tag };
  return { ...schemeAndHost(spaced.before), namespace: spaced.after, model: named.after, ...tag };
}

function cutLast(text: string, separator: string): { before: string; after: string } | undefined {
  const at = text.lastIndexOf(separator);
  if (at < 0) return undefined;
  return { before: text.slice(0, at) || missing, after: text.slice(at + 1) || missing };
}

function schemeAndHost(text: string): Partial<Parts> {
  const at = text.indexOf("://");
  if (at < 0) return { host: text };
  return { scheme: text.slice(0, at) || defaults.scheme, host: text.slice(at + 3) || defaults.host };
}

const rules = {
  host: { charsMax: 350, pattern: /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/, may: "letters, digits and _ - . :" },
  namespace: { charsMax: 80, pattern: /^[A-Za-z0-9_][A-Za-z0-9_-]*$/, may: "letters, digits and _ -" },
  model: { charsMax: 80, pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, may: "letters, digits and _ - ." },
  tag: { charsMax: 80, pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, may: "letters, digits and _ - ." },
} as const;

/** What is wrong with the first part that is wrong, or `undefined`. */
function problemIn(parts: Parts): string | undefined {
  if (parts.scheme !== "https" && parts.scheme !== "http") {
    return `${shown(parts.scheme)} is no scheme for a registry; use https or leave it out`;
  }
  for (const [name, rule] of Object.entries(rules)) {
    const part = parts[name as keyof typeof rules];
    if (part === missing || part === "") return `its ${name} is missing`;
    if (part.length > rule.charsMax) return `its ${name} has ${part.length} characters, ${rule.charsMax} are the most`;
    if (!rule.pattern.test(part)) {
      return `its ${name} is ${shown(part)}, but may hold only ${rule.may}, the first a letter, digit or _`;
    }
  }
  return undefined;
}

/** Whether `text` can be one part of a name on a host. */
export function isNamePart(part: keyof typeof rules, text: string): boolean {
  return text.length <= rules[part].charsMax && rules[part].pattern.test(text);
}

function shown(text: string): string {
  return `"${printable(text, 120)}"`;
}
