/** CPU time and memory of processes, read from outside: the same way for ours, nginx and any peer. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Usage {
  /** Time on a core since each process began, user and system, all threads. */
  readonly cpuMs: number;
  /** Resident memory. Pages that several processes share are counted in each of them. */
  readonly residentBytes: number;
}

/** Throws when one of them is gone. */
export function usageOf(pids: readonly number[]): Usage {
  const each = pids.map(process.platform === "linux" ? usageFromProc : usageFromPs);
  const sum = (of: (usage: Usage) => number): number => each.reduce((total, usage) => total + of(usage), 0);
  return { cpuMs: sum(({ cpuMs }) => cpuMs), residentBytes: sum(({ residentBytes }) => residentBytes) };
}

/** A process and its children, such as a server's workers. */
export function withChildren(pid: number): number[] {
  const list = process.platform === "linux" ? parentsFromProc() : parentsFromPs();
  return [pid, ...list.filter(({ parent }) => parent === pid).map((child) => child.pid)];
}

/** `schedstat` counts nanoseconds, where `stat` counts in steps of 10 ms: too coarse for a round of a second or two. */
function usageFromProc(pid: number): Usage {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) => runTime(`/proc/${pid}/task/${thread}/schedstat`));
  return {
    cpuMs: nanoseconds.reduce((total, time) => total + time, 0) / 1e6,
    residentBytes: residentBytesIn(readFileSync(`/proc/${pid}/status`, "utf8")),
  };
}

function runTime(path: string): number {
  try {
    return Number(readFileSync(path, "utf8").split(" ")[0]);
  } catch {
    return 0; // a thread that ended in between: Node's own live as long as the process
  }
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

/** proc(5): the name in parentheses may hold anything, also parentheses. */
export function parentIn(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function usageFromPs(pid: number): Usage {
  const text = execFileSync("ps", ["-o", "rss=,time=", "-p", String(pid)], { encoding: "utf8" });
  return usageIn(text);
}

/** ` 123456 1:02.34`: kilobytes, then minutes and seconds, with hours and days before them where it took so long. */
export function usageIn(text: string): Usage {
  const [kilobytes, time = ""] = text.trim().split(/\s+/);
  const [seconds = 0, minutes = 0, hours = 0, days = 0] = time.split(/[:-]/).reverse().map(Number);
  const cpuMs = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  return { cpuMs, residentBytes: Number(kilobytes) * 1024 };
}

function parentsFromPs(): { pid: number; parent: number }[] {
  const lines = execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return { pid: pid ?? Number.NaN, parent: parent ?? Number.NaN };
  });
}
