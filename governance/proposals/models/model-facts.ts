/** Looks up the models that a proposal brings or changes, and says of each what could be found, or why nothing. */
import { isDeepStrictEqual } from "node:util";
import type { ModelSource } from "../../../operator/apis/model-deployment.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import { withinMs } from "../../../operator/models/deadline.ts";
import { ModelError } from "../../../operator/models/model-error.ts";
import { printable } from "../../../operator/text/printable.ts";
import { atOnce } from "../../policy/at-once.ts";
import { type GovernedObject, objectKey } from "../../policy/policy.ts";
import { type ChangedObject, nameOf } from "../changed-objects.ts";
import { modelMsMax, modelsAtOnceMax, modelsMax } from "../limits.ts";
import type { ModelFacts } from "../plan.ts";
import type { DescribeModel, ModelDescription } from "./description.ts";

export interface FoundModel {
  readonly changed: ChangedObject;
  readonly description?: ModelDescription;
  /** Why there is none. */
  readonly unknown?: string;
}

/** Of every ModelDeployment that comes or whose spec changes: by object key. All together within `modelMsMax`. */
export async function findModels(
  changes: readonly ChangedObject[],
  describe: DescribeModel | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FoundModel>> {
  const deployments = changes.filter(({ kind, after }) => kind === "ModelDeployment" && after !== undefined);
  const late = (): Error => new ModelError("Unreachable", `nothing was answered within ${modelMsMax / 1000} s`);
  const found = await withinMs(clock, modelMsMax, late, signal, (inner) =>
    atOnce(deployments, modelsAtOnceMax, async (changed, index): Promise<FoundModel> => {
      if (!describe) return { changed, unknown: "no registry is asked by this service" };
      if (index >= modelsMax) return { changed, unknown: `more than ${modelsMax} models change at once` };
      return lookUp(changed, describe, inner, signal);
    }),
  );
  return new Map(found.map((one) => [objectKey(one.changed), one]));
}

async function lookUp(
  changed: ChangedObject,
  describe: DescribeModel,
  inner: AbortSignal,
  outer: AbortSignal,
): Promise<FoundModel> {
  try {
    const source = changed.after && sourceOf(changed.after);
    if (!source) return { changed, unknown: "it names no model" };
    inner.throwIfAborted();
    return { changed, description: await describe(source, inner) };
  } catch (error) {
    outer.throwIfAborted();
    if (error instanceof ModelError) return { changed, unknown: printable(error.message, sentenceCharsMax) };
    throw error;
  }
}

const sentenceCharsMax = 500;

/** Of those whose model itself comes or changes; another number of replicas is no news about a model. */
export function factsOf(found: ReadonlyMap<string, FoundModel>): ModelFacts[] {
  return [...found.values()].flatMap(({ changed, description, unknown }): ModelFacts[] => {
    const { before, after } = changed;
    if (before && after && isDeepStrictEqual(sourceOf(before), sourceOf(after))) return [];
    const reference = description?.reference ?? writtenReference(after && sourceOf(after));
    const facts = { ...nameOf(changed), reference: printable(reference, sentenceCharsMax) };
    if (!description) return [{ ...facts, unknown: unknown ?? "it was not looked up" }];
    const { bytes, licence } = description;
    return [{ ...facts, bytes, ...(licence !== undefined && { licence }) }];
  });
}

/** `readPolicy` has checked the spec against the schema of its kind. */
export function sourceOf({ body }: GovernedObject): ModelSource | undefined {
  const spec = body["spec"] as { readonly model?: ModelSource } | undefined;
  return spec?.model;
}

function writtenReference(source: ModelSource | undefined): string {
  const { ollama, huggingFace, files = [] } = source ?? {};
  if (ollama !== undefined) return ollama;
  if (huggingFace) return `${huggingFace.repo} at Hugging Face`;
  return files.length === 1 ? "a file" : `${files.length} files`;
}
