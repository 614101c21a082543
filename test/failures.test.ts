/** What the end of a run says of what failed: the runner's own report of real files, read again. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { failuresOf } from "./failures.mjs";

test("a failed test is named by its file, its name and its reason; a file that cannot be loaded, and what fails outside of all tests, by its error; the others not at all", () => {
  const root = mkdtempSync(join(tmpdir(), "commonhold-failures-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  symlinkSync(join(import.meta.dirname, "../node_modules"), join(root, "node_modules"));
  const write = (name: string, text: string) => writeFileSync(join(root, name), text);
  const head = `import { expect, test } from "vitest";\n`;
  write("sums.test.ts", `${head}test("adds", () => expect(1 + 1).toBe(3));\ntest("counts", () => undefined);\n`);
  write("whole.test.ts", `${head}test("is whole", () => undefined);\n`);
  write("gone.test.ts", `${head}import "./not-there.ts";\ntest("is never run", () => undefined);\n`);
  write("late.test.ts", `${head}test("ends", () => void Promise.reject(new Error("too late")));\n`);
  const report = join(root, "report.json");
  const outside = join(root, "outside.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=json", `--reporter=${join(import.meta.dirname, "outside-reporter.mjs")}`];
  const args = ["run", "--root", root, ...reporters, `--outputFile.json=${report}`];
  const env = { ...process.env, COMMONHOLD_TEST_OUTSIDE: outside };
  expect(spawnSync(process.execPath, [vitest, ...args], { cwd: root, env }).status).toBe(1);
  const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));
  const failures = failuresOf(read(report), read(outside), root).sort();
  expect(failures).toHaveLength(3);
  expect(failures[0]).toMatch(/^✗ an error outside of all tests\n {4}Error: too late/);
  expect(failures[1]).toMatch(/^✗ gone\.test\.ts\n {4}.*not-there/);
  expect(failures[2]).toMatch(/^✗ sums\.test\.ts > adds\n {4}AssertionError: expected 2 to be 3/);
  expect(failures[2]).toContain("sums.test.ts:2");
});

test("a report without results has nothing to say", () => {
  expect(failuresOf({}, [], "/")).toEqual([]);
});
