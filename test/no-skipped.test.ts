/** A test that is skipped says nothing, and nobody reads that it was: what cannot run is not defined (`vitest.config.ts`, `test/governance/killed/full.ts`). */
import { expect, test } from "vitest";
import { sourcesLike } from "./sources.ts";

const skips = /\b(?:test|it|describe|context|suite)\.(?:skip|skipIf|runIf|todo|only)\b/;

test("no test is skipped, left for later, or the only one", () => {
  const sources = sourcesLike(/\.ts$/);
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.flatMap(({ path, text }) => (skips.test(text) ? [path] : []))).toEqual([]);
});
