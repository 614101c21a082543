/** Runs git on one bare repository, with nobody's configuration but the repository's own. */
import { spawn } from "node:child_process";

export interface GitResult {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Nothing of the machine's or the user's configuration, and no question to anybody. */
export const gitEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
};

export async function runGit(path: string, args: readonly string[], input?: string | Uint8Array): Promise<GitResult> {
  const child = spawn("git", ["--git-dir", path, ...args], { env: gitEnvironment, stdio: ["pipe", "pipe", "pipe"] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A git that ends before it read everything breaks the pipe; its status says why.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const status = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
  return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

/** Its output, trimmed; throws with git's own words where it fails. */
export async function git(path: string, args: readonly string[], input?: string | Uint8Array): Promise<string> {
  const { status, stdout, stderr } = await runGit(path, args, input);
  if (status !== 0) throw new Error(`git ${args.join(" ")} in ${path} failed with ${status}: ${stderr.trim()}`);
  return stdout.toString().trim();
}
