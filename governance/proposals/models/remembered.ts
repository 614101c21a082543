/** The same proposals are planned again with every pass: what a registry said a moment ago is not asked for again. */
import type { ModelSource } from "../../../operator/apis/model-deployment.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import { ModelError } from "../../../operator/models/model-error.ts";
import type { DescribeModel, ModelDescription } from "./description.ts";

const keptMs = 15 * 60_000;
/** A registry that is away may be back soon. */
const failureKeptMs = 2 * 60_000;
const keptMax = 500;

type Answer = { readonly description: ModelDescription } | { readonly failure: ModelError };

export function rememberedDescriptions(describe: DescribeModel, clock: Clock): DescribeModel {
  const known = new Map<string, { readonly answer: Answer; readonly until: number }>();
  return async (source, signal) => {
    const key = keyOf(source);
    const before = known.get(key);
    const answer = before && before.until > clock.now() ? before.answer : await ask(describe, source, signal);
    if (answer !== before?.answer) {
      if (known.size >= keptMax) known.clear();
      known.set(key, { answer, until: clock.now() + ("failure" in answer ? failureKeptMs : keptMs) });
    }
    if ("failure" in answer) throw answer.failure;
    return answer.description;
  };
}

function keyOf({ ollama, huggingFace, files, adapters, digest }: ModelSource): string {
  return JSON.stringify([ollama, huggingFace, files, adapters, digest]);
}

async function ask(describe: DescribeModel, source: ModelSource, signal: AbortSignal): Promise<Answer> {
  try {
    return { description: await describe(source, signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ModelError) return { failure: error };
    throw error;
  }
}
