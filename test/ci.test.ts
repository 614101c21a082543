/** `.ci/run` in a clone where npm only says what the suites would: what CI reads off it is the last line and the exit code. */
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

interface Suite {
  prints: string;
  code: number;
}

function run(suites: { test: Suite; e2e: Suite; node?: Suite; planted?: Suite }, tools: Record<string, string> = {}) {
  const root = mkdtempSync(join(tmpdir(), "commonhold-ci-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const program = (name: string, script: string): void => {
    writeFileSync(join(root, "bin", name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(root, "bin", name), 0o755);
  };
  for (const folder of [".ci", "bin"]) mkdirSync(join(root, folder));
  copyFileSync(join(import.meta.dirname, "../.ci/run"), join(root, ".ci/run"));
  const say = ({ prints, code }: Suite): string => `printf '${prints}'; exit ${code}`;
  const { node = quiet, planted = found } = suites;
  const cases = [
    `test) ${say(suites.test)};;`,
    `"run test:e2e") ${say(suites.e2e)};;`,
    `"run test:node") ${say(node)};;`,
    `*planted) ${say(planted)};;`,
  ];
  program("npm", `read -r line && exit 99\ncase "$*" in\n${cases.join("\n")}\nesac`);
  for (const name of ["containerd", "runc", "buildah", "mmdebstrap", "nft", "conntrack", "ip", "bridge"]) {
    program(name, "exit 0");
  }
  const all = { "g++": "exit 0", python3: "exit 0", "apt-get": `echo "$*" >> ${root}/installed`, ...tools };
  for (const [name, script] of Object.entries(all)) program(name, script);
  const env = { PATH: `${join(root, "bin")}:/usr/bin:/bin`, CI: "true", COMMONHOLD_CNI_PLUGINS: join(root, "bin") };
  const { status, stdout } = spawnSync("bash", [join(root, ".ci/run")], { encoding: "utf8", env, input: "a line\n" });
  const lines = stdout.trimEnd().split("\n");
  return { status, lines, last: lines.at(-1), installed: existsSync(join(root, "installed")) };
}

const found = { prints: "3 caught, 0 survived\\n\\n3 passed, 0 failed, 0 skipped\\n", code: 0 };
const quiet = { prints: "0 passed, 0 failed, 0 skipped\\n", code: 0 };
const good = { prints: "dots\\n\\n10 passed, 0 failed, 1 skipped\\n", code: 0 };

test("all suites are added up", () => {
  const e2e = { prints: "5 passed, 0 failed, 2 skipped\\n", code: 0 };
  expect(run({ test: good, e2e })).toMatchObject({
    status: 0,
    last: "18 passed, 0 failed, 3 skipped",
    installed: false,
  });
});

test("a planted bug that survives is failure", () => {
  const planted = { prints: "2 caught, 1 survived\\n\\n2 passed, 1 failed, 0 skipped\\n", code: 1 };
  expect(run({ test: good, e2e: good, planted })).toMatchObject({ status: 1, last: "22 passed, 1 failed, 2 skipped" });
});

test.each([
  [
    "a failed test of the first",
    { prints: "9 passed, 1 failed, 0 skipped\\n", code: 1 },
    good,
    "22 passed, 1 failed, 1 skipped",
  ],
  [
    "a failed test of the second",
    good,
    { prints: "4 passed, 3 failed, 0 skipped\\n", code: 1 },
    "17 passed, 3 failed, 1 skipped",
  ],
  [
    "a suite that broke off without a count",
    { prints: "Killed\\n", code: 137 },
    good,
    "13 passed, 1 failed, 1 skipped",
  ],
  [
    "a runner that fails though every test passed",
    good,
    { prints: "4 passed, 0 failed, 0 skipped\\n", code: 1 },
    "17 passed, 0 failed, 1 skipped",
  ],
])("%s is failure", (_, first, second, last) => {
  expect(run({ test: first, e2e: second })).toMatchObject({ status: 1, last });
});

test("what a real node shows is counted, and its failure is failure", () => {
  const node = { prints: "20 passed, 1 failed, 0 skipped\\n", code: 1 };
  expect(run({ test: good, e2e: good, node })).toMatchObject({ status: 1, last: "43 passed, 1 failed, 2 skipped" });
});

test("what failed is said once more below everything else, where whoever reads only the end finds it", () => {
  const broken = "— what failed\\n✗ a.test.ts > adds\\n    expected 2 to be 3\\n\\n9 passed, 1 failed, 0 skipped\\n";
  const planted = { prints: "SURVIVED   1.2 s  It adds wrongly.\\n2 passed, 1 failed, 0 skipped\\n", code: 1 };
  const { lines } = run({ test: { prints: broken, code: 1 }, e2e: good, planted });
  expect(lines.slice(-7)).toEqual([
    "— what failed",
    "✗ a.test.ts > adds",
    "    expected 2 to be 3",
    "",
    "SURVIVED   1.2 s  It adds wrongly.",
    "",
    "21 passed, 2 failed, 1 skipped",
  ]);
});

test("only the last count of a suite counts: a test may print one too", () => {
  const e2e = { prints: "7 passed, 7 failed, 7 skipped\\n1 passed, 0 failed, 0 skipped\\n", code: 0 };
  expect(run({ test: good, e2e }).last).toBe("14 passed, 0 failed, 1 skipped");
});

test.each([
  ["installed where nobody has to be asked", "echo 0", true],
  ["only named where it would take another user", "echo 1000", false],
])("what is missing on a bare machine is %s", (_, id, installed) => {
  expect(run({ test: good, e2e: good }, { python3: "exit 1", id }).installed).toBe(installed);
});
