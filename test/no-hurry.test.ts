/**
 * A wait is a condition with a deadline, and the deadline is for what never comes: one that a busy machine can miss fails now and then, and nobody learns
 * anything from it. How soon something happens is measured by `npm run bench`.
 */
import { expect, test } from "vitest";
import { sourcesLike } from "./sources.ts";

const shortestMs = 15_000;
const deadline = /\btimeout: (\d[\d_]*)/g;

function hurried(text: string): string[] {
  return [...text.matchAll(deadline)].flatMap(([found, ms = ""]) =>
    Number(ms.replaceAll("_", "")) < shortestMs ? [found] : [],
  );
}

test("no test gives up on what it waits for before a busy machine can have done it", () => {
  const sources = sourcesLike(/\.(test|suite)\.ts$/);
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.flatMap(({ path, text }) => hurried(text).map((words) => `${path}: ${words}`))).toEqual([]);
});

test("a short deadline would be found, and a long one is none", () => {
  const wait = (ms: string): string => `expect.poll(ask, { ${"timeout"}: ${ms} })`;
  expect([wait("5_000"), wait("14999"), wait("60_000")].map((text) => hurried(text).length)).toEqual([1, 1, 0]);
});
