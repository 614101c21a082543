import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Clock } from "../../../operator/clock/clock.ts";
import { spawnOnLeash, sweepGroup } from "../processes/leash.ts";

export interface CommandOptions {
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  cwd?: string;
  signal?: AbortSignal | undefined;
  /** The command and all that it started are killed after this long. No limit without it: a build takes what it takes. */
  timeoutMs?: number;
  /** Each line as it is printed, on either output. */
  onLine?: (line: string) => void;
}

export interface CommandResult {
  /** 127: no such program; 126: not one that this machine can run; undefined: killed. */
  code: number | undefined;
  timedOut: boolean;
  /** Standard output, and standard error's last lines. */
  stdout: string;
  stderr: string;
}

const stdoutBytesMax = 16 * 1024 * 1024;
const stderrLinesMax = 2_000;

/**
 * Runs a program to its end. It and its descendants end when this process does, even by SIGKILL, and when the signal
 * aborts; then the promise rejects with the signal's reason.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const child = spawnOnLeash(command, args, {
    env: { ...options.env } as NodeJS.ProcessEnv,
    output: "pipe",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let timedOut = false;
  const kill = (): void => void (child.pid && sweepGroup(child.pid));
  const cancelTimeout =
    options.timeoutMs === undefined
      ? undefined
      : options.clock.after(options.timeoutMs, () => {
          timedOut = true;
          kill();
        });
  options.signal?.addEventListener("abort", kill, { once: true });
  child.stdio[3]?.on("error", () => {});
  try {
    const stdout = collect(child.stdout, options.onLine, { bytesMax: stdoutBytesMax });
    const stderr = collect(child.stderr, options.onLine, { linesMax: stderrLinesMax });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (exitCode) => {
        // Descendants that still hold the outputs would keep us waiting for their end.
        kill();
        child.once("close", () => resolve(exitCode));
      });
    });
    options.signal?.throwIfAborted();
    return { code: code ?? undefined, timedOut, stdout: (await stdout).join("\n"), stderr: (await stderr).join("\n") };
  } finally {
    cancelTimeout?.();
    options.signal?.removeEventListener("abort", kill);
    child.stdio[3]?.destroy();
  }
}

interface CollectLimits {
  bytesMax?: number;
  linesMax?: number;
}

/** All lines up to `bytesMax` characters, or the last `linesMax`. */
async function collect(
  output: Readable | null,
  onLine: CommandOptions["onLine"],
  { bytesMax = Number.POSITIVE_INFINITY, linesMax = Number.POSITIVE_INFINITY }: CollectLimits,
): Promise<string[]> {
  if (!output) return [];
  const lines: string[] = [];
  let bytes = 0;
  for await (const line of createInterface({ input: output })) {
    onLine?.(line);
    bytes += line.length;
    if (bytes <= bytesMax) lines.push(line);
    if (lines.length > linesMax) lines.shift();
  }
  return lines;
}
