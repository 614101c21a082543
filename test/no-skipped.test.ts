/** A test that is skipped says nothing, and nobody reads that it was: what cannot run is not defined (`vitest.config.ts`, `test/governance/killed/full.ts`). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const skips = /\b(?:test|it|describe|context|suite)\.(?:skip|skipIf|runIf|todo|only)\b/;

test("no test is skipped, left for later, or the only one", () => {
  const rooms = ["operator", "api", "governance", "cli", "test"];
  const files = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" }).flatMap((file) =>
      file.endsWith(".ts") ? [join(room, file)] : [],
    ),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => skips.test(readFileSync(join(root, file), "utf8")))).toEqual([]);
});
