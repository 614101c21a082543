/**
 * Finds out what files are before they are fetched whole: from their first megabytes, that they are GGUF files of the
 * right kind, and the shape of the model that they make together. A split model (`…-00001-of-00003.gguf`) has its facts
 * in the first part and tensors in each.
 */
import { shownUrl } from "../addresses/fetch-error.ts";
import type { Fetcher } from "../addresses/fetcher.ts";
import { fetchableUrl } from "../addresses/url-rules.ts";
import type { Clock } from "../clock/clock.ts";
import { withinMs } from "./deadline.ts";
import { asModelError } from "./fetch-failure.ts";
import { fileRefusal } from "./file-refusal.ts";
import type { RemoteFile } from "./files.ts";
import type { GgufHeader } from "./gguf.ts";
import { refuseHazards } from "./gguf-hazards.ts";
import { type ByteSource, readGguf } from "./gguf-source.ts";
import { ModelError } from "./model-error.ts";
import { type ModelShape, shapeOfGguf } from "./model-shape.ts";
import { readRange } from "./range.ts";

export interface FilesToDescribe {
  /** The parts of one model, in order. */
  readonly files: readonly RemoteFile[];
  /** LoRA adapters. */
  readonly adapters?: readonly RemoteFile[];
}

export const describeTimeoutMs = 120_000;

/**
 * What the bytes at the URLs say: claims until the files are fetched and their digests hold. Rejects with a
 * `ModelError` (`NotAModel` for an adapter among the files, a model among the adapters, parts that do not belong
 * together; `BadGguf` for a header that no host shall see) or the signal's reason.
 */
export async function describeFiles(
  fetcher: Fetcher,
  clock: Clock,
  { files, adapters = [] }: FilesToDescribe,
  signal?: AbortSignal,
): Promise<ModelShape> {
  const late = (): ModelError =>
    new ModelError("Unreachable", `the files' first megabytes did not come within ${describeTimeoutMs / 1000} s`);
  return withinMs(clock, describeTimeoutMs, late, signal, async (inner) => {
    const read = (file: RemoteFile): Promise<GgufHeader> => readGguf(fileSource(fetcher, clock, file, inner));
    const parts: GgufHeader[] = [];
    for (const file of files) parts.push(await read(file));
    for (const file of adapters) checkAdapter(file, await read(file));
    const header = joined(files, parts);
    refuseHazards(header);
    return shapeOfGguf(header);
  });
}

/** The head of a file on the web; `clock` is for the server's `retry-after`. */
export function fileSource(fetcher: Fetcher, clock: Clock, file: RemoteFile, signal: AbortSignal): ByteSource {
  return {
    sizeBytes: file.size,
    read: async (first, length) => {
      const range = { first, last: first + length - 1 };
      const options = { range, signal, bodyBytesMax: Number.POSITIVE_INFINITY };
      const response = await fetcher.open(file.url, options).catch((error: unknown) => {
        throw asModelError(error, "the file");
      });
      const refusal = fileRefusal(response, clock.now());
      if (!refusal) return readRange(response, range, shown(file));
      response.body.discard();
      throw refusal;
    },
  };
}

function checkAdapter(file: RemoteFile, header: GgufHeader): void {
  if (header.facts.get("general.type") === "adapter") return;
  throw new ModelError(
    "NotAModel",
    `${shown(file)} is listed under adapters, but it is a whole model; list it under files`,
  );
}

/** One header for all parts: the first one's facts, everybody's tensors. */
function joined(files: readonly RemoteFile[], parts: readonly GgufHeader[]): GgufHeader {
  const [first] = parts;
  const [firstFile] = files;
  if (!first || !firstFile) throw new ModelError("NotAModel", "there is no file to make a model from");
  if (first.facts.get("general.type") === "adapter") {
    throw new ModelError("NotAModel", `${shown(firstFile)} is an adapter, not a model; list it under adapters`);
  }
  checkParts(firstFile, parts);
  return { ...first, tensors: parts.flatMap(({ tensors }) => tensors) };
}

/** `split.count` and `split.no` are written by llama.cpp's gguf-split; a file that was not split has neither. */
function checkParts(firstFile: RemoteFile, parts: readonly GgufHeader[]): void {
  const count = parts[0]?.facts.get("split.count") ?? 1;
  if (count !== parts.length) {
    throw new ModelError(
      "NotAModel",
      `${shown(firstFile)} belongs to a model of ${count} ${count === 1 ? "file" : "files"}, but ${parts.length} are listed`,
    );
  }
  const wrong = parts.findIndex(({ facts }, at) => parts.length > 1 && facts.get("split.no") !== at);
  if (wrong < 0) return;
  throw new ModelError("NotAModel", `file ${wrong + 1} is not part ${wrong + 1} of the model; list the parts in order`);
}

function shown(file: RemoteFile): string {
  return shownUrl(fetchableUrl(file.url));
}
