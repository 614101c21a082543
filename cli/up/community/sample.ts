/**
 * Which model a start serves, and what the policy has to say for it. The sample is the reference of `manifests/samples` where the
 * Ollama library is in reach; else the same model comes from a Python package as a file, through `spec.model.files`: the way any
 * model file takes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { apiVersion } from "../../../operator/apis/group.ts";
import {
  type ModelDeployment,
  type ModelDeploymentSpec,
  type ModelSource,
  modelDeploymentKind,
} from "../../../operator/apis/model-deployment.ts";
import { printable } from "../../../operator/text/printable.ts";
import type { DeploymentRef } from "./follow.ts";
import { editYaml } from "./policy/edit-yaml.ts";

const libraryTimeoutMsDefault = 3_000;
const nameCharsMax = 63;
const libraryUrl = "https://registry.ollama.ai/v2/";

/** The namespace that the policy governs. */
export const communityNamespace = "community";
const folder = "models";

/** A model file that is served from this machine. */
export interface ServedFile {
  url: string;
  sha256: string;
  size: number;
}

/** The policy branch as it is now. */
export interface PolicyFiles {
  read(path: string): Promise<string | undefined>;
  /** All paths. */
  paths(): Promise<readonly string[]>;
  /** Whether an earlier commit of the branch has it. */
  had(path: string): Promise<boolean>;
}

export interface SampleOptions {
  root: string;
  /** A reference that the person wants instead. */
  reference: string | undefined;
  /** Hex SHA-256 of the sample's file, by which a deployment of an earlier start is known. */
  fileSha256: string;
  /** Makes the sample's file available on loopback; asked only where it is needed. */
  serveFile(): Promise<ServedFile>;
  /** Spec of the deployment of that name that an earlier version made by hand. */
  former(name: string): Promise<ModelDeploymentSpec | undefined>;
  /** Nothing may be fetched: the library is not asked. */
  offline?: boolean;
  /** Address of the library; tests give their own. */
  libraryUrl?: string;
  /** How long it has to answer; 3 s by default. */
  libraryTimeoutMs?: number;
  signal: AbortSignal;
}

export interface ChosenModel {
  readonly ref: DeploymentRef;
  /** Where the model comes from, for the person. */
  readonly source: string;
  /** What the policy does not say yet. */
  readonly change?: {
    readonly path: string;
    readonly text: string;
    /** For the proposal's title: `serve smollm2`. */
    readonly words: string;
  };
}

const asLeft = "as it was left";
const byFile = "SmolLM2 135M from a Python package, by file: the Ollama library is out of reach";

/** What a person decided about the model since stays. */
export async function chooseModel(policy: PolicyFiles, options: SampleOptions): Promise<ChosenModel> {
  const sample = parse(readFileSync(join(options.root, "manifests/samples/smollm2.yaml"), "utf8")) as ModelDeployment;
  const { reference } = options;
  const name = reference === undefined ? sample.metadata.name : deploymentName(reference);
  const path = `${folder}/${name}.yaml`;
  const present = await policy.read(path);
  if (reference !== undefined) return asked(name, path, present, reference);
  if (present !== undefined) return goOnWith(path, present, options);
  const former = await options.former(name);
  if (former) return goOnWith(path, fileText(name, former), options, `serve ${name} as it was`);
  // It was taken out by a decision: no start brings it back.
  if (await policy.had(path)) return another(policy, options);
  const { model, source } = await chooseSource(sample, options);
  const text = fileText(name, { ...sample.spec, model });
  return { ref: refOf(name), source, change: { path, text, words: `serve ${name}` } };
}

function refOf(name: string): DeploymentRef {
  return { namespace: communityNamespace, name };
}

const heading = "# What everybody asks for by this name. `kubectl explain md.spec` teaches every field.\n";

function fileText(name: string, spec: object): string {
  const metadata = { name, namespace: communityNamespace };
  const object = { apiVersion, kind: modelDeploymentKind.kind, metadata, spec };
  return `${heading}${stringify(object, { version: "1.1", lineWidth: 0 })}`;
}

function asked(name: string, path: string, present: string | undefined, reference: string): ChosenModel {
  const chosen = { ref: refOf(name), source: reference };
  const words = `serve ${printable(reference, 100)}`;
  const model = { ollama: reference };
  if (present === undefined) return { ...chosen, change: { path, text: fileText(name, { model }), words } };
  if ((parse(present) as ModelDeployment).spec.model.ollama === reference) return chosen;
  const text = editYaml(present, [{ path: ["spec", "model"], value: model }]) ?? present;
  return { ...chosen, change: { path, text, words } };
}

/** Our own file is served again, at the address of this start; nothing else of the deployment is touched. `isNew`: words for it. */
async function goOnWith(path: string, text: string, options: SampleOptions, isNew?: string): Promise<ChosenModel> {
  const { metadata, spec } = parse(text) as ModelDeployment;
  const { name, namespace = communityNamespace } = metadata;
  const files = spec.model.files ?? [];
  const isOurs = files.some(({ sha256 }) => sha256 === options.fileSha256);
  const served = isOurs ? await options.serveFile() : undefined;
  const wanted = files.flatMap(({ sha256 }, at) =>
    served && sha256 === served.sha256 ? [{ path: ["spec", "model", "files", at, "url"], value: served.url }] : [],
  );
  const moved = editYaml(text, wanted);
  const words = isNew ?? `fetch ${name} from ${served && new URL(served.url).host}`;
  const isChanged = moved !== undefined || isNew !== undefined;
  return {
    ref: { namespace, name },
    source: isOurs ? byFile : asLeft,
    ...(isChanged && { change: { path, text: moved ?? text, words } }),
  };
}

async function another(policy: PolicyFiles, options: SampleOptions): Promise<ChosenModel> {
  const paths = (await policy.paths()).filter((path) => path.startsWith(`${folder}/`) && path.endsWith(".yaml"));
  for (const path of paths.toSorted()) {
    const text = await policy.read(path);
    if (text === undefined || (parse(text) as ModelDeployment).spec.replicas === 0) continue;
    return goOnWith(path, text, options);
  }
  throw new Error(
    `the policy has no model any more: ${folder}/ was emptied by a decision. Propose one (commonhold propose), or start with --model REFERENCE`,
  );
}

async function chooseSource(
  sample: ModelDeployment,
  options: SampleOptions,
): Promise<{ model: ModelSource; source: string }> {
  if (!options.offline && (await isLibraryInReach(options)))
    return { model: sample.spec.model, source: `${sample.spec.model.ollama} from the Ollama library` };
  return { model: { files: [await options.serveFile()] }, source: byFile };
}

async function isLibraryInReach({ signal, ...options }: SampleOptions): Promise<boolean> {
  try {
    const late = AbortSignal.timeout(options.libraryTimeoutMs ?? libraryTimeoutMsDefault);
    const limit = AbortSignal.any([signal, late]);
    return (await fetch(options.libraryUrl ?? libraryUrl, { method: "HEAD", signal: limit })).status < 500;
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
