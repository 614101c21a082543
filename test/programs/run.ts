/** Runs a program to its end, for tests: what it printed, or an error that holds it. */
import { spawn } from "node:child_process";

export interface RunOptions {
  stdin?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  timeoutMs?: number;
}

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

const timeoutMsDefault = 600_000;
const shownChars = 4_000;

/** Resolves to its standard output; rejects, with the end of what it said, unless it ends with 0. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryRun(command, args, options);
  if (code === 0) return stdout;
  const said = (stderr || stdout).slice(-shownChars);
  throw new Error(`${command} ${args.join(" ")} ended with ${code ?? "a signal"}: ${said}`);
}

/** Resolves whatever its exit code. */
export async function tryRun(
  command: string,
  args: readonly string[],
  { stdin, env, cwd, timeoutMs = timeoutMsDefault }: RunOptions = {},
): Promise<RunResult> {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    timeout: timeoutMs,
    env: env ?? process.env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // It may end before it has read all; its exit code says so better than EPIPE does.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, stdout, stderr };
}
