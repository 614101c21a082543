import { describe, expect, test } from "vitest";
import type { ModelHostSpec } from "../apis/model-host.ts";
import type { LoadedModel } from "../engines/engine.ts";
import { judgeSettings } from "./engine-settings.ts";
import { GiB, inMemory, want } from "./testing/builders.ts";

const memory = {
  weightsBytes: 4 * GiB,
  kvCacheBytes: GiB,
  graphBytes: GiB / 2,
  totalBytes: 5.5 * GiB,
  source: "Estimated" as const,
};
const shapeless = { ...memory, kvCacheBytes: 0, weightsBytes: 5 * GiB };
const wants = [want("ours", { served: true, memory }), want("shapeless", { served: true, memory: shapeless })];
const loaded = (gib: number): LoadedModel[] => [inMemory("ours", { bytes: gib * GiB })];
const engine = (more: Partial<ModelHostSpec["engine"]> = {}) => ({
  kind: "Ollama" as const,
  parallel: 1,
  kvCacheType: "f16" as const,
  ...more,
});

const cases: Record<string, [settings: ModelHostSpec["engine"], loaded: LoadedModel[], reason: string]> = {
  "nothing loaded: a claim": [engine(), [], "Claimed"],
  "what the shape explains": [engine(), loaded(5.5), "Claimed"],
  "a rough estimate is no contradiction": [engine(), loaded(6), "Claimed"],
  "a cache four times as large: the server answers four at once": [engine(), loaded(8.5), "MoreMemoryThanDeclared"],
  "four at once, as declared": [engine({ parallel: 4 }), loaded(8.5), "Claimed"],
  "four declared, one runs": [engine({ parallel: 4 }), loaded(5.5), "LessMemoryThanDeclared"],
  "q8_0 declared, f16 runs": [engine({ parallel: 4, kvCacheType: "q8_0" }), loaded(8.5), "MoreMemoryThanDeclared"],
  "q8_0, as declared": [engine({ parallel: 4, kvCacheType: "q8_0" }), loaded(6.6), "Claimed"],
  "a model that is still loading says nothing": [engine({ parallel: 4 }), loaded(2), "Claimed"],
  "a model of unknown shape, whose cache nobody can estimate, says nothing": [
    engine(),
    [inMemory("shapeless", { bytes: 9 * GiB })],
    "Claimed",
  ],
  "strangers' models say nothing": [engine(), [inMemory("theirs", { bytes: 40 * GiB })], "Claimed"],
  "more models than declared": [
    engine({ maxLoadedModels: 1 }),
    [...loaded(5.5), inMemory("theirs")],
    "MoreModelsThanDeclared",
  ],
  "as many as declared": [engine({ maxLoadedModels: 2 }), [...loaded(5.5), inMemory("theirs")], "Claimed"],
};

describe("settings of a server", () => {
  test.each(Object.entries(cases))("%s", (_, [settings, models, reason]) => {
    expect(judgeSettings(settings, models, wants).reason).toBe(reason);
  });

  test("a contradiction is told with numbers and what to do", () => {
    expect(judgeSettings(engine(), loaded(8.5), wants).message).toBe(
      "ours takes 8.5 GiB as the host claims, parallel 1 and KV cache f16 explain 5.5 GiB: set spec.engine to what the server runs with",
    );
  });

  test("what cannot be measured is called a claim", () => {
    expect(judgeSettings(engine({ maxLoadedModels: 3 }), [], []).message).toBe(
      "parallel 1 and KV cache f16, at most 3 loaded models are the owner's claim; nothing measured contradicts it",
    );
  });
});
