/** What a result was measured on. Without it a number says nothing. */
import { spawnSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** Of the clone, with `+` when something in it is not committed; the page that results are written to does not count. */
  readonly commit: string;
}

export function describeMachine(root: string): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() || process.arch,
    cores: cores.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()} ${process.arch}`,
    node: process.versions.node,
    commit: commitOf(root),
  };
}

function commitOf(root: string): string {
  const git = (...args: string[]): string => spawnSync("git", ["-C", root, ...args], { encoding: "utf8" }).stdout ?? "";
  const commit = git("rev-parse", "--short", "HEAD").trim();
  if (commit === "") return "unknown";
  return git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/benchmarks.md").trim() === ""
    ? commit
    : `${commit}+`;
}
