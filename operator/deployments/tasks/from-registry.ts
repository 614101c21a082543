/** The steps that bring a model from a registry: download, compare, keep under a name of ours, take the download's name away. */
import type { Digest } from "../../engines/engine.ts";
import { EngineError } from "../../engines/error.ts";
import type { TaskStep } from "../command.ts";
import { DigestDiffers } from "../failure.ts";
import { described } from "./describe.ts";
import type { TaskResult } from "./outcome.ts";
import type { StepContext } from "./run.ts";

type Step<K extends TaskStep["kind"]> = Extract<TaskStep, { kind: K }>;

/**
 * The name was written down as ours because the host had none of it. Should it be there now, somebody pulled it since, and it is
 * theirs: nothing is pulled over it. What arrives with another digest than the resolved one is deleted again at once.
 */
export async function pull(step: Step<"Pull">, { engine, host, signal, report }: StepContext): Promise<TaskResult> {
  const before = await digestOf(step.name, { engine, signal });
  if (before !== undefined) return { kind: "AlreadyThere" };
  await engine.pull(step.reference, {
    signal,
    insecure: step.insecure,
    holdAs: step.holdAs,
    expected: step.expected,
    onProgress: ({ phase, completedBytes, totalBytes }) =>
      report({ completedBytes, totalBytes, phase: phase === "verify" || phase === "write" ? "verify" : "transfer" }),
  });
  const digest = await digestOf(step.name, { engine, signal });
  if (digest === step.digest) return { kind: "Pull", digest };
  if (digest === undefined) {
    throw new EngineError("BadResponse", `${host} says that it pulled ${step.reference}, but does not list it`);
  }
  await engine.remove(step.name, { signal });
  throw new DigestDiffers(
    `${host} got ${digest} and not ${step.digest}, to which ${step.reference} was resolved: the registry, something on the way, or the host changed it, or the tag moved in between. It was deleted again`,
  );
}

export async function aliasBase(step: Step<"Alias">, { engine, host, signal }: StepContext): Promise<TaskResult> {
  await engine.copy(step.from, step.base, { signal });
  const digest = await digestOf(step.base, { engine, signal });
  if (digest !== step.digest) {
    throw new DigestDiffers(`${host} has ${digest ?? "nothing"} under ${step.base}, ${step.digest} was copied there`);
  }
  return { kind: "Alias", ...(await described(step.base, step.describe, { engine, signal })) };
}

export async function dropPulled(step: Step<"DropPulled">, { engine, signal }: StepContext): Promise<TaskResult> {
  // Somebody may have pulled the name since the plan was made: then it is theirs.
  if ((await digestOf(step.name, { engine, signal })) === step.digest) await engine.remove(step.name, { signal });
  return { kind: "DropPulled" };
}

/** As the host claims it. */
export async function digestOf(
  name: string,
  { engine, signal }: Pick<StepContext, "engine" | "signal">,
): Promise<Digest | undefined> {
  const models = await engine.models({ signal });
  return models.find((model) => model.name === name)?.digest;
}
