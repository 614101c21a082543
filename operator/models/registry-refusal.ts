/** Says in our terms what a registry said with a status and a body, and keeps its words. */
import { printable } from "../text/printable.ts";
import { isHuggingFace } from "./hugging-face.ts";
import { ModelError } from "./model-error.ts";
import { displayReference, libraryHost, type Reference } from "./reference.ts";
import { waitOf } from "./retry-after.ts";

export interface Refusal {
  readonly status: number;
  readonly body: string;
  /** The `retry-after` header, where there is one. */
  readonly retryAfter?: string | undefined;
}

const wordsMax = 300;

/** `nowMs`: for a `retry-after` that is a date. */
export function refusalOf(reference: Reference, refusal: Refusal, nowMs: number): ModelError {
  const name = displayReference(reference);
  const words = registryWords(refusal.body);
  const said = words ? `${reference.host} says: ${words}` : `${reference.host} answers with status ${refusal.status}`;
  const retryAfterMs = waitOf(refusal.retryAfter, nowMs);
  const { status } = refusal;
  if (status === 404 || (status === 400 && isHuggingFace(reference))) {
    return new ModelError("NotFound", `there is no model ${name}; ${said}; ${whatToTry(reference)}`);
  }
  if (status === 401 || status === 403) {
    return new ModelError("Denied", `${name} is not public; ${said}; ${whatToDoDenied(reference)}`);
  }
  if (status === 429) {
    return new ModelError("TooManyRequests", `${reference.host} is asked too often; ${said}`, { retryAfterMs });
  }
  if (status >= 500) return new ModelError("Unreachable", `${reference.host} fails; ${said}`, { retryAfterMs });
  return new ModelError("Refused", `${reference.host} refuses ${name}; ${said}`);
}

/**
 * The OCI form `{errors: [{code, message}]}`, Hugging Face's and Ollama's `{error}`; anything else (a web page) has no
 * words.
 */
export function registryWords(body: string): string {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json !== "object" || json === null) return "";
    if ("error" in json && typeof json.error === "string") return printable(json.error, wordsMax);
    if (!("errors" in json) || !Array.isArray(json.errors)) return "";
    return printable(json.errors.map(wordsOf).filter(Boolean).join("; "), wordsMax);
  } catch {
    return "";
  }
}

function wordsOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const { message, code } = error as { message?: unknown; code?: unknown };
  return ([message, code].find((text) => typeof text === "string" && text !== "") as string | undefined) ?? "";
}

function whatToTry(reference: Reference): string {
  if (reference.host.toLowerCase() === libraryHost) {
    const page =
      reference.namespace === "library" ? `library/${reference.model}` : `${reference.namespace}/${reference.model}`;
    return `check the name and the tag at https://ollama.com/${page}/tags`;
  }
  if (isHuggingFace(reference)) {
    return `look at the files at https://huggingface.co/${reference.namespace}/${reference.model}/tree/main; the tag is a quantization or a whole file name`;
  }
  return "check host, name and tag";
}

function whatToDoDenied(reference: Reference): string {
  if (isHuggingFace(reference)) return "a gated or private repository cannot be pulled; check its spelling too";
  return "only models that everybody may pull can be used; check its spelling too";
}
