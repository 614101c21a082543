/**
 * A wait is a condition with a deadline, and the deadline is for what never comes: one that a busy machine can miss fails now and then, and nobody learns
 * anything from it. How soon something happens is measured by `npm run bench`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const shortestMs = 15_000;
const deadline = /\btimeout: (\d[\d_]*)/g;

function hurried(text: string): string[] {
  return [...text.matchAll(deadline)].flatMap(([found, ms = ""]) =>
    Number(ms.replaceAll("_", "")) < shortestMs ? [found] : [],
  );
}

test("no test gives up on what it waits for before a busy machine can have done it", () => {
  const rooms = ["operator", "api", "governance", "cli", "test"];
  const files = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" }).flatMap((file) =>
      /\.(test|suite)\.ts$/.test(file) ? [join(room, file)] : [],
    ),
  );
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    hurried(readFileSync(join(root, file), "utf8")).map((words) => `${file}: ${words}`),
  );
  expect(found).toEqual([]);
});

test("a short deadline would be found, and a long one is none", () => {
  const wait = (ms: string): string => `expect.poll(ask, { ${"timeout"}: ${ms} })`;
  expect([wait("5_000"), wait("14999"), wait("60_000")].map((text) => hurried(text).length)).toEqual([1, 1, 0]);
});
