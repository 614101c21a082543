/** What the filler counts, in Prometheus' form. One registry per filler, so that two in one process (tests) do not mix. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { ModelState } from "./plan.ts";

export interface FillerMetrics {
  readonly registry: Registry;
  readonly fetchedBytes: Counter;
  readonly copies: Counter<"outcome">;
  /** How many models are in each state. */
  states(states: ReadonlyMap<string, ModelState>): void;
  /** Milliseconds since the epoch. */
  failedAt(at: number): void;
}

const stateWords: Readonly<Record<ModelState, string>> = {
  Present: "present",
  Copying: "copying",
  Unresolved: "unresolved",
  Failing: "failing",
  Refused: "refused",
  Collides: "collides",
};

export function createFillerMetrics(): FillerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const models = new Gauge({
    name: "commonhold_registry_filler_models",
    help: "Models that deployments name. state: present in the site's registry, copying or waiting for its turn, unresolved (the operator does not know yet what it is), failing (tried again), refused (what its registry has may not be copied), collides (another model has its place).",
    labelNames: ["state"],
    registers,
  });
  const failure = new Gauge({
    name: "commonhold_registry_filler_last_failure_timestamp_seconds",
    help: "When a copy failed last; 0: none has.",
    registers,
  });
  const tell = (states: ReadonlyMap<string, ModelState>): void => {
    const all = [...states.values()];
    for (const [state, word] of Object.entries(stateWords)) {
      models.set({ state: word }, all.filter((one) => one === state).length);
    }
  };
  tell(new Map());
  return {
    registry,
    fetchedBytes: new Counter({
      name: "commonhold_registry_filler_fetched_bytes_total",
      help: "Bytes of models that came from their own registries.",
      registers,
    }),
    copies: new Counter({
      name: "commonhold_registry_filler_copies_total",
      help: "Copies that ended. outcome: copied, failed.",
      labelNames: ["outcome"],
      registers,
    }),
    states: tell,
    failedAt: (at) => failure.set(at / 1_000),
  };
}
