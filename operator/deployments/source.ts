/** What a spec names as its model: the text a host can pull, and the text that tells one such wish from another. */
import type { ModelSource, ResolvedModel } from "../apis/model-deployment.ts";
import { huggingFaceReference } from "../models/hugging-face.ts";
import { pinOfFiles } from "../models/identity.ts";
import { canonicalReference, parseReference, type Reference } from "../models/reference.ts";
import { printable } from "../text/printable.ts";

import type { Wanted } from "./wanted.ts";

const fileNameCharsMax = 200;

/** What a host is asked to pull; absent where the model comes as files. Throws a `ModelError` where it cannot be read. */
export function registryReference(source: ModelSource): Reference | undefined {
  if (source.ollama !== undefined) return parseReference(source.ollama);
  return source.huggingFace ? huggingFaceReference(source.huggingFace) : undefined;
}

/** In full form; the same for two specs only where they mean the same. Throws a `ModelError` where it cannot be read. */
export function fullReference(source: ModelSource): string {
  const reference = registryReference(source);
  if (reference) return canonicalReference(reference);
  return `${fileNames(source)}@${pinOfFiles(source.files ?? [], source.adapters).slice(0, 19)}`;
}

/** As people read it beside the digest: files by name alone. Throws a `ModelError` where it cannot be read. */
export function shownReference(source: ModelSource): string {
  const reference = registryReference(source);
  return reference ? canonicalReference(reference) : fileNames(source);
}

/** What was resolved is still what the spec names, whatever digest it pins. Throws a `ModelError` where the spec cannot be read. */
export function names(source: ModelSource, model: ResolvedModel): boolean {
  const { files, adapters } = source;
  if (shownReference(source) !== model.reference || (model.source === "Files") !== (files !== undefined)) return false;
  return files === undefined || pinOfFiles(files, adapters) === model.digest;
}

/** Names that will be written on a host, for placement: with a digest where a model of that name and content is not in the way. */
export function namesOf({ served, base, pull, digest }: Wanted): readonly { name: string; digest?: string }[] {
  const names = [{ name: served }, { name: base, digest }];
  return pull ? [...names, { name: pull.name, digest }] : names;
}

function fileNames({ files = [] }: ModelSource): string {
  const more = files.length > 1 ? ` and ${files.length - 1} more` : "";
  return `${fileName(files[0]?.url ?? "")}${more}`;
}

function fileName(url: string): string {
  const path = url.replace(/[?#].*$/, "");
  return printable(decoded(path.slice(path.lastIndexOf("/") + 1)) || "file", fileNameCharsMax);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
