/** Where things lie in a bundle. `models` is an OCI image layout: https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
import { join } from "node:path";
import type { Digest } from "../../operator/models/digest.ts";

export const sumsName = "SHA256SUMS";
export const readmeName = "README.txt";
/** Beside the archives: the names in them, a line each. */
export const imagesName = "images.txt";

export interface Places {
  readonly chart: string;
  readonly images: string;
  readonly models: string;
  readonly modelsIndex: string;
  readonly sums: string;
  readonly readme: string;
  blob(digest: Digest): string;
}

export function placesIn(folder: string): Places {
  const models = join(folder, "models");
  return {
    chart: join(folder, "chart"),
    images: join(folder, "images"),
    models,
    modelsIndex: join(models, "index.json"),
    sums: join(folder, sumsName),
    readme: join(folder, readmeName),
    blob: (digest) => join(models, "blobs", ...digest.split(":")),
  };
}
