import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { satisfies } from "semver";
import { type BinaryName, catalog } from "./catalog.ts";
import type { BinaryOptions, FoundBinary, Source } from "./ensure.ts";

const run = promisify(execFile);
const versionTimeoutMs = 15_000;

/** Looks where a binary may already lie: variable, PATH, cache. */
export async function lookUp(name: BinaryName, options: BinaryOptions): Promise<FoundBinary | undefined> {
  for (const [source, path] of places(name, options.env)) {
    const version = await askVersion(name, path, options.env);
    if (version && satisfies(version, catalog[name].accepts)) return { name, path, version, source };
  }
  return undefined;
}

function places(name: BinaryName, env: BinaryOptions["env"]): [Source, string][] {
  const { program, variable, version, inKubebuilderAssets } = catalog[name];
  const all: [Source, string][] = [];
  if (env[variable]) all.push(["variable", env[variable]]);
  if (inKubebuilderAssets && env["KUBEBUILDER_ASSETS"])
    all.push(["variable", join(env["KUBEBUILDER_ASSETS"], program)]);
  for (const folder of (env["PATH"] ?? "").split(delimiter)) if (folder) all.push(["path", join(folder, program)]);
  const cache = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  all.push(["cache", join(cache, "commonhold", name, version, "bin", program)]);
  return all;
}

async function askVersion(name: BinaryName, path: string, env: BinaryOptions["env"]): Promise<string | undefined> {
  const { versionArguments, versionPatterns } = catalog[name];
  try {
    const { stdout, stderr } = await run(path, versionArguments, {
      timeout: versionTimeoutMs,
      env: { ...env, OLLAMA_HOST: "127.0.0.1:1" } as NodeJS.ProcessEnv,
    });
    for (const pattern of versionPatterns) {
      const match = pattern.exec(stdout + stderr)?.[1];
      if (match) return match;
    }
  } catch {
    return undefined;
  }
  return undefined;
}
