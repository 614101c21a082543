/** CPU time and memory of processes, read from outside: the same way for ours, nginx and any peer. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Usage {
  /** Milliseconds on a core by thread, user and system; empty where the system does not tell it by thread. */
  readonly threads: ReadonlyMap<string, number>;
  /** The same over all threads, those that have ended included, in steps of 10 ms. */
  readonly coarseCpuMs: number;
  /** Resident memory. Pages that several processes share are counted in each of them. */
  readonly residentBytes: number;
}

/** Throws when one of them is gone. */
export function usageOf(pids: readonly number[]): Usage {
  const each = pids.map(process.platform === "linux" ? usageFromProc : usageFromPs);
  return {
    threads: new Map(each.flatMap(({ threads }) => [...threads])),
    coarseCpuMs: each.reduce((sum, { coarseCpuMs }) => sum + coarseCpuMs, 0),
    residentBytes: each.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
  };
}

/** By thread, unless one that was there has ended and taken its count with it. */
export function cpuMsBetween(before: Usage, after: Usage): number {
  const known = [...before.threads.keys()].every((thread) => after.threads.has(thread));
  if (!known || after.threads.size === 0) return after.coarseCpuMs - before.coarseCpuMs;
  return [...after.threads].reduce((sum, [thread, ms]) => sum + ms - (before.threads.get(thread) ?? 0), 0);
}

/** A process and its children, such as a server's workers. */
export function withChildren(pid: number): number[] {
  const list = process.platform === "linux" ? parentsFromProc() : parentsFromPs();
  return [pid, ...list.filter(({ parent }) => parent === pid).map((child) => child.pid)];
}

/** Linux' USER_HZ: a constant of its interface to programs. */
const ticksPerSecond = 100;

/** `schedstat` counts nanoseconds, where `stat` counts in steps of 10 ms: too coarse for a round of a second or two. */
function usageFromProc(pid: number): Usage {
  const threads = readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const nanoseconds = runTime(`/proc/${pid}/task/${thread}/schedstat`);
    return nanoseconds === undefined ? [] : [[thread, nanoseconds / 1e6] as const];
  });
  return {
    threads: new Map(threads),
    coarseCpuMs: (ticksIn(readFileSync(`/proc/${pid}/stat`, "utf8")) * 1000) / ticksPerSecond,
    residentBytes: residentBytesIn(readFileSync(`/proc/${pid}/status`, "utf8")),
  };
}

function runTime(path: string): number | undefined {
  try {
    return Number(readFileSync(path, "utf8").split(" ")[0]);
  } catch {
    return undefined; // a thread that ended in between
  }
}

/** proc(5): utime and stime, the 14th and 15th field, all threads. */
export function ticksIn(stat: string): number {
  const [user, system] = afterName(stat).slice(11, 13).map(Number);
  return (user ?? Number.NaN) + (system ?? Number.NaN);
}

export function residentBytesIn(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}

function parentsFromProc(): { pid: number; parent: number }[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return [{ pid: Number(pid), parent: parentIn(readFileSync(`/proc/${pid}/stat`, "utf8")) }];
    } catch {
      return []; // ended in between
    }
  });
}

export function parentIn(stat: string): number {
  return Number(afterName(stat)[1]);
}

/** The fields from the third on: the name before them may hold anything, also spaces and parentheses. */
function afterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function usageFromPs(pid: number): Usage {
  const text = execFileSync("ps", ["-o", "rss=,time=", "-p", String(pid)], { encoding: "utf8" });
  return usageIn(text);
}

/** ` 123456 1:02.34`: kilobytes, then minutes and seconds, with hours and days before them where it took so long. */
export function usageIn(text: string): Usage {
  const [kilobytes, time = ""] = text.trim().split(/\s+/);
  const [seconds = 0, minutes = 0, hours = 0, days = 0] = time.split(/[:-]/).reverse().map(Number);
  const coarseCpuMs = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  return { threads: new Map(), coarseCpuMs, residentBytes: Number(kilobytes) * 1024 };
}

function parentsFromPs(): { pid: number; parent: number }[] {
  const lines = execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return { pid: pid ?? Number.NaN, parent: parent ?? Number.NaN };
  });
}
