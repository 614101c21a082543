import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { digestOf } from "./digest.ts";
import { pinOfFiles, revisionOf } from "./identity.ts";

const [a, b] = ["a", "b"].map((text) => ({ sha256: createHash("sha256").update(text).digest("hex") }));
const [first, second] = [a!, b!];

describe("the pin of a model made from files", () => {
  test("is what sha256sum says of the documented text", () => {
    const text = `commonhold model pin v1\nfile ${first.sha256}\nadapter ${second.sha256}\n`;
    expect(pinOfFiles([first], [second])).toBe(digestOf(text));
  });

  test.each([
    ["another file", pinOfFiles([second])],
    ["another order of parts", pinOfFiles([second, first])],
    ["a file used as adapter", pinOfFiles([first], [second])],
    ["one part more", pinOfFiles([first, second, second])],
  ])("differs with %s", (_, pin) => {
    expect(pin).not.toBe(pinOfFiles([first, second]));
  });
});

describe("the revision of a served model", () => {
  const model = {
    digest: digestOf("m"),
    context: 4096,
    parameters: { temperature: 0.2, top_k: 40 },
    system: "Be brief.",
  };

  test("does not depend on the order in which parameters were written", () => {
    expect(revisionOf({ ...model, parameters: { top_k: 40, temperature: 0.2 } })).toBe(revisionOf(model));
  });

  test.each([
    ["another model", { digest: digestOf("n") }],
    ["another context", { context: 8192 }],
    ["another parameter", { parameters: { temperature: 0.3, top_k: 40 } }],
    ["a parameter less", { parameters: { temperature: 0.2 } }],
    ["another system prompt", { system: "Be long." }],
    ["an empty system prompt", { system: "" }],
    ["an adapter", { adapters: [first] }],
  ])("differs with %s", (_, change) => {
    expect(revisionOf({ ...model, ...change })).not.toBe(revisionOf(model));
  });
});
