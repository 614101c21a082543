/**
 * The sample model. With the Ollama library in reach it is the reference of `manifests/samples`; without, the same model
 * comes from a Python package as a file, through `spec.model.files`: the way any model file takes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { fieldManagers } from "../../../operator/apis/group.ts";
import { type ModelDeployment, type ModelSource, modelDeployments } from "../../../operator/apis/model-deployment.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import type { DeploymentRef } from "./follow.ts";

const libraryProbeTimeoutMs = 3_000;
const libraryUrl = "https://registry.ollama.ai/v2/";

/** A model file that is served from this machine. */
export interface ServedFile {
  url: string;
  sha256: string;
  size: number;
}

export interface SampleOptions {
  root: string;
  /** A reference that the person wants instead. */
  reference: string | undefined;
  /** Makes the sample's file available on loopback; asked only where the library is out of reach. */
  serveFile(): Promise<ServedFile>;
  signal: AbortSignal;
}

/** Applies the sample and says where the model comes from. What a person changed in the deployment since stays. */
export async function applySample(
  client: KubeClient,
  options: SampleOptions,
): Promise<{ ref: DeploymentRef; source: string }> {
  const sample = parse(readFileSync(join(options.root, "manifests/samples/smollm2.yaml"), "utf8")) as ModelDeployment;
  const ref = {
    namespace: sample.metadata.namespace ?? "default",
    name: deploymentName(options.reference) ?? sample.metadata.name,
  };
  const present = (await client.get(modelDeployments, ref, { signal: options.signal })) as ModelDeployment | undefined;
  const { model, source } = await chooseSource(sample, present, options);
  const spec = options.reference === undefined ? { ...sample.spec, model } : { model };
  if (present && options.reference === undefined && !present.spec.model.files) return { ref, source: "as it was left" };
  await client.apply(modelDeployments, { metadata: ref, spec } as never, {
    fieldManager: fieldManagers.cli,
    signal: options.signal,
  });
  return { ref, source };
}

async function chooseSource(
  sample: ModelDeployment,
  present: ModelDeployment | undefined,
  options: SampleOptions,
): Promise<{ model: ModelSource; source: string }> {
  if (options.reference !== undefined) return { model: { ollama: options.reference }, source: options.reference };
  const fromFile = present?.spec.model.files !== undefined;
  if (present && !fromFile) return { model: present.spec.model, source: "as it was left" };
  if (!fromFile && (await isLibraryInReach(options.signal)))
    return { model: sample.spec.model, source: `${sample.spec.model.ollama} from the Ollama library` };
  const file = await options.serveFile();
  return {
    model: { files: [file] },
    source: "SmolLM2 135M from a Python package, by file: the Ollama library is out of reach",
  };
}

async function isLibraryInReach(signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(libraryProbeTimeoutMs)]);
    return (await fetch(libraryUrl, { method: "HEAD", signal: limit })).status < 500;
  } catch {
    signal.throwIfAborted();
    return false; // no answer is an answer: the file is taken
  }
}

/** `smollm2:135m` becomes `smollm2-135m`: what people type as the model. */
function deploymentName(reference: string | undefined): string | undefined {
  const last = reference?.split("/").at(-1);
  return last
    ?.toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);
}
