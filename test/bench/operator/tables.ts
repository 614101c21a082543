import { mebibytes, number, seconds } from "../report/format.ts";
import type { Table } from "../report/table.ts";
import type { Rollout } from "./rollout.ts";
import type { Window } from "./windows.ts";

export interface Size {
  readonly hosts: number;
  readonly deployments: number;
}

export function rolloutTable({ hosts, deployments }: Size, rollout: Rollout): Table {
  const { readyMs, cpuMs, apiCpuMs, peakResidentBytes, statusWrites, apiRequests } = rollout;
  const requests = Object.values(apiRequests).reduce((sum, count) => sum + count, 0);
  const each = (value: number): string => number(value / deployments);
  return {
    title: `${deployments} deployments applied at once on ${hosts} hosts, until all are Ready`,
    columns: ["", "in all", "per deployment"],
    rows: [
      ["time, s", seconds(readyMs), each(readyMs / 1000)],
      ["CPU time of the operator, s", seconds(cpuMs), each(cpuMs / 1000)],
      ["CPU time of API server and etcd, s", seconds(apiCpuMs), each(apiCpuMs / 1000)],
      ["status writes", number(statusWrites), each(statusWrites)],
      ["requests to the Kubernetes API", number(requests), each(requests)],
      ["highest resident memory, MiB", mebibytes(peakResidentBytes), ""],
    ],
  };
}

/** `empty`: before there was anything to look after, so that what a host and a deployment add can be told from what Node takes. */
export function idleTable({ hosts, deployments }: Size, empty: Window, windows: readonly Window[]): Table {
  const row = (name: string, window: Window): string[] => [
    name,
    mebibytes(window.residentBytes),
    number(window.cpuPercent),
    number(window.apiRequestsPerSecond),
    number(window.hostRequestsPerSecond),
  ];
  return {
    title: `While nothing happens (${hosts} hosts, ${deployments} deployments, all Ready)`,
    columns: ["", "resident MiB", "CPU, % of a core", "API requests/s", "requests to hosts/s"],
    rows: [
      row(`no hosts, no deployments (${Math.round(empty.seconds)} s)`, empty),
      ...windows.map((window, at) => row(`${ordinals[at] ?? `${at + 1}th`} ${Math.round(window.seconds)} s`, window)),
    ],
  };
}

const ordinals = ["first", "next", "third"];

/** Which requests those were. */
export function requestsNote({ apiRequests }: Window): string {
  const parts = Object.entries(apiRequests).map(([what, count]) => `${count} × ${what}`);
  return `Requests to the Kubernetes API in the last window: ${parts.join(", ") || "none"}.`;
}
