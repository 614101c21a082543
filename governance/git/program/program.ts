/**
 * Runs git, one program per question, in a process group of its own so that what it starts (ssh, a helper for https) ends
 * with it. Input and output are bytes; both are bounded, and so is the time.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { Cancel, Clock } from "../../../operator/clock/clock.ts";
import { gitLimits } from "../limits.ts";
import { GitError, type GitErrorCode } from "../repository.ts";
import { gitEnvironment, settings, type Variables } from "./environment.ts";
import { failure } from "./failure.ts";
import { gate, within } from "./gate.ts";

export interface GitProgram {
  /** Rejects with the signal's reason once an aborted program has ended. */
  run(args: readonly string[], options?: RunOptions): Promise<GitOutput>;
  /** A program that stays: the caller reads, writes and ends it. */
  start(args: readonly string[]): GitChild;
  /** Ends what runs, and resolves when nothing does. */
  close(): Promise<void>;
}

export type GitChild = ChildProcessByStdio<Writable, Readable, Readable>;

export interface RunOptions {
  readonly input?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly msMax?: number;
  readonly outputBytesMax?: number;
  /** Of each file that it writes. */
  readonly fileBytesMax?: number;
  /** Exit codes that are answers; 0 where left out. */
  readonly exits?: readonly number[];
  /** More settings, `name=value`; on the command line, so nothing secret. */
  readonly settings?: readonly string[];
  /** More environment variables. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Of the error, where git does not say more. */
  readonly failsAs?: GitErrorCode;
  readonly secrets?: readonly string[];
}

export interface GitOutput {
  readonly exit: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** Left out: no repository is meant, as for `git version`. */
  readonly gitFolder?: string;
  readonly clock: Clock;
  readonly environment: Variables;
}

export function gitProgram({ gitFolder, clock, environment }: ProgramOptions): GitProgram {
  const variables = gitEnvironment(environment);
  const place = gitFolder === undefined ? [] : [`--git-dir=${gitFolder}`];
  const running = new Set<Running>();
  const enter = gate(gitLimits.programsMax);
  let isClosed = false;

  const start = (args: readonly string[], more: RunOptions = {}): GitChild => {
    if (isClosed) throw new GitError("unusable", "the repository is closed");
    const extra = (more.settings ?? []).flatMap((setting) => ["-c", setting]);
    const [command, ...words] = bounded(["git", ...place, ...settings, ...extra, ...args], more.fileBytesMax);
    return spawn(command, words, {
      cwd: "/",
      env: { ...variables, ...more.variables },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
  };

  const runNow = async (args: readonly string[], options: RunOptions): Promise<GitOutput> => {
    options.signal?.throwIfAborted();
    const child = follow(start(args, options), { ...options, verb: args[0] ?? "", clock });
    running.add(child);
    try {
      return await child.output;
    } finally {
      running.delete(child);
    }
  };

  return {
    run: (args, options = {}) => within(enter, options.signal, () => runNow(args, options)),
    start,
    close: async () => {
      isClosed = true;
      const all = [...running];
      for (const child of all) child.stop(new GitError("unusable", "the repository was closed meanwhile"));
      await Promise.allSettled(all.map(({ output }) => output));
    },
  };
}

/** A file that grows beyond the limit ends what writes it. */
function bounded(words: [string, ...string[]], fileBytesMax: number | undefined): [string, ...string[]] {
  if (fileBytesMax === undefined) return words;
  const blocks = Math.ceil(fileBytesMax / blockBytes);
  return ["/bin/sh", "-c", 'ulimit -f "$0" && exec "$@"', `${blocks}`, ...words];
}

/** Sent to the whole group of a child; one that has ended is no error. */
export function signalGroup(child: Pick<GitChild, "pid">, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // macOS answers EPERM for a group that consists of zombies only.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

interface Running {
  readonly output: Promise<GitOutput>;
  /** Asks it to end, then kills it; `output` rejects with `reason` when it has ended. */
  stop(reason: unknown): void;
}

function follow(child: GitChild, options: RunOptions & { verb: string; clock: Clock }): Running {
  const { verb, clock, signal, msMax = gitLimits.commandMsMax, outputBytesMax = gitLimits.outputBytesMax } = options;
  const chunks: Buffer[] = [];
  const stderr: Buffer[] = [];
  let outputBytes = 0;
  let stderrBytes = 0;
  let stopped: { readonly reason: unknown } | undefined;
  let cancelKill: Cancel = () => {};

  const stop = (reason: unknown): void => {
    if (stopped) return;
    stopped = { reason };
    signalGroup(child, "SIGTERM");
    cancelKill = clock.after(gitLimits.stopMsMax, () => signalGroup(child, "SIGKILL"));
  };
  const onAbort = (): void => stop(signal?.reason);
  const cancelDeadline = clock.after(msMax, () =>
    stop(new GitError(options.failsAs ?? "failed", `git ${verb} took longer than ${msMax / 1000} s and was stopped`)),
  );
  signal?.addEventListener("abort", onAbort, { once: true });

  child.stdout.on("data", (chunk: Buffer) => {
    outputBytes += chunk.length;
    if (outputBytes <= outputBytesMax) chunks.push(chunk);
    else stop(new GitError("too-large", `git ${verb} printed more than ${outputBytesMax} bytes`));
  });
  child.stderr.on("data", (chunk: Buffer) => {
    // The last lines say why; how it came there (progress, remote banners) is dropped.
    stderr.push(chunk);
    stderrBytes += chunk.length;
    while (stderrBytes - (stderr[0]?.length ?? 0) > stderrBytesKept) stderrBytes -= stderr.shift()?.length ?? 0;
  });
  // A program that ends before it has read everything says why by itself.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input);

  const output = new Promise<GitOutput>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      cancelDeadline();
      cancelKill();
      signal?.removeEventListener("abort", onAbort);
      settle();
    };
    child.once("error", (error) => finish(() => reject(missing(error))));
    child.once("close", (code, killedBy) =>
      finish(() => {
        if (stopped) {
          // What it started may outlive it.
          signalGroup(child, "SIGKILL");
          return reject(stopped.reason);
        }
        const said = Buffer.concat(stderr).toString("utf8");
        const exit = code ?? killedBy ?? "unknown";
        if (typeof exit === "number" && (options.exits ?? [0]).includes(exit)) {
          return resolve({ exit, stdout: Buffer.concat(chunks), stderr: said });
        }
        const { failsAs: as, secrets = [] } = options;
        reject(failure({ verb, exit, stderr: said, secrets, ...(as === undefined ? {} : { code: as }) }));
      }),
    );
  });
  return { output, stop };
}

export function missing(error: Error): GitError {
  const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
  const text = isMissing
    ? "git was not found: install git 2.38 or newer, and see that it is in PATH"
    : `git could not be started: ${error.message}`;
  return new GitError("unusable", text, error);
}

/** In which POSIX's `ulimit` counts. */
const blockBytes = 512;
const stderrBytesKept = 16 * 1024;
