import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));
/** A variable in the environment of a process, and so of all its descendants, by which a test finds them. */
export const markVariable = "COMMONHOLD_TEST_MARK";

/**
 * Compiles one TypeScript module with all it imports, for a test that needs a process of its own to kill: Node 20 runs
 * JavaScript only. Resolves to the path of the compiled module, which finds our dependencies.
 */
export function compileModule(source: string): string {
  const output = join(repository, "node_modules", ".cache", `commonhold-test-${process.pid}-${randomUUID()}`);
  mkdirSync(output, { recursive: true });
  process.on("exit", () => rmSync(output, { recursive: true, force: true }));
  const config = join(output, "tsconfig.json");
  const compilerOptions = { noEmit: false, noCheck: true, outDir: output, rootDir: repository };
  writeFileSync(
    config,
    JSON.stringify({ extends: join(repository, "tsconfig.json"), compilerOptions, include: [], files: [source] }),
  );
  execFileSync(join(repository, "node_modules", ".bin", "tsc"), ["-p", config], { stdio: "pipe" });
  writeFileSync(join(output, "package.json"), '{"type":"module"}');
  return join(output, relative(repository, source)).replace(/\.ts$/, ".js");
}

export interface ParentProcess {
  readonly child: ChildProcess;
  /** The processes alive that this parent started, at any depth, itself included, as `pid command`. */
  alive(): string[];
  /** Resolves with everything printed so far once a line holds `text`. */
  printed(text: string): Promise<string>;
}

/** Runs a compiled module in a process of its own. Whatever it starts is known by a variable in its environment. */
export function startParent(module: string, args: readonly string[] = []): ParentProcess {
  const mark = randomUUID();
  const child = spawn(process.execPath, [module, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, [markVariable]: mark },
  });
  let output = "";
  const collect = (text: string): void => {
    output += text;
    child.emit("printed");
  };
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  return {
    child,
    alive: () => processesMarked(mark),
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!output.includes(text)) return;
          child.off("printed", look);
          resolve(output);
        };
        child.on("printed", look);
        child.once("close", () => reject(new Error(`the parent ended before it printed "${text}": ${output}`)));
        look();
      }),
  };
}

/** The processes alive whose environment holds that mark, as `pid command`. */
export function processesMarked(mark: string): string[] {
  const variable = `${markVariable}=${mark}`;
  return process.platform === "linux" ? fromProc(variable) : fromPs(variable);
}

/** proc(5): `environ` holds the environment at start; zombies have none. */
function fromProc(variable: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/environ`).split("\0").includes(variable))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").slice(0, 120)}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process ended in between.
    return "";
  }
}

/** macOS: `ps -E` shows the environment of one's own processes behind the command. */
function fromPs(variable: string): string[] {
  const lines = execFileSync("/bin/ps", ["-axww", "-E", "-o", "pid=,command="], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.includes(variable));
}
