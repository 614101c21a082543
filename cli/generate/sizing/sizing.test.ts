import { describe, expect, test } from "vitest";
import { knownModels } from "./models.ts";
import { memoryOf, resolvedModel } from "./page.ts";

const named = knownModels.map((model) => [model.name, model] as const);
const contexts = [4_096, 8_192];

describe.each(named)("%s", (_, model) => {
  test("has a size that follows from its shape, and is what was published where that is known", () => {
    const { sizeBytes } = resolvedModel(model);
    expect(Number.isInteger(sizeBytes)).toBe(true);
    if (model.publishedGb !== undefined) {
      expect(Math.abs(sizeBytes / 1e9 - model.publishedGb) / model.publishedGb).toBeLessThan(0.03);
    }
  });

  test("takes more memory than its files, and more with more context", () => {
    for (const device of ["accelerator", "cpu"] as const) {
      const [short = 0, long = 0] = contexts.map((context) => memoryOf(model, context, device));
      expect(short).toBeGreaterThan(resolvedModel(model).sizeBytes);
      expect(long).toBeGreaterThan(short);
    }
  });

  test("says where its shape can be read", () => {
    expect(model.sources.length).toBeGreaterThan(0);
    for (const source of model.sources) expect(source).toMatch(/^https:\/\//);
  });
});

test("most sizes can be compared with what was published", () => {
  expect(knownModels.filter(({ publishedGb, ownFormat }) => publishedGb && !ownFormat).length).toBeGreaterThanOrEqual(
    4,
  );
});
