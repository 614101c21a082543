// What a fresh clone needs before anything else of it can run: plain JavaScript, nothing but Node.
// It checks Node's version, installs dependencies and compiles, each only where missing or old.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Touched after each compilation; tsc leaves its own files alone when nothing changed in them. */
const stamp = "dist/.compiled";
const sourceFolders = ["operator", "api", "governance", "cli"];

export function prepare() {
  requireNode();
  if (!existsSync(join(root, "package-lock.json"))) return; // installed as a package: already compiled
  const missing = missingDependencies();
  if (missing.length > 0) {
    say(`installing dependencies (${missing.length} of them missing or old) …`);
    run(
      "npm",
      ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
      "the dependencies could not be installed: check that the npm registry can be reached (npm ping), then run the same command again",
    );
  }
  if (isStale()) {
    say("compiling …");
    run(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"],
      "the sources do not compile; the lines above say where",
    );
    writeFileSync(join(root, stamp), "");
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

/** Versions in package.json are exact, so comparing them tells what `npm ci` would change. */
function missingDependencies() {
  const { dependencies, devDependencies } = readJson(join(root, "package.json"));
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([name, version]) => readJson(join(root, "node_modules", name, "package.json"))?.version !== version)
    .map(([name]) => name);
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
