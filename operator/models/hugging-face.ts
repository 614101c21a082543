/**
 * Hugging Face serves GGUF repositories to Ollama as a registry, `hf.co`: the repository is the model, the tag chooses
 * one of its files. A tag is a quantization (`Q4_K_M`, any case) or a whole file name; without one Hugging Face takes
 * Q4_K_M where there is such a file, else one that it deems reasonable. Split files are refused there.
 * https://huggingface.co/docs/hub/ollama
 */
import { printable } from "../text/printable.ts";
import { ModelError } from "./model-error.ts";
import { isNamePart, parseReference, type Reference } from "./reference.ts";

export interface HuggingFaceSource {
  /** `owner/name`. */
  readonly repo: string;
  /** A file at the top of the repository; not together with `quantization`. */
  readonly file?: string | undefined;
  readonly quantization?: string | undefined;
}

export const huggingFaceHost = "hf.co";

/** What a host is asked to pull. Throws `InvalidReference` where Ollama's names cannot say it. */
export function huggingFaceReference(source: HuggingFaceSource): Reference {
  const { repo, file, quantization } = source;
  if (file !== undefined && quantization !== undefined) {
    throw invalid(source, "it names a file and a quantization; leave one of them out");
  }
  if (file !== undefined) checkFile(source, file);
  return parseReference(`${huggingFaceHost}/${repo}:${file ?? quantization ?? "latest"}`);
}

/** Whether a reference is served by Hugging Face, whose words for "no such tag" differ (`registry.ts`). */
export function isHuggingFace(reference: Reference): boolean {
  return ["hf.co", "huggingface.co"].includes(reference.host.toLowerCase());
}

function checkFile(source: HuggingFaceSource, file: string): void {
  if (/-\d{5}-of-\d{5}\.gguf$/i.test(file)) {
    throw invalid(
      source,
      `${shown(file)} is one part of a split model, which Hugging Face does not serve to Ollama; list its parts under files`,
    );
  }
  if (!isNamePart("tag", file)) {
    throw invalid(
      source,
      `Ollama cannot name the file ${shown(file)} (80 characters at most, letters, digits and _ - .); ` +
        "name its quantization instead, or give its URL under files",
    );
  }
}

function invalid(source: HuggingFaceSource, problem: string): ModelError {
  return new ModelError("InvalidReference", `Hugging Face repository ${shown(source.repo)}: ${problem}`);
}

function shown(text: string): string {
  return `"${printable(text, 120)}"`;
}
