/**
 * The sample model. With the Ollama library in reach it is the reference of `manifests/samples`; without, the same model
 * comes from a Python package as a file, through `spec.model.files`: the way any model file takes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { fieldManagers } from "../../../operator/apis/group.ts";
import { type ModelDeployment, type ModelSource, modelDeployments } from "../../../operator/apis/model-deployment.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import { printable } from "../../../operator/text/printable.ts";
import type { DeploymentRef } from "./follow.ts";

const libraryProbeTimeoutMs = 3_000;
const deletionDeadlineMs = 60_000;
const deletionEveryMs = 200;
const nameCharsMax = 63;
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
  /** Hex SHA-256 of the sample's file, by which a deployment of an earlier start is known. */
  fileSha256: string;
  /** Makes the sample's file available on loopback; asked only where it is needed. */
  serveFile(): Promise<ServedFile>;
  /** Nothing may be fetched: the library is not asked. */
  offline?: boolean;
  /** Address of the library; tests give their own. */
  libraryUrl?: string;
  clock: Clock;
  signal: AbortSignal;
}

export interface AppliedSample {
  ref: DeploymentRef;
  /** Where the model comes from, for the person. */
  source: string;
}

const asLeft = "as it was left";
const byFile = "SmolLM2 135M from a Python package, by file: the Ollama library is out of reach";

/** Applies the sample and says where the model comes from. What a person changed in the deployment since stays. */
export async function applySample(client: KubeClient, options: SampleOptions): Promise<AppliedSample> {
  const sample = parse(readFileSync(join(options.root, "manifests/samples/smollm2.yaml"), "utf8")) as ModelDeployment;
  const { reference } = options;
  const name = reference === undefined ? sample.metadata.name : deploymentName(reference);
  const ref = { namespace: sample.metadata.namespace ?? "default", name };
  const present = await presentDeployment(client, ref, options);
  const apply = (spec: unknown): Promise<unknown> =>
    client.apply(modelDeployments, { metadata: ref, spec } as never, {
      fieldManager: fieldManagers.cli,
      signal: options.signal,
    });
  if (reference !== undefined) {
    await apply({ model: { ollama: reference } });
    return { ref, source: reference };
  }
  if (present) return { ref, source: await goOnWith(present, client, options) };
  const { model, source } = await chooseSource(sample, options);
  await apply({ ...sample.spec, model });
  return { ref, source };
}

/** One that is being deleted is waited for: it would be gone the moment that it is counted on. */
async function presentDeployment(
  client: KubeClient,
  ref: DeploymentRef,
  { clock, signal }: SampleOptions,
): Promise<ModelDeployment | undefined> {
  const deadline = clock.now() + deletionDeadlineMs;
  for (;;) {
    const present = (await client.get(modelDeployments, ref, { signal })) as ModelDeployment | undefined;
    if (!present?.metadata.deletionTimestamp) return present;
    if (clock.now() >= deadline)
      throw new Error(
        `${ref.namespace}/${ref.name} is still being deleted after ${deletionDeadlineMs / 1000} s; ` +
          "`kubectl get mh` tells which machine does not answer",
      );
    await clock.sleep(deletionEveryMs, signal);
  }
}

/** Our own file is served again, at the address of this start; nothing else of the deployment is touched. */
async function goOnWith(present: ModelDeployment, client: KubeClient, options: SampleOptions): Promise<string> {
  const files = present.spec.model.files;
  if (!files?.some(({ sha256 }) => sha256 === options.fileSha256)) return asLeft;
  const served = await options.serveFile();
  const moved = files.map((file) => (file.sha256 === served.sha256 ? { ...file, url: served.url } : file));
  if (files.some(({ url }, at) => url !== moved[at]?.url)) {
    const { namespace = "default", name, resourceVersion } = present.metadata;
    const change = { metadata: { resourceVersion }, spec: { model: { files: moved } } };
    const { signal } = options;
    await client.patch(modelDeployments, { namespace, name }, change, { fieldManager: fieldManagers.cli, signal });
  }
  return byFile;
}

async function chooseSource(
  sample: ModelDeployment,
  options: SampleOptions,
): Promise<{ model: ModelSource; source: string }> {
  if (!options.offline && (await isLibraryInReach(options.libraryUrl ?? libraryUrl, options.signal)))
    return { model: sample.spec.model, source: `${sample.spec.model.ollama} from the Ollama library` };
  return { model: { files: [await options.serveFile()] }, source: byFile };
}

async function isLibraryInReach(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(libraryProbeTimeoutMs)]);
    return (await fetch(url, { method: "HEAD", signal: limit })).status < 500;
  } catch {
    signal.throwIfAborted();
    return false; // no answer is an answer: the file is taken
  }
}

/** `smollm2:135m` becomes `smollm2-135m`: what people type as the model. */
function deploymentName(reference: string): string {
  const last = reference.split("/").at(-1) ?? "";
  const name = last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, nameCharsMax)
    .replace(/-+$/, "");
  if (name !== "") return name;
  throw new Error(`"${printable(reference, 100)}" names no model: write name, name:tag or registry/user/name:tag`);
}
