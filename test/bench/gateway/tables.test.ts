import { expect, test } from "vitest";
import type { Measurement } from "./measure.ts";
import { cancelTable, jsonTable, memoryNote, streamTable } from "./tables.ts";
import { naked, nginx, ours } from "./variants.ts";

const names = [naked, nginx, ours];

function measurement(overrides: Partial<Measurement>): Measurement {
  return {
    variant: naked,
    round: 0,
    stream: false,
    concurrency: 10,
    requests: 1000,
    elapsedMs: 1000,
    p50: 1000,
    p99: 2000,
    firstByteP50: 900,
    chunks: 0,
    chunkP50: Number.NaN,
    chunkP99: Number.NaN,
    cpuMs: Number.NaN,
    residentBytes: Number.NaN,
    ...overrides,
  };
}

/** Two rounds, the second disturbed for everybody. */
const rounds = [0, 1].flatMap((round) => {
  const slow = round * 5000;
  return [
    measurement({ round, p50: 1000 + slow }),
    measurement({ round, variant: nginx, p50: 1200 + slow, requests: 800, cpuMs: 20 }),
    measurement({ round, variant: ours, p50: 1500 + slow, requests: 500, cpuMs: 50, residentBytes: 100 * 2 ** 20 }),
  ];
});

function rowOf(table: { rows: readonly (readonly string[])[] }, name: string): readonly string[] | undefined {
  return table.rows.find(([cell]) => cell === name);
}

test("what a variant adds is taken against the upstream of the same round", () => {
  const table = jsonTable(rounds, names);
  const row = rowOf(table, `10, ${ours}`);
  expect(row).toHaveLength(table.columns.length);
  expect(row?.[3]).toBe("0.500");
  expect(row?.[6]).toBe("0.50 ×");
  expect(row?.[7]).toBe("100");
  expect(row?.[8]).toBe("4.00 ×");
});

test("the upstream adds nothing to itself, and nginx is not compared with itself", () => {
  const table = jsonTable(rounds, names);
  expect(rowOf(table, `10, ${naked}`)?.slice(3)).toEqual(["", "", "1,000", "", "", ""]);
  expect(rowOf(table, `10, ${nginx}`)?.[8]).toBe("");
});

test("without nginx there is no ratio to it, and the rest stands", () => {
  const without = rounds.filter(({ variant }) => variant !== nginx);
  const row = rowOf(jsonTable(without, [naked, ours]), `10, ${ours}`);
  expect(row?.[7]).toBe("100");
  expect(row?.[8]).toBe("–");
});

test("streams are counted in tokens", () => {
  const streams = rounds.map((one) => ({ ...one, stream: true, chunks: 2000, chunkP50: 300, chunkP99: 900 }));
  const row = rowOf(streamTable(streams, names), `10, ${ours}`);
  expect(row?.slice(1, 4)).toEqual(["0.300", "0.900", "0"]);
  expect(row?.[6]).toBe("25.0");
});

test("a client whose leaving is never noticed is missing from the count of the ended", () => {
  const table = cancelTable([{ variant: ours, name: "before headers", clients: 3, noticedMs: [2, 1] }]);
  expect(table.rows).toEqual([[`before headers, ${ours}`, "3", "2", "1.00", "2.00"]]);
});

test("memory is told of variants whose process is known", () => {
  expect(memoryNote(rounds, names)).toBe(`Resident memory after the last round: ${ours} 100 MiB.`);
  expect(memoryNote([], names)).toBeUndefined();
});
