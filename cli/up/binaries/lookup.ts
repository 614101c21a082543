import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { satisfies } from "semver";
import { cachedProgram, cpuNeeds } from "./cache.ts";
import { type BinaryName, catalog } from "./catalog.ts";
import { type CommandOptions, runCommand } from "./command.ts";
import type { FoundBinary, Source } from "./ensure.ts";
import { binaryError } from "./errors.ts";
import { cpuFeatures } from "./platform.ts";

export interface LookUpResult {
  found: FoundBinary | undefined;
  /** What lay there but was not taken, a clause each: `/usr/bin/etcd is 3.4.23, accepted is >=3.5.0`. */
  rejected: string[];
}

type Runner = Pick<CommandOptions, "env" | "clock" | "signal">;

/**
 * Looks where a binary may already lie: our variable, KUBEBUILDER_ASSETS, PATH, cache. A variable of ours that names
 * something unusable is an error: the person meant that one.
 */
export async function lookUp(name: BinaryName, runner: Runner): Promise<LookUpResult> {
  const rejected: string[] = [];
  for (const candidate of candidates(name, runner.env)) {
    const { version, why } = await examine(name, candidate, runner);
    if (version) return { found: { name, path: candidate.path, version, source: candidate.source }, rejected };
    if (candidate.variable) {
      throw binaryError("variable-unusable", name, { variable: candidate.variable, path: candidate.path, why });
    }
    rejected.push(`${candidate.path} ${why}`);
  }
  return { found: undefined, rejected };
}

/** The cache alone: asked again after waiting for another run that may have filled it. */
export async function lookInCache(name: BinaryName, runner: Runner): Promise<FoundBinary | undefined> {
  const path = cachedProgram(runner.env, name);
  if (!isProgram(path)) return undefined;
  const { version } = await examine(name, { path, source: "cache" }, runner);
  return version ? { name, path, version, source: "cache" } : undefined;
}

interface Candidate {
  path: string;
  source: Source;
  /** Set when the person named exactly this file. */
  variable?: string;
}

function candidates(name: BinaryName, env: Runner["env"]): Candidate[] {
  const { program, variable, inKubebuilderAssets, onPath } = catalog[name];
  const named = env[variable];
  const assets = inKubebuilderAssets ? env["KUBEBUILDER_ASSETS"] : undefined;
  const folders = onPath ? (env["PATH"] ?? "").split(delimiter).filter(isAbsolute) : [];
  const elsewhere: Candidate[] = [
    ...(assets ? [{ path: join(assets, program), source: "variable" as const }] : []),
    ...folders.map((folder) => ({ path: join(folder, program), source: "path" as const })),
    { path: cachedProgram(env, name), source: "cache" },
  ];
  const present = onceEach(elsewhere.filter(({ path }) => isProgram(path)));
  return named ? [{ path: named, source: "variable", variable }, ...present] : present;
}

/** Many systems have /bin and /usr/bin for one folder: a program under two names is asked once. */
function onceEach(candidates: readonly Candidate[]): Candidate[] {
  const files = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const file = realpathSync(candidate.path);
    if (!files.has(file)) files.set(file, candidate);
  }
  return [...files.values()];
}

const versionTimeoutMs = 30_000;

/** Either the version, or a clause that says why it is not taken. */
export async function examine(
  name: BinaryName,
  { path, source }: Pick<Candidate, "path" | "source">,
  runner: Runner,
): Promise<{ version: string | undefined; why: string }> {
  const no = (why: string) => ({ version: undefined, why });
  if (!isAbsolute(path)) return no("is not an absolute path");
  if (!isProgram(path)) return no("is not a program that this user can run");
  const lacking = source === "cache" ? cpuNeeds(runner.env, name).filter((it) => !cpuFeatures().includes(it)) : [];
  if (lacking.length > 0) return no(`was built for a processor with ${lacking.join(", ")}`);
  const { versionArguments, versionPatterns, accepts } = catalog[name];
  // Ollama asks the server at OLLAMA_HOST for its version too; nobody listens on port 1.
  const env = { ...runner.env, OLLAMA_HOST: "127.0.0.1:1" };
  const result = await runCommand(path, versionArguments, { ...runner, env, timeoutMs: versionTimeoutMs });
  if (result.timedOut) return no(`did not tell its version within ${versionTimeoutMs / 1000} s`);
  const said = `${result.stdout}\n${result.stderr}`;
  const version = versionPatterns.map((pattern) => pattern.exec(said)?.[1]).find((match) => match !== undefined);
  if (version === undefined) return no(`does not tell its version (it ended with ${result.code ?? "a signal"})`);
  if (!satisfies(version, accepts, { includePrerelease: true, loose: true })) {
    return no(`is ${version}, accepted is ${accepts}`);
  }
  return { version, why: "" };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
