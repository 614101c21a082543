/**
 * What every replica of a deployment is to become, computed from the spec and from what the reference was resolved to. Its
 * `revision` is a hash of everything that goes into the served model: two replicas of one revision answer alike.
 */
import type {
  GenerationParameters,
  ModelDeployment,
  ModelSource,
  Replica,
  ResolvedModel,
} from "../apis/model-deployment.ts";
import type { Digest, ParameterValue } from "../engines/engine.ts";
import { isDigest } from "../models/digest.ts";
import { revisionOf } from "../models/identity.ts";
import { ModelError } from "../models/model-error.ts";
import { baseName, servedName, versionDigits } from "../models/names.ts";
import { canonicalReference, displayReference, parseReference } from "../models/reference.ts";
import type { FileToSend } from "./command.ts";
import type { Snapshot } from "./snapshot.ts";
import { registryReference } from "./source.ts";

export interface Wanted {
  readonly revision: string;
  readonly digest: Digest;
  readonly source: ResolvedModel["source"];
  /** Names on every host. */
  readonly served: string;
  readonly base: string;
  /** How hosts get it from a registry. */
  readonly pull?: { readonly reference: string; readonly name: string; readonly insecure: boolean };
  readonly files: readonly FileToSend[];
  readonly adapters: readonly FileToSend[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly system?: string;
  readonly context: number;
  readonly sizeBytes: number;
}

/** `model` must be what this spec was resolved to. */
export function wantedOf(
  deployment: ModelDeployment,
  model: ResolvedModel,
  insecureRegistries: ReadonlySet<string>,
): Wanted {
  const { spec, metadata } = deployment;
  const { context, system } = spec;
  const { digest } = model;
  if (!isDigest(digest)) throw new ModelError("BadAnswer", `${digest} is no digest`);
  const adapters = spec.model.adapters ?? [];
  const parameters = ollamaParameters(spec.parameters);
  const settings = { digest, context, parameters, adapters, ...(system === undefined ? {} : { system }) };
  const revision = revisionOf(settings).slice(0, versionDigits);
  return {
    revision,
    digest,
    source: model.source,
    served: servedName(metadata, revision),
    base: baseName(metadata, digest),
    ...pullOf(spec.model, model.pulledFrom, insecureRegistries),
    files: spec.model.files ?? [],
    adapters,
    parameters: { ...parameters, num_ctx: context },
    ...(system === undefined ? {} : { system }),
    context,
    sizeBytes: model.sizeBytes,
  };
}

/**
 * What is served while the spec names something that cannot be resolved: it is kept as it is, replaced and made again, as long as its
 * settings are the spec's. `undefined` where they changed as well, or where it came as files, whose addresses are gone with the
 * old spec: then what runs is loaded again where it lies, and that is all.
 */
export function lastWanted(
  { deployment, insecureRegistries }: Pick<Snapshot, "deployment" | "insecureRegistries">,
  model: ResolvedModel | undefined,
  replicas: readonly Replica[],
): Wanted | undefined {
  if (model?.source !== "Registry") return undefined;
  const { adapters } = deployment.spec.model;
  const source: ModelSource = { ollama: model.reference, ...(adapters === undefined ? {} : { adapters }) };
  const before = { ...deployment, spec: { ...deployment.spec, model: source } };
  const wanted = wantedOf(before, model, insecureRegistries);
  return replicas.some(({ revision }) => revision === wanted.revision) ? wanted : undefined;
}

function pullOf(
  source: ModelSource,
  elsewhere: string | undefined,
  insecureRegistries: ReadonlySet<string>,
): Pick<Wanted, "pull"> {
  const own = registryReference(source);
  if (!own) return {};
  const reference = elsewhere === undefined ? own : parseReference(elsewhere);
  return {
    pull: {
      reference: canonicalReference(reference),
      name: displayReference(reference),
      insecure: insecureRegistries.has(reference.host),
    },
  };
}

/** As Ollama's Modelfile names them (https://docs.ollama.com/modelfile). */
function ollamaParameters(given: GenerationParameters): Record<string, ParameterValue> {
  const named: Record<string, ParameterValue | undefined> = {
    temperature: given.temperature,
    top_p: given.topP,
    top_k: given.topK,
    min_p: given.minP,
    repeat_penalty: given.repeatPenalty,
    seed: given.seed,
    num_predict: given.maxTokens,
    stop: given.stop,
  };
  return Object.fromEntries(
    Object.entries(named).filter((entry): entry is [string, ParameterValue] => entry[1] !== undefined),
  );
}
