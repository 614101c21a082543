import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheRoot, noteCpuNeeds } from "./cache.ts";
import { type BinaryName, catalog } from "./catalog.ts";
import { runCommand } from "./command.ts";
import { assertFree } from "./disk.ts";
import type { BinaryOptions } from "./ensure.ts";
import { explainGoFailure } from "./go-failure.ts";
import { layHeaders } from "./headers.ts";
import type { WaysContext } from "./make.ts";
import { cpuFeatures, vectorFeatures } from "./platform.ts";
import type { Recipe } from "./recipes.ts";
import { type Go, requireCompilers, requireGo } from "./toolchain.ts";
import { takeTurn } from "./turn.ts";

/** What a finished program, and the linker while it works, take in the workspace. */
const workspaceBytes = 1024 ** 3;

/** Builds a binary by its recipe into `tree/bin/<program>`. What Go compiled is kept in its own cache, also when killed. */
export async function build(name: BinaryName, recipe: Recipe, context: WaysContext): Promise<void> {
  const { options } = context;
  const go = await assertBuildable(name, recipe, options);
  const onWait = (holder: string): void => {
    context.report("waiting", `${context.why}${holder} is building another program; waiting for that`);
  };
  const turn = await takeTurn(join(cacheRoot(options.env), ".build"), { ...options, onWait });
  try {
    await buildAlone(name, recipe, go.version, context);
  } finally {
    turn.release();
  }
}

/** One Go build at a time: each takes all processors and gigabytes of memory, and the next finds packages compiled. */
async function buildAlone(name: BinaryName, recipe: Recipe, goVersion: string, context: WaysContext): Promise<void> {
  const { workspace, tree } = context;
  const cpu = recipe.native ? usableFeatures() : [];
  const folder = join(workspace, "module");
  const shell: GoShell = { name, folder, env: await goEnvironment(recipe, cpu, context), context };
  await mkdir(folder, { recursive: true });
  context.report("preparing", `${context.why}building it with Go ${goVersion}: fetching its modules`);
  await writeModule(recipe, shell);
  if (recipe.native) await layHeaders(recipe.native.headers, join(workspace, "include"), moduleFolderOf(shell));
  await runGo(shell, ["mod", "tidy"], reportFetching(shell));
  await compile(recipe, shell, join(tree, "bin", catalog[name].program));
  await noteCpuNeeds(tree, cpu);
}

/** What must be here before a build begins: Go, compilers, room on the disks. */
export async function assertBuildable(name: BinaryName, recipe: Recipe, options: BinaryOptions): Promise<Go> {
  const go = await requireGo(name, options);
  if (recipe.native) await requireCompilers(name, go, options);
  await assertFree(name, cacheRoot(options.env), workspaceBytes, options.freeBytes);
  for (const folder of [go.cacheFolder, go.moduleFolder]) {
    if (folder) await assertFree(name, folder, recipe.diskBytes, options.freeBytes);
  }
  return go;
}

interface GoShell {
  name: BinaryName;
  folder: string;
  env: Record<string, string | undefined>;
  context: WaysContext;
}

/** All vector instructions that we know how to use, or none: one build serves all machines that have them. */
function usableFeatures(): readonly string[] {
  return cpuFeatures().length === vectorFeatures.length ? vectorFeatures : [];
}

async function goEnvironment(recipe: Recipe, cpu: readonly string[], context: WaysContext): Promise<GoShell["env"]> {
  const temporary = join(context.workspace, "go-tmp");
  await mkdir(temporary, { recursive: true });
  // A person's settings for the module proxy, caches and compilers stay; what would change the outcome does not.
  const { GOOS: _os, GOARCH: _arch, GOEXPERIMENT: _experiment, ...env } = context.options.env;
  const base = { ...env, GOFLAGS: "-mod=mod -buildvcs=false", GOWORK: "off", GO111MODULE: "on", GOTMPDIR: temporary };
  if (!recipe.native) return { ...base, CGO_ENABLED: "0" };
  const flags = ["-O2", ...cpu.map((feature) => `-m${feature}`)].join(" ");
  return {
    ...base,
    CGO_ENABLED: "1",
    CGO_CFLAGS: flags,
    CGO_CXXFLAGS: flags,
    // Not as -I: Go's cache is keyed by the flags, and a path in them would make every new workspace compile all anew.
    CPLUS_INCLUDE_PATH: join(context.workspace, "include"),
  };
}

async function writeModule(recipe: Recipe, shell: GoShell): Promise<void> {
  const replacements = recipe.stagedVersion ? await stagedReplacements(recipe, shell) : [];
  const lines = [
    "module commonhold.dev/build",
    "go 1.26",
    `require ${recipe.module} ${recipe.version}`,
    ...replacements.map((path) => `replace ${path} => ${path} ${recipe.stagedVersion}`),
  ];
  await writeFile(join(shell.folder, "go.mod"), `${lines.join("\n")}\n`);
  if ("source" in recipe.command) return writeFile(join(shell.folder, "main.go"), recipe.command.source);
  const source = `//go:build tools\n\npackage tools\n\nimport _ "${recipe.command.package}"\n`;
  await writeFile(join(shell.folder, "tools.go"), source);
}

/** The modules that the recipe's own go.mod replaces by its folder `staging`. */
async function stagedReplacements(recipe: Recipe, shell: GoShell): Promise<string[]> {
  const { GoMod } = await downloadModule(shell, recipe.module, recipe.version);
  const text = await readFile(GoMod, "utf8");
  return [...text.matchAll(/^\s*(?:replace\s+)?(\S+)\s+=>\s+\.\/staging\//gm)].map((match) => match[1] ?? "");
}

function moduleFolderOf(shell: GoShell): (module: string, version: string) => Promise<string> {
  return async (module, version) => (await downloadModule(shell, module, version)).Dir;
}

async function downloadModule(
  shell: GoShell,
  module: string,
  version: string,
): Promise<{ GoMod: string; Dir: string }> {
  const stdout = await runGo(shell, ["mod", "download", "-json", `${module}@${version}`], reportFetching(shell));
  const { GoMod, Dir }: { GoMod?: string; Dir?: string } = JSON.parse(stdout);
  if (!GoMod || !Dir) throw new Error(`go mod download said nothing of where ${module}@${version} lies`);
  return { GoMod, Dir };
}

/** Go prints a line per module it fetches; how many there will be is known to nobody. */
function reportFetching({ context }: GoShell): (line: string) => void {
  let fetched = 0;
  return (line) => {
    const [, module] = /^go: downloading (\S+)/.exec(line) ?? [];
    if (module) context.report("preparing", `${context.why}building it with Go: fetching module ${module}`, ++fetched);
  };
}

async function compile(recipe: Recipe, shell: GoShell, program: string): Promise<void> {
  const { context } = shell;
  const target = "package" in recipe.command ? recipe.command.package : ".";
  const packages = new Set((await runGo(shell, ["list", "-deps", "-f", "{{.ImportPath}}", target])).split("\n"));
  const total = packages.size;
  // With -v Go names each package when it starts on it; the ones in its cache it passes over.
  let done = 0;
  const linker = ["-s", "-w", ...recipe.stamps.map((stamp) => `-X=${stamp}`)].join(" ");
  const output = join(shell.folder, "program");
  await runGo(shell, ["build", "-v", "-trimpath", "-ldflags", linker, "-o", output, target], (line) => {
    if (packages.has(line)) context.report("building", `compiling ${line}`, ++done, total);
  });
  await mkdir(join(program, ".."), { recursive: true });
  await rename(output, program);
}

async function runGo(shell: GoShell, args: readonly string[], onLine?: (line: string) => void): Promise<string> {
  const { name, folder, env, context } = shell;
  const { clock, signal } = context.options;
  const result = await runCommand("go", args, { env, cwd: folder, clock, signal, ...(onLine ? { onLine } : {}) });
  if (result.code === 0) return result.stdout;
  const cache = cacheRoot(context.options.env);
  const log = join(cache, name, "build.log");
  await writeFile(log, `go ${args.join(" ")}\n${result.stderr}\n`);
  throw explainGoFailure(name, result, log, cache);
}
