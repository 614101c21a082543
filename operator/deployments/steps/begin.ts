import type { TaskStep } from "../command.ts";
import type { Next } from "./realise.ts";
import { whileDoing } from "./wait.ts";

/** Begins a step: the same words as while it runs. */
export function wordsOfStep(step: TaskStep, host: string): Next {
  return { ...whileDoing({ step, host }), step };
}
