/** From measurements to the tables that people read. Differences and ratios are taken round by round, then summed up. */
import { mebibytes, number, spread, times } from "../report/format.ts";
import { paired, percentile, type Spread, spreadOf } from "../report/statistics.ts";
import type { Table } from "../report/table.ts";
import type { CancelResult } from "./cancels.ts";
import type { Measurement } from "./measure.ts";
import { concurrencies, streamScript } from "./plan.ts";
import { naked, nginx } from "./variants.ts";

export function jsonTable(measurements: readonly Measurement[], variants: readonly string[]): Table {
  return {
    title: "Answers in one piece (JSON, closed loop)",
    columns: [
      "at once, variant",
      "p50 ms",
      "p99 ms",
      "added p50 ms",
      "added p99 ms",
      "requests/s",
      "÷ upstream",
      "CPU µs/request",
      "CPU ÷ nginx",
    ],
    rows: rowsOf(measurements, variants, false, (own, base, floor) => [
      number(spreadOf(own.map(({ p50 }) => p50 / 1000)).median),
      number(spreadOf(own.map(({ p99 }) => p99 / 1000)).median),
      added(own, base, ({ p50 }) => p50),
      added(own, base, ({ p99 }) => p99),
      number(spreadOf(own.map(perSecond)).median),
      own === base ? "" : ratio(own, base, perSecond),
      cpu(own, ({ requests }) => requests),
      own === base || own === floor ? "" : ratio(own, floor, ({ cpuMs, requests }) => cpuMs / requests),
    ]),
  };
}

export function streamTable(measurements: readonly Measurement[], variants: readonly string[]): Table {
  return {
    title: `Streams (SSE, ${streamScript.chunks} tokens, one every ${streamScript.everyMs} ms; delay from the upstream's write to the client's read)`,
    columns: [
      "at once, variant",
      "delay p50 ms",
      "delay p99 ms",
      "added p50 ms",
      "added p99 ms",
      "first byte p50 ms",
      "CPU µs/token",
      "CPU ÷ nginx",
    ],
    rows: rowsOf(measurements, variants, true, (own, base, floor) => [
      number(spreadOf(own.map(({ chunkP50 }) => chunkP50 / 1000)).median),
      number(spreadOf(own.map(({ chunkP99 }) => chunkP99 / 1000)).median),
      added(own, base, ({ chunkP50 }) => chunkP50),
      added(own, base, ({ chunkP99 }) => chunkP99),
      number(spreadOf(own.map(({ firstByteP50 }) => firstByteP50 / 1000)).median),
      cpu(own, ({ chunks }) => chunks),
      own === base || own === floor ? "" : ratio(own, floor, ({ cpuMs, chunks }) => cpuMs / chunks),
    ]),
  };
}

export function cancelTable(results: readonly CancelResult[]): Table {
  return {
    title: "Clients that leave: until the upstream's request ends",
    columns: ["when, variant", "left", "ended", "median ms", "slowest ms"],
    rows: results.map(({ name, variant, clients, noticedMs }) => [
      `${name}, ${variant}`,
      String(clients),
      String(noticedMs.length),
      number(percentile(noticedMs, 0.5)),
      number(percentile(noticedMs, 1)),
    ]),
  };
}

export function memoryNote(measurements: readonly Measurement[], variants: readonly string[]): string | undefined {
  const parts = variants.flatMap((variant) => {
    const bytes = measurements.findLast((one) => one.variant === variant)?.residentBytes ?? Number.NaN;
    return Number.isNaN(bytes) ? [] : [`${variant} ${mebibytes(bytes)} MiB`];
  });
  return parts.length === 0 ? undefined : `Resident memory after the last round: ${parts.join(", ")}.`;
}

type Cells = (own: Rounds, base: Rounds, floor: Rounds) => string[];
type Rounds = readonly Measurement[];

function rowsOf(measurements: Rounds, variants: readonly string[], stream: boolean, cells: Cells): string[][] {
  return concurrencies.flatMap((concurrency) => {
    const cases = measurements.filter((one) => one.stream === stream && one.concurrency === concurrency);
    const byVariant = new Map(variants.map((name) => [name, roundsOf(cases, name)]));
    const [base, floor] = [byVariant.get(naked) ?? [], byVariant.get(nginx) ?? []];
    return [...byVariant].map(([name, own]) => [`${concurrency}, ${name}`, ...cells(own, base, floor)]);
  });
}

function roundsOf(measurements: Rounds, variant: string): Rounds {
  return measurements.filter((one) => one.variant === variant).sort((a, b) => a.round - b.round);
}

type Of = (measurement: Measurement) => number;

const perSecond: Of = ({ requests, elapsedMs }) => (requests * 1000) / elapsedMs;

/** Microseconds of the measurements, milliseconds in the table. */
function added(own: Rounds, base: Rounds, of: Of): string {
  if (own === base) return "";
  return spread(paired(own.map(of), base.map(of), (value, floor) => (value - floor) / 1000));
}

function ratio(own: Rounds, base: Rounds, of: Of): string {
  const { median }: Spread = paired(own.map(of), base.map(of), (value, other) => value / other);
  return times(median);
}

function cpu(own: Rounds, count: Of): string {
  const { median } = spreadOf(own.map((one) => (one.cpuMs * 1000) / count(one)));
  return Number.isNaN(median) ? "" : number(median);
}
