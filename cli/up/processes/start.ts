import { once } from "node:events";
import type { Clock } from "../../../operator/clock/clock.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import { classifyExit, ProcessFailure } from "./failure.ts";
import { spawnOnLeash, sweepGroup } from "./leash.ts";
import { type LogFile, openLog } from "./log-file.ts";

export interface ProcessSpec {
  /** What to call it in messages, e.g. "etcd". */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment of the program; nothing is added. */
  env: NodeJS.ProcessEnv;
  cwd?: string;
  logPath: string;
  logBytesMax?: number;
  /** How long `stop` waits after TERM before it kills. */
  stopGraceMs?: number;
  clock?: Clock;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program on a leash (see leash.ts): it and its descendants end when this process does. */
export interface LeashedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
  /** Set once it has ended. */
  readonly exit: ProcessExit | undefined;
  /** Resolves when it has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** TERM, up to `stopGraceMs` of patience, then KILL for it and all of its descendants. */
  stop(): Promise<ProcessExit>;
  /** Sends a signal to the program alone; KILL reaches its descendants too. */
  kill(signal: NodeJS.Signals): void;
  /** The last lines it printed, free of control characters. */
  logTail(): string[];
  /** An error that says how it ended and what to do. */
  failure(what?: string, cause?: unknown): ProcessFailure;
}

const stopGraceMsDefault = 8_000;
const logTrimEveryMs = 30_000;

/** Starts it. Rejects with a ProcessFailure when it cannot be started at all; it may still end right after. */
export async function startProcess(spec: ProcessSpec): Promise<LeashedProcess> {
  const clock = spec.clock ?? systemClock;
  const log = openLog(spec.logPath, spec.logBytesMax);
  const child = spawnOnLeash(spec.command, spec.args, {
    env: spec.env,
    output: log.descriptor,
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  });
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new ProcessFailure({ ...about(spec, log), code: "not-executable", what: "could not be started", cause });
  } finally {
    log.release();
  }
  const pid = child.pid as number;
  // The leash's own end; a reset when the watcher is killed is no news.
  child.stdio[3]?.on("error", () => {});
  const stopTrimming = trimRegularly(log, clock);

  let exit: ProcessExit | undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.on("exit", (code, signal) => {
      exit = { code, signal };
      stopTrimming();
      sweepGroup(pid);
      child.stdio[3]?.destroy();
      resolve(exit);
    });
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (exit) return;
    if (signal === "SIGKILL") sweepGroup(pid);
    else child.kill(signal);
  };
  return {
    name: spec.name,
    pid,
    logPath: spec.logPath,
    get exit() {
      return exit;
    },
    exited,
    kill,
    stop: async () => {
      kill("SIGTERM");
      // One that is frozen takes no notice before it goes on.
      kill("SIGCONT");
      const cancel = clock.after(spec.stopGraceMs ?? stopGraceMsDefault, () => kill("SIGKILL"));
      return exited.finally(cancel);
    },
    logTail: () => log.tail(),
    failure: (what, cause) => failureOf(spec, log, exit, what, cause),
  };
}

function trimRegularly(log: LogFile, clock: Clock): () => void {
  let cancel = (): void => {};
  const again = (): void => {
    log.trim();
    cancel = clock.after(logTrimEveryMs, again);
  };
  cancel = clock.after(logTrimEveryMs, again);
  return () => cancel();
}

function failureOf(
  spec: ProcessSpec,
  log: LogFile,
  exit: ProcessExit | undefined,
  what: string | undefined,
  cause: unknown,
): ProcessFailure {
  const details = about(spec, log);
  const code = exit ? classifyExit(details.logTail, exit.code) : "not-ready";
  return new ProcessFailure({ ...details, code, what: what ?? howItEnded(exit), cause });
}

function about(spec: ProcessSpec, log: LogFile): { program: string; logPath: string; logTail: string[] } {
  return { program: spec.name, logPath: spec.logPath, logTail: log.tail() };
}

function howItEnded(exit: ProcessExit | undefined): string {
  if (!exit) return "is still running";
  return exit.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit.code}`;
}
