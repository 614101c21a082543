/** That every planted bug can still be planted: a change of the sources is told at once, not when all of them are tried. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Patch, readPatches } from "./patches.mjs";

const root = join(import.meta.dirname, "../../..");
const patches: readonly Patch[] = readPatches();

describe("planted bugs", () => {
  test("are at least twenty, and no two say the same", () => {
    expect(patches.length).toBeGreaterThanOrEqual(20);
    expect(new Set(patches.map(({ sentence }) => sentence)).size).toBe(patches.length);
  });

  test.each(patches.map((patch) => [patch.name, patch] as const))("%s still applies", (_, { text, files }) => {
    const { stderr, status } = spawnSync("git", ["apply", "--check", "-"], {
      cwd: root,
      input: text,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(files.filter((file) => /\.(test|fixture)\.ts$/.test(file))).toEqual([]);
  });

  test.each(patches.map((patch) => [patch.name, patch] as const))("%s names tests that there are", (_, patch) => {
    for (const path of patch.tests) expect(existsSync(join(root, path)), path).toBe(true);
    if (patch.title === undefined) return;
    // A title is a pattern: each part of it stands in one of the files.
    const texts = patch.tests.map((path) => readFileSync(join(root, path), "utf8"));
    for (const part of patch.title.split("|"))
      expect(
        texts.some((text) => text.includes(part)),
        part,
      ).toBe(true);
  });
});
