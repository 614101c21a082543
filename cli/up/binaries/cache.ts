import { createHash, randomUUID } from "node:crypto";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { type BinaryName, catalog } from "./catalog.ts";

/**
 * The cache: `<root>/<name>/<version>/bin/<program>`, with what the program needs beside it. A version's folder appears by
 * one rename when it is complete, so whatever has that name is whole. Work is done in `<root>/<name>/.tmp-<place>-<id>`;
 * whoever holds the binary's lock sweeps the ones that a killed run left.
 */
type Environment = Readonly<Record<string, string | undefined>>;

export function cacheRoot(env: Environment): string {
  return join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "commonhold");
}

export function versionFolder(env: Environment, name: BinaryName): string {
  return join(cacheRoot(env), name, catalog[name].version);
}

export function cachedProgram(env: Environment, name: BinaryName): string {
  return join(versionFolder(env, name), "bin", catalog[name].program);
}

const needsFile = "needs.json";

/** CPU features that a cached build needs; none when it was made for any machine. */
export function cpuNeeds(env: Environment, name: BinaryName): string[] {
  const file = join(versionFolder(env, name), needsFile);
  if (!existsSync(file)) return [];
  try {
    const { cpu }: { cpu?: unknown } = JSON.parse(readFileSync(file, "utf8"));
    return Array.isArray(cpu) ? cpu.map(String) : [];
  } catch (cause) {
    throw new Error(`${file} is not JSON; remove ${versionFolder(env, name)} to have ${name} made anew`, { cause });
  }
}

export async function noteCpuNeeds(tree: string, cpu: readonly string[]): Promise<void> {
  if (cpu.length > 0) await writeFile(join(tree, needsFile), `${JSON.stringify({ cpu })}\n`);
}

/** A folder to work in, on the same file system as the cache. */
export async function createWorkspace(env: Environment, name: BinaryName): Promise<string> {
  const folder = join(cacheRoot(env), name, `${workspacePrefix}${place()}-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Puts a complete tree in the version's place. What was there before, and did not answer, goes. */
export async function install(env: Environment, name: BinaryName, tree: string, workspace: string): Promise<string> {
  const target = versionFolder(env, name);
  if (existsSync(target)) await rename(target, join(workspace, "replaced"));
  await rename(tree, target);
  return cachedProgram(env, name);
}

/** Removes what killed runs left; call it with the binary's lock held. */
export async function sweepWorkspaces(env: Environment, name: BinaryName, now: number): Promise<void> {
  const folder = join(cacheRoot(env), name);
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(workspacePrefix)) continue;
    const path = join(folder, entry);
    // The lock says nothing about processes of another container or machine that shares the folder.
    const ours = entry.startsWith(`${workspacePrefix}${place()}-`);
    if (ours || (await ageMs(path, now)) > strangersAgeMaxMs) await rm(path, { recursive: true, force: true });
  }
}

const workspacePrefix = ".tmp-";
const strangersAgeMaxMs = 24 * 3600 * 1000;

async function ageMs(path: string, now: number): Promise<number> {
  return now - (await stat(path)).mtimeMs;
}

/** Names the set of processes that see each other: a machine, or a container on it. */
function place(): string {
  return createHash("sha256").update(`${hostname()} ${pidNamespace()}`).digest("hex").slice(0, 8);
}

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
