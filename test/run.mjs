// `npm test`, `npm run test:e2e`, `npm run test:node`, `npm run test:kind`, `npm run test:full`: sets up what the tests need, runs the checks
// in order, and closes with one line that counts all tests. Plain JavaScript, because it is what installs everything else.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { prepare, root } from "../cli/prepare.mjs";
import { failuresOf } from "./failures.mjs";

const suites = {
  test: { checks: ["types", "lint", "generated"], projects: ["unit", "integration"] },
  e2e: { checks: [], projects: ["e2e"] },
  node: { checks: [], projects: ["node"], programs: ["--node"] },
  // It looks for Docker first, and for programs only where there is one.
  kind: { checks: [], projects: ["kind"], programs: null },
  full: {
    checks: ["types", "lint", "generated"],
    projects: ["unit", "integration", "e2e"],
    env: { COMMONHOLD_TEST_FULL: "1" },
  },
};

const checks = {
  types: ["node_modules/typescript/bin/tsc", "--noEmit"],
  lint: ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
  generated: ["dist/cli/generate/main.js", "--check"],
};

const suite = suites[process.argv[2] ?? "test"];
if (!suite) end(`there is no suite "${process.argv[2]}", only ${Object.keys(suites).join(", ")}`);

prepare();
if (suite.programs !== null) {
  const programs = ["dist/cli/main.js", "binaries", "--tests", ...(suite.programs ?? [])];
  node("the programs that the tests run against", programs);
}
for (const name of suite.checks) node(name, checks[name]);
const counts = suite.projects.map(runProject).reduce(add);
if (counts.failed > 0) process.stdout.write(`\n— what failed\n${counts.failures.join("\n")}\n`);
process.stdout.write(closingLine(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

function runProject(project) {
  say(project);
  const folder = join(root, "node_modules/.cache/commonhold-tests");
  const report = join(folder, `${project}.json`);
  mkdirSync(folder, { recursive: true });
  const outside = join(folder, `${project}-outside.json`);
  for (const file of [report, outside]) rmSync(file, { force: true });
  const args = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--project",
    project,
    "--reporter=dot",
    "--reporter=json",
    "--reporter=./test/outside-reporter.mjs",
    `--outputFile.json=${report}`,
  ];
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...suite.env, COMMONHOLD_TEST_OUTSIDE: outside },
  });
  const counts = readCounts(report, outside);
  // A file that cannot be loaded, or an error outside of all tests, counts as no test: a failure all the same.
  const failed = status === 0 ? counts.failed : Math.max(1, counts.failed);
  const isNamed = failed === 0 || counts.failures.length > 0;
  return { ...counts, failed, failures: isNamed ? counts.failures : [`✗ ${project}: not a test, see its lines above`] };
}

function readCounts(report, outside) {
  try {
    const results = JSON.parse(readFileSync(report, "utf8"));
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = results;
    const counts = { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
    return { ...counts, failures: failuresOf(results, JSON.parse(readFileSync(outside, "utf8")), root) };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: [] }; // the runner itself broke off: that is a failure, not silence
  }
}

function add(a, b) {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

function node(name, args) {
  say(name);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) end(`${name} failed: the lines above say where`);
}

function say(text) {
  process.stdout.write(`\n— ${text}\n`);
}

function closingLine({ passed, failed, skipped }) {
  return `\n${passed} passed, ${failed} failed, ${skipped} skipped\n`;
}

/** A check that failed is counted, so that nobody reads "0 failed" below it. */
function end(text) {
  process.stderr.write(`\n${text}\n`);
  // Written at once also into a pipe, which process.exit would cut off.
  writeSync(1, closingLine({ passed: 0, failed: 1, skipped: 0 }));
  process.exit(1);
}
