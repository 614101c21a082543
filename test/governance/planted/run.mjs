// `npm run test:planted`: plants one bug after the other (`*.patch`) into a copy of the sources, runs the tests that the patch names, and
// demands that they fail. So a test that could not fail, or that was thrown away, is found out. What the tests say without a patch is the
// matter of `npm test`, which runs before.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { prepare, root } from "../../../cli/prepare.mjs";
import { readPatches } from "./patches.mjs";

/** Bugs that are tried at the same time, each in a copy of its own. */
const lanes = 2;
const runMsMax = 180_000;
/** What is copied. */
const sources = [
  "api",
  "cli",
  "governance",
  "manifests",
  "operator",
  "test",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
];

if (!existsSync(join(root, "node_modules/vitest"))) prepare();
const wanted = process.argv.slice(2);
const patches = readPatches().filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const folder = mkdtempSync(join(tmpdir(), "commonhold-planted-"));
const waiting = [...patches];
let caught = 0;
try {
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(join(folder, String(lane)))));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const survived = patches.length - caught;
process.stdout.write(`\n${caught} caught, ${survived} survived\n`);
process.stdout.write(`\n${caught} passed, ${survived} failed, 0 skipped\n`);
process.exitCode = survived === 0 && caught > 0 ? 0 : 1;

async function work(copy) {
  copySources(copy);
  for (let patch = waiting.shift(); patch; patch = waiting.shift()) {
    const from = process.hrtime.bigint();
    const why = await whyItSurvives(patch, copy);
    const seconds = (Number(process.hrtime.bigint() - from) / 1e9).toFixed(1);
    if (why === undefined) caught++;
    const said = why === undefined ? "caught  " : "SURVIVED";
    process.stdout.write(
      `${said} ${seconds.padStart(5)} s  ${patch.sentence}${why === undefined ? "" : ` (${patch.name}: ${why})`}\n`,
    );
  }
}

/** Undefined where a test failed because of it. */
async function whyItSurvives({ text, files, tests, title }, copy) {
  const applied = spawnSync("git", ["apply", "-"], { cwd: copy, input: text, encoding: "utf8" });
  if (applied.status !== 0) return `it does not apply: ${applied.stderr.trim().split("\n")[0]}`;
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const args = ["run", "--project", "unit", "--reporter=json", `--outputFile=${report}`, ...tests];
  await ended([join(root, "node_modules/vitest/vitest.mjs"), ...args, ...(title ? ["-t", title] : [])], copy);
  for (const file of files) cpSync(join(root, file), join(copy, file));
  return verdictOf(report, tests);
}

function verdictOf(report, tests) {
  const named = tests.join(" ");
  let results;
  try {
    results = JSON.parse(readFileSync(report, "utf8")).testResults;
  } catch {
    return `${named} broke off`;
  }
  const broken = results.find(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0);
  if (broken) return `it cannot even be loaded: ${broken.message.split("\n")[0]}`;
  const ran = results
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== "skipped" && status !== "pending");
  if (ran.length === 0) return `${named} has no such test`;
  const failed = ran.filter(({ status }) => status === "failed");
  if (failed.length === 0) return `${ran.length} tests of ${named} passed`;
  const isLate = failed.every(({ failureMessages }) =>
    failureMessages.every((message) => /timed out in \d+ms/.test(message)),
  );
  return isLate ? `${named} did not fail, but came to no end in time` : undefined;
}

function ended(args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, stdio: "ignore", timeout: runMsMax, killSignal: "SIGKILL" });
    child.on("error", resolve);
    child.on("exit", resolve);
  });
}

/** What git has or would take, with the same packages. */
function copySources(copy) {
  const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (listed.status !== 0) throw new Error(`the sources cannot be listed: ${listed.stderr}`);
  for (const file of listed.stdout.split("\0")) {
    if (file === "" || !sources.some((source) => file === source || file.startsWith(`${source}/`))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file), { force: true, errorOnExist: false });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
}
