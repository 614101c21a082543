/** The checks from the served model on: in memory and answering, on disk, made from its base, or pushed out. */
import { formatBytes } from "../../text/bytes.ts";
import { doublingMs } from "../limits.ts";
import { wordsOfStep } from "./begin.ts";
import type { Next } from "./realise.ts";
import { hasBase, hasServed, isCurrent, residentOf, type Situation } from "./situation.ts";

/**
 * Of other settings than are wanted now: it serves as it is and is neither repaired nor loaded again. While nobody knows what is wanted, it
 * is all there is, and is loaded again.
 */
export function keepAsItIs(at: Situation): Next | undefined {
  const { replica, part, host, draft } = at;
  if (isCurrent(at)) return undefined;
  draft.pulled.add(replica.id);
  if (!at.wanted && hasServed(at)) return undefined;
  if (replica.state !== "Ready" && replica.state !== "Lost") return { state: replica.state };
  if (hasServed(at)) return { state: "Ready" };
  return {
    state: "Failed",
    reason: "CreateFailed",
    message: `${host.name} no longer has ${part.model} as it was made, and its settings are no longer wanted.`,
  };
}

export function serveIt(at: Situation): Next | undefined {
  const { replica, host, draft } = at;
  if (!hasServed(at)) return undefined;
  draft.pulled.add(replica.id);
  const answered = replica.digest !== undefined || draft.probed.has(replica.id);
  const resident = residentOf(at);
  if (!answered || !resident || resident.others) return undefined;
  replica.digest = draft.status.model?.digest ?? "";
  sayFallback(at, resident.model);
  return { state: "Ready", message: `Served on ${host.name}.` };
}

/** A host says how much of a model is on its accelerator; less than all of it is slow, and Ollama says nothing (it falls back in silence). */
function sayFallback({ draft, host }: Situation, model: { bytes: number; vramBytes: number }): void {
  if (!host.accelerated || model.bytes === 0 || model.vramBytes >= model.bytes) return;
  const onCpu = formatBytes(model.bytes - model.vramBytes);
  draft.degraded.push({
    reason: "CpuFallback",
    message: `${onCpu} of ${formatBytes(model.bytes)} run on the CPU of ${host.name}: as it claims, its accelerator did not take all`,
  });
}

export function loadIt(at: Situation): Next | undefined {
  const { replica, part, host, draft, wanted } = at;
  if (!hasServed(at) || part.model === undefined) return undefined;
  const loadAt = nextLoadAt(at);
  const others = residentOf(at)?.others;
  if (draft.now < loadAt) {
    draft.wake(loadAt);
    if (others) {
      const message = `${others.deployment} serves the same weights on ${host.name} with a context of ${others.context} tokens: each load pushes the other out`;
      draft.degraded.push({ reason: "WeightsShared", message });
      return { state: "Loading", reason: "WeightsShared", message: `${message}.` };
    }
    return { state: "Loading", reason: "Loading", message: `${host.name} keeps pushing the model out of its memory.` };
  }
  const step = { kind: "Load", served: part.model, context: wanted?.context ?? 0 } as const;
  if (replica.state === "Ready" && part.loadedAs !== undefined && !others) {
    // The runner that it shared went with the model that had loaded it. A request that comes meanwhile waits for the load.
    return { state: "Ready", message: `Served on ${host.name}; it is loaded again under its own name.`, step };
  }
  if (replica.state === "Ready") {
    draft.tell("Warning", "Reloaded", `${part.model} was no longer in the memory of ${host.name}; it is loaded again`);
  }
  return wordsOfStep(step, host.name);
}

/** A model that is pushed out again and again is not loaded again without pause; the first time it is, at once. */
function nextLoadAt({ replica, draft }: Situation): number {
  const { loads, limits } = draft.snapshot;
  const recent = (loads.get(replica.id) ?? []).filter((time) => draft.now - time < limits.loadsWindowMs);
  const last = recent.at(-1);
  if (last === undefined || recent.length < 2) return 0;
  return last + doublingMs(limits.reloadBaseMs, limits.reloadMaxMs, recent.length - 1);
}

export function makeItServed(at: Situation): Next | undefined {
  const { replica, part, host, draft, wanted } = at;
  if (!hasBase(at) || !wanted || part.model === undefined || part.base === undefined) return undefined;
  draft.pulled.add(replica.id);
  if (part.created !== undefined) {
    const what = host.models.has(part.model) ? "was overwritten" : "was deleted";
    draft.tell("Warning", "Recreated", `${part.model} ${what} on ${host.name} by somebody else; it is made again`);
  }
  const step = {
    kind: "MakeServed",
    served: part.model,
    base: part.base,
    adapters: wanted.adapters,
    parameters: wanted.parameters,
    ...(wanted.system === undefined ? {} : { system: wanted.system }),
  } as const;
  return wordsOfStep(step, host.name);
}
