/** Runs a program of somebody else's to its end, and says how long that took. */
import { execFile } from "node:child_process";
import { serviceEnvironment } from "../processes/service-environment.ts";

export interface Run {
  readonly ms: number;
  readonly output: string;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are no failure; 0 by default. `kubectl diff` has 1 where something differs. */
  readonly allowed?: readonly number[];
}

const outputBytesMax = 256 * 2 ** 20;
const errorCharsMax = 500;

export function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<Run> {
  const { signal, cwd, env = {}, allowed = [0] } = options;
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const place = { signal, cwd, maxBuffer: outputBytesMax, env: { ...serviceEnvironment(), ...quiet, ...env } };
    execFile(command, args, place, (error, stdout, stderr) => {
      const code = error ? Number(error.code ?? Number.NaN) : 0;
      if (allowed.includes(code)) return resolve({ ms: performance.now() - startedAt, output: stdout });
      signal.throwIfAborted();
      reject(new Error(`${command} ${args[0]} failed (${code}): ${stderr.slice(-errorCharsMax)}`, { cause: error }));
    });
  });
}

/** No settings of the person's: neither of git nor of kubectl. */
const quiet = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  KUBECONFIG: "/dev/null",
};
