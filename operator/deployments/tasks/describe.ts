/** The model's shape as the host tells it, where nobody told it before the download. A claim, like all that a host says. */
import { isEngineError } from "../../engines/error.ts";
import { ModelError } from "../../models/model-error.ts";
import { shapeOfFacts } from "../../models/model-shape.ts";
import { factsOf, type ModelFacts } from "../shape-facts.ts";
import type { StepContext } from "./run.ts";

/** Empty where the host does not say, or says what cannot be: the estimate stays a rough one then. */
export async function described(
  name: string,
  describe: boolean,
  { engine, signal }: Pick<StepContext, "engine" | "signal">,
): Promise<{ facts?: ModelFacts }> {
  if (!describe) return {};
  try {
    const { facts } = await engine.inspect(name, { signal });
    return { facts: factsOf(shapeOfFacts(facts)) };
  } catch (error) {
    if (error instanceof ModelError || isEngineError(error)) return {};
    throw error;
  }
}
