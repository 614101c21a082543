/** Into memory to stay, then a real generation of one token: only that proves that it serves. */
import type { TaskStep } from "../command.ts";
import type { TaskResult } from "./outcome.ts";
import type { StepContext } from "./run.ts";

export async function loadAndProbe(
  { served, context }: Extract<TaskStep, { kind: "Load" }>,
  { engine, signal }: StepContext,
): Promise<TaskResult> {
  const options = { signal, ...(context > 0 ? { context } : {}) };
  await engine.load(served, options);
  const { tookMs } = await engine.probe(served, options);
  const loaded = (await engine.loaded({ signal })).find(({ name }) => name === served);
  return {
    kind: "Load",
    bytes: loaded?.bytes ?? 0,
    acceleratorBytes: loaded?.vramBytes ?? 0,
    context: loaded?.context ?? 0,
    tookMs,
  };
}
