/** What steps do to a host of the planner's world, as the real ones would. */

import type { TaskStep } from "../../operator/deployments/command.ts";
import type { ModelFacts } from "../../operator/deployments/shape-facts.ts";
import type { TaskResult } from "../../operator/deployments/tasks/outcome.ts";
import { digest, type WorldHost } from "./world-host.ts";

/** What a world is like. */
export interface Nature {
  readonly sizeBytes: number;
  readonly measuredBytes: number;
  readonly sameWeights: boolean;
  readonly hostTells: ModelFacts | undefined;
}

/** Does the step on the host at once. */
export function effectOf(step: TaskStep, host: WorldHost, nature: Nature): TaskResult {
  switch (step.kind) {
    case "Pull":
      if (host.models.has(step.name)) return { kind: "AlreadyThere" };
      host.models.set(step.name, { digest: step.digest, bytes: nature.sizeBytes });
      host.touched.push(step.name);
      return { kind: "Pull", digest: step.digest };
    case "Alias":
      host.models.set(step.base, { digest: step.digest, bytes: nature.sizeBytes, ours: true });
      host.touched.push(step.base);
      return { kind: "Alias", ...(step.describe && nature.hostTells ? { facts: nature.hostTells } : {}) };
    case "DropPulled":
      if (host.models.get(step.name)?.digest === step.digest) host.models.delete(step.name);
      host.touched.push(step.name);
      return { kind: "DropPulled" };
    case "MakeBase":
    case "MakeServed": {
      const name = step.kind === "MakeBase" ? step.base : step.served;
      const created = digest(`${host.name}/${JSON.stringify(step)}`);
      const base = step.kind === "MakeServed" ? host.models.get(step.base) : undefined;
      const weights = nature.sameWeights ? digest("weights") : base?.digest;
      const made = { digest: created, bytes: nature.sizeBytes, ours: true };
      host.models.set(name, weights === undefined ? made : { ...made, weights });
      host.touched.push(name);
      return { kind: step.kind, created, version: host.version };
    }
    case "Load":
      return load(step.served, step.context, host, nature);
  }
}

/** As Ollama: one runner per weights, listed under the name that loaded it; another context loads anew. */
function load(served: string, context: number, host: WorldHost, nature: Nature): TaskResult {
  const weights = host.models.get(served)?.weights;
  const running = [...host.loaded].find(([, runner]) => runner.weights !== undefined && runner.weights === weights);
  host.touched.push(served);
  if (running?.[1].context !== context) {
    if (running) host.loaded.delete(running[0]);
    const bytes = nature.measuredBytes;
    const runner = { bytes, vramBytes: host.accelerated ? bytes : 0, context };
    host.loaded.set(served, weights === undefined ? runner : { ...runner, weights });
  }
  const loadedAs = running?.[1].context === context && running[0] !== served ? { loadedAs: running[0] } : {};
  return { kind: "Load", ...loadedAs, bytes: nature.measuredBytes, acceleratorBytes: 0, context, tookMs: 10 };
}
