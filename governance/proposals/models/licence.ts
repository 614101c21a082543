/**
 * Under which licence a model comes, as whoever made it says: the first line of the licence that lies among the layers of
 * an Ollama model, or the tag on its page at Hugging Face. A claim, and best effort: where there is none, nothing is said.
 */
import { FetchError } from "../../../operator/addresses/fetch-error.ts";
import type { FetchedResponse } from "../../../operator/addresses/fetcher.ts";
import { huggingFaceHost } from "../../../operator/models/hugging-face.ts";
import { ModelError } from "../../../operator/models/model-error.ts";
import type { RegistryModel } from "../../../operator/models/registry.ts";
import { type RegistryOptions, Repository } from "../../../operator/models/repository.ts";
import { printable } from "../../../operator/text/printable.ts";

const licenceMediaType = "application/vnd.ollama.image.license";

export async function licenceOf(
  model: RegistryModel,
  options: RegistryOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return (await fromLayer(model, options, signal)) ?? (await fromPage(model, options, signal));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ModelError || error instanceof FetchError) return undefined;
    throw error;
  }
}

const licenceBytesMax = 256 * 1024;
const lineCharsMax = 120;

async function fromLayer(
  { layers, reference }: RegistryModel,
  options: RegistryOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const layer = layers.find(({ mediaType, size }) => mediaType === licenceMediaType && size <= licenceBytesMax);
  if (!layer) return undefined;
  const bounds = { bodyBytesMax: licenceBytesMax, signal };
  const { body } = await new Repository(options, reference).get(`blobs/${layer.digest}`, bounds);
  return firstLine(await body.text());
}

/** With the second line where the first is the name and that the version, as in the Apache licence. */
function firstLine(text: string): string | undefined {
  const [first, second] = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (first === undefined) return undefined;
  const version = second !== undefined && /^version \d/i.test(second) ? `, ${second}` : "";
  return printable(`${first}${version}`, lineCharsMax);
}

const pageBytesMax = 256 * 1024;

/** https://huggingface.co/docs/hub/api: tags of a model are public, and its licence is one of them. */
async function fromPage(
  { reference }: RegistryModel,
  { fetcher }: RegistryOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (reference.host.toLowerCase() !== huggingFaceHost) return undefined;
  const url = new URL(`https://huggingface.co/api/models/${reference.namespace}/${reference.model}`);
  url.searchParams.set("expand[]", "tags");
  const response = await fetcher.open(url, { bodyBytesMax: pageBytesMax, signal });
  const tags = await tagsOf(response);
  const licence = tags.find((tag) => tag.startsWith("license:"))?.slice("license:".length);
  return licence && printable(licence, lineCharsMax);
}

async function tagsOf(response: FetchedResponse): Promise<string[]> {
  if (response.status !== 200) {
    response.body.discard();
    return [];
  }
  try {
    const page: unknown = JSON.parse(await response.body.text());
    const tags = typeof page === "object" && page !== null && "tags" in page ? page.tags : [];
    return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === "string") : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
