// What a fresh clone needs before anything else of it can run: plain JavaScript, nothing but Node.
// It checks Node's version, installs dependencies and compiles, each only where missing or old.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** As old as the beginning of the last good compilation; tsc leaves its own files alone when nothing changed in them. */
const stamp = "dist/.compiled";
const sourceFolders = ["operator", "api", "governance", "cli"];

export function prepare() {
  requireNode();
  if (!existsSync(join(root, "package-lock.json"))) return; // installed as a package: already compiled
  const missing = missingDependencies();
  if (missing.length > 0) {
    say(`installing dependencies (${missing.length} missing or old) …`);
    run(
      "npm",
      ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
      "the dependencies could not be installed: check that the npm registry can be reached (npm ping), then run the same command again",
    );
  }
  if (isStale()) {
    say("compiling …");
    const begun = new Date();
    run(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"],
      "the sources do not compile; the lines above say where",
    );
    writeFileSync(join(root, stamp), "");
    // What is edited while the compiler runs is newer than this, and compiled the next time.
    utimesSync(join(root, stamp), begun, begun);
  }
}

function requireNode() {
  const wanted = [20, 19];
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) return;
  fail(
    `commonhold needs Node ${wanted.join(".")} or newer, and this is ${process.versions.node}. Install a newer one from https://nodejs.org, then run the same command again.`,
  );
}

/**
 * What `npm ci` would change: npm notes at the end of an installation what it installed, so a broken-off one, and one of
 * before a `git pull`, are found out, down to the dependencies of dependencies.
 */
function missingDependencies() {
  const wanted = readJson(join(root, "package-lock.json")).packages;
  const installed = readJson(join(root, "node_modules/.package-lock.json"))?.packages ?? {};
  return Object.entries(wanted)
    .filter(([path]) => path !== "")
    .filter(
      ([path, { version, optional }]) => (installed[path] ? installed[path].version !== version : !optional), // left out: made for another platform
    )
    .map(([path]) => path);
}

function isStale() {
  const built = modified(join(root, stamp));
  if (built === undefined) return true;
  const inputs = ["package-lock.json", "tsconfig.json", "tsconfig.build.json", ...sourceFolders.flatMap(sources)];
  return inputs.some((path) => modified(join(root, path)) > built);
}

function sources(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, name))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

function run(command, args, sentence) {
  // Progress goes to stderr: stdout belongs to the command itself (`--json` is read by programs).
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (error || status !== 0) fail(`${sentence}${error ? ` (${error.message})` : ""}.`);
}

function say(text) {
  process.stderr.write(`commonhold: ${text}\n`);
}

function fail(text) {
  process.stderr.write(`commonhold: ${text}\n`);
  process.exit(1);
}
