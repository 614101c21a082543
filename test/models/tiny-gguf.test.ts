import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseGguf } from "../../operator/models/gguf.ts";
import { shapeOfGguf } from "../../operator/models/model-shape.ts";
import { type TinyShape, tinyGguf } from "./tiny-gguf.ts";
import { tinyLora } from "./tiny-lora.ts";

const digest = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("a tiny model", () => {
  test("is as small as was promised", () => {
    expect(tinyGguf().length).toBeLessThan(300_000);
  });

  test("has the same bytes for the same seed, on every machine", () => {
    expect(digest(tinyGguf())).toBe(digest(tinyGguf({ seed: 1 })));
    expect(digest(tinyGguf())).toBe("9af6d7f031644ee07af8efe7de9b4cde496fd41514aad14807800cff8301b0a9");
  });

  test("has other bytes for another seed, name or shape", () => {
    const others: Partial<TinyShape>[] = [
      { seed: 2 },
      { name: "other" },
      { layers: 2 },
      { context: 4096 },
      { tied: true },
    ];
    const digests = [{}, ...others].map((change) => digest(tinyGguf(change)));
    expect(new Set(digests).size).toBe(digests.length);
  });

  test.each([
    { architecture: "llama", layers: 3, width: 96, heads: 4, kvHeads: 2 },
    { architecture: "qwen2", layers: 1, width: 64, heads: 8, kvHeads: 8 },
    { architecture: "qwen3", layers: 2, width: 64, heads: 4, kvHeads: 1, headWidth: 32 },
  ] as const)("reads back as the shape that was asked for: %j", (asked) => {
    const { headWidth, ...same } = { headWidth: asked.width / asked.heads, ...asked };
    expect(shapeOfGguf(parseGguf(tinyGguf(asked))!)).toMatchObject({
      architecture: same.architecture,
      blockCount: same.layers,
      embeddingLength: same.width,
      headCount: same.heads,
      headCountKv: same.kvHeads,
      keyLength: headWidth,
    });
  });

  test("may have a larger vocabulary", () => {
    expect(shapeOfGguf(parseGguf(tinyGguf({ vocabulary: 1000 }))!).vocabSize).toBe(1000);
  });
});

test("a tiny adapter says what it is", () => {
  const { facts } = parseGguf(tinyLora())!;
  expect(facts.get("general.type")).toBe("adapter");
  expect(facts.get("adapter.lora.alpha")).toBe(8);
});
