import { coerce, gte, lt } from "semver";
import type { BinaryName } from "./catalog.ts";
import { type CommandOptions, runCommand } from "./command.ts";
import { binaryError } from "./errors.ts";
import { compilerPackages, installCommand } from "./platform.ts";
import { goNeeded } from "./recipes.ts";

export interface Go {
  /** As Go says it, without the leading `go`. */
  version: string;
  /** `local` forbids Go to fetch a newer one by itself. */
  toolchain: string;
  cacheFolder: string;
  moduleFolder: string;
  cCompiler: string;
  cxxCompiler: string;
}

type Runner = Pick<CommandOptions, "env" | "clock" | "signal">;

const answerTimeoutMs = 60_000;
/** Since then Go fetches the version that a module asks for: https://go.dev/doc/toolchain */
const fetchesItselfSince = "1.21.0";

/** The Go on PATH, or undefined when there is none. */
export async function findGo(runner: Runner): Promise<Go | undefined> {
  const names = ["GOVERSION", "GOTOOLCHAIN", "GOCACHE", "GOMODCACHE", "CC", "CXX"];
  const { code, stdout } = await runCommand("go", ["env", "-json", ...names], {
    ...runner,
    timeoutMs: answerTimeoutMs,
  });
  if (code !== 0) return undefined;
  try {
    const said: Record<string, string> = JSON.parse(stdout);
    return {
      version: (said["GOVERSION"] ?? "").replace(/^go/, ""),
      toolchain: said["GOTOOLCHAIN"] || "local",
      cacheFolder: said["GOCACHE"] ?? "",
      moduleFolder: said["GOMODCACHE"] ?? "",
      cCompiler: said["CC"] || "gcc",
      cxxCompiler: said["CXX"] || "g++",
    };
  } catch {
    return undefined;
  }
}

/** Whether this Go builds our recipes, if need be with a newer one that it fetches. */
export function isNewEnough(go: Go): boolean {
  const version = coerce(go.version);
  if (!version) return false;
  if (gte(version, goNeeded)) return true;
  return !lt(version, fetchesItselfSince) && (go.toolchain === "auto" || go.toolchain.endsWith("+auto"));
}

export async function requireGo(binary: BinaryName, runner: Runner): Promise<Go> {
  const go = await findGo(runner);
  const needed = goNeeded.replace(/\.0$/, "");
  if (!go) throw binaryError("go-missing", binary, { needed });
  if (!isNewEnough(go)) throw binaryError("go-too-old", binary, { found: go.version, needed });
  return go;
}

/** The compilers that do not run; Go's own settings may hold arguments (`ccache gcc`). */
export async function missingCompilers(go: Pick<Go, "cCompiler" | "cxxCompiler">, runner: Runner): Promise<string[]> {
  const missing: string[] = [];
  for (const compiler of [go.cCompiler, go.cxxCompiler]) {
    const [command = "", ...args] = compiler.split(" ");
    const { code } = await runCommand(command, [...args, "--version"], { ...runner, timeoutMs: answerTimeoutMs });
    if (code !== 0) missing.push(command);
  }
  return missing;
}

export async function requireCompilers(binary: BinaryName, go: Go, runner: Runner): Promise<void> {
  const [compiler] = await missingCompilers(go, runner);
  if (compiler) throw binaryError("compiler-missing", binary, { compiler, install: compilerHint() });
}

export function compilerHint(): string {
  return installCommand(compilerPackages);
}
