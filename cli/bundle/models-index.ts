/** Which models a bundle holds: the index of an OCI image layout, each manifest with the name by which people and policies know it. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Digest, isDigest } from "../../operator/models/digest.ts";
import { BundleError } from "./bundle-error.ts";
import type { Places } from "./places.ts";
import { writeWhole } from "./write-whole.ts";

export interface BundledModel {
  /** In full form: `registry.ollama.ai/library/smollm2:135m`. */
  readonly reference: string;
  /** Of the manifest, as its registry served it. */
  readonly digest: Digest;
  /** Of the manifest itself. */
  readonly size: number;
}

const nameAnnotation = "org.opencontainers.image.ref.name";
const manifestMediaType = "application/vnd.docker.distribution.manifest.v2+json";

const schema = z.object({
  schemaVersion: z.literal(2),
  manifests: z.array(
    z.object({
      digest: z.custom<Digest>(isDigest),
      size: z.int().min(1),
      annotations: z.object({ [nameAnnotation]: z.string().min(1).max(2_048) }),
    }),
  ),
});

/** None where there is no index yet. Throws a BundleError where it cannot be read. */
export async function readModels(places: Places): Promise<BundledModel[]> {
  const text = await readFile(places.modelsIndex, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new BundleError(`${places.modelsIndex} cannot be read: ${cause.message}`, { cause });
  });
  if (text === undefined) return [];
  try {
    const { manifests } = schema.parse(JSON.parse(text));
    return manifests.map(({ digest, size, annotations }) => ({ reference: annotations[nameAnnotation], digest, size }));
  } catch (cause) {
    throw new BundleError(
      `${places.modelsIndex} is damaged: it is no index of models. Take another copy of the bundle`,
      {
        cause,
      },
    );
  }
}

/** Beside those that are in it already; one of the same name takes the place of the earlier one. */
export async function addModel(places: Places, model: BundledModel): Promise<void> {
  const others = (await readModels(places)).filter(({ reference }) => reference !== model.reference);
  const manifests = [...others, model].map(({ reference, digest, size }) => ({
    mediaType: manifestMediaType,
    digest,
    size,
    annotations: { [nameAnnotation]: reference },
  }));
  await mkdir(places.models, { recursive: true });
  await writeWhole(join(places.models, "oci-layout"), `${JSON.stringify({ imageLayoutVersion: "1.0.0" })}\n`);
  await writeWhole(places.modelsIndex, `${JSON.stringify({ schemaVersion: 2, manifests }, null, 2)}\n`);
}
