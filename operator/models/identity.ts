/**
 * Which model it is. From a registry: the digest of the manifest as served (`registry.ts`). From files there is no
 * manifest that all hosts share (Ollama writes a host's own path into the one that it creates), so the files themselves
 * are the identity:
 *
 *     pin = sha256( "commonhold model pin v1\n"
 *                   "file <sha256>\n"      for each file, in order: the parts of a split model have one
 *                   "adapter <sha256>\n" ) for each adapter, in order: they are applied in it
 *
 * Anybody can compute it with `sha256sum` from what the spec says; URLs and sizes are not in it, because the same bytes
 * from elsewhere are the same model.
 */
import { createHash } from "node:crypto";
import { type Digest, digestOf } from "./digest.ts";

/** By its SHA-256, 64 lower-case hex digits. */
export interface PinnedFile {
  readonly sha256: string;
}

/** The digest that stands for a model made from files. */
export function pinOfFiles(files: readonly PinnedFile[], adapters: readonly PinnedFile[] = []): Digest {
  const lines = [
    "commonhold model pin v1",
    ...files.map(({ sha256 }) => `file ${sha256}`),
    ...adapters.map(({ sha256 }) => `adapter ${sha256}`),
  ];
  return digestOf(`${lines.join("\n")}\n`);
}

/** Everything that goes into a served model: two with the same revision answer alike. */
export interface ServedModel {
  readonly digest: Digest;
  readonly context: number;
  /** Generation parameters by Ollama's names. */
  readonly parameters?: Readonly<Record<string, number | string | boolean | readonly string[]>>;
  readonly system?: string;
  readonly adapters?: readonly PinnedFile[];
}

/** 64 hex digits; the order in which parameters were written does not count. */
export function revisionOf(model: ServedModel): string {
  const parameters = Object.entries(model.parameters ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const adapters = (model.adapters ?? []).map(({ sha256 }) => sha256);
  const parts = [model.digest, model.context, parameters, model.system ?? null, adapters];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
