import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readIfPresent } from "./write.ts";

/** A process told apart from a later one with the same number: its number and when it started, as the system tells it. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque; equal for the same process. */
  started: string;
}

export function identifyProcess(pid: number): ProcessIdentity {
  const started = startOf(pid);
  if (started === undefined) throw new Error(`process ${pid} does not run`);
  return { pid, started };
}

/** False for a process that ended, also when nobody has collected its exit code yet. */
export function isProcessRunning(identity: ProcessIdentity): boolean {
  return startOf(identity.pid) === identity.started;
}

function startOf(pid: number): string | undefined {
  return existsSync("/proc/self/stat") ? startFromProc(pid) : startFromPs(pid);
}

/** proc(5): after the name in brackets, field 3 is the state and field 22 the start in ticks since boot. */
function startFromProc(pid: number): string | undefined {
  const stat = readProc(pid);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (!fields || fields[0] === "Z" || fields[0] === "X") return undefined;
  return `${bootId()}:${fields[19]}`;
}

/** A process that ends while its file is read gives ESRCH. */
function readProc(pid: number): string | undefined {
  try {
    return readIfPresent(`/proc/${pid}/stat`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
    throw error;
  }
}

function bootId(): string {
  return readIfPresent("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

/** macOS: `ps` prints the state and the start time, and fails for a process that is not there. */
function startFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync("/bin/ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return line.startsWith("Z") ? undefined : line.replace(/^\S+\s+/, "");
  } catch {
    return undefined;
  }
}
