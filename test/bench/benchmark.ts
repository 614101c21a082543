/** What a benchmark is given, and what it gives back. */
import type { Stack } from "../../cli/up/processes/stack.ts";
import type { Machine } from "./machine.ts";
import type { Table } from "./report/table.ts";

export interface Bench {
  /** The repository. */
  readonly root: string;
  /** Folder of this compiled module: entries of processes lie below it. */
  readonly compiled: string;
  /** A folder of this run's own, removed at its end. */
  readonly scratch: string;
  /** Where CPU profiles of our services go; none are taken without it. */
  readonly profiles: string | undefined;
  /** Everything started is put on it: it is stopped at the end, however that comes. */
  readonly stack: Stack;
  readonly signal: AbortSignal;
  /** Tells a person what is going on. */
  say(text: string): void;
}

export interface Findings {
  readonly tables: readonly Table[];
  /** What a reader has to know about this very run: what was absent, what failed. */
  readonly notes: readonly string[];
  /** Programs that took part, with their versions. */
  readonly programs: Readonly<Record<string, string>>;
  /** All numbers behind the tables, for programs. */
  readonly measurements: unknown;
}

export interface Result extends Findings {
  readonly name: BenchmarkName;
  readonly machine: Machine;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly tookMs: number;
  /** Processes that wanted a core, as the system's mean of the last minute, right before. NaN: the system does not tell. */
  readonly loadBefore: number;
}

export const benchmarkNames = ["start", "gateway", "operator", "governance"] as const;
export type BenchmarkName = (typeof benchmarkNames)[number];
