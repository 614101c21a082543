import { expect, test } from "vitest";
import type { LogMeasurement } from "./log.ts";
import type { Stretch } from "./memory.ts";
import type { Merge, Way } from "./merges.ts";
import type { ClusterPlan } from "./plans.ts";
import {
  clusterPlanTable,
  filePlanTable,
  idleNote,
  logTable,
  memoryTable,
  mergeTable,
  packNote,
  proofTable,
} from "./tables.ts";

const twenty = Array.from({ length: 20 }, (_, at) => at + 1);

test("merges are told by their p50 and p95 and against a branch that is trusted; the goal is for the record", () => {
  const merges = (way: Way, each: number): Merge[] =>
    twenty.map((at) => ({ way, changedMs: at * each, appliedMs: at * each + 50, shownMs: at * each + 500 }));
  const trusted = merges("trusted branch", 50).map((one) => ({ ...one, appliedMs: Number.NaN, shownMs: Number.NaN }));
  const table = mergeTable([...trusted, ...merges("told of the push", 100), ...merges("polling", 200)]);
  expect(table.title).toContain("20 merges each");
  expect(table.rows.map(([, ...cells]) => cells)).toEqual([
    ["0.50", "0.95", "", "", "", ""],
    ["1.00", "1.90", "2.00 ×", "1.95", "0.39 ×", "2.40"],
    ["2.00", "3.80", "4.00 ×", "3.85", "0.55 ×", "4.30"],
  ]);
});

test("one merge that takes very long shows in the p95 of ten, though not in that of twenty", () => {
  const merges = twenty.map(
    (at): Merge => ({ way: "polling", changedMs: at === 20 ? 60_000 : 1_000, appliedMs: 1, shownMs: 1 }),
  );
  expect(mergeTable(merges).rows[2]?.slice(1, 3)).toEqual(["1.00", "1.00"]);
  expect(mergeTable(merges.slice(10)).rows[2]?.slice(1, 3)).toEqual(["1.00", "60.0"]);
});

test("plans by files are told in parts and against their goals, those of one change over all rounds", () => {
  const planned = (readMs: number, planMs: number) => ({ readMs, planMs, cpuMs: readMs, objects: 1, residentBytes: 0 });
  const table = filePlanTable({
    files: 10_000,
    rounds: [
      { all: planned(4_000, 1_000), changed: [planned(100, 10), planned(200, 10)] },
      { all: planned(5_000, 1_000), changed: [planned(300, 30)] },
    ],
  });
  expect(table.title).toContain("10,000 files");
  expect(table.rows).toEqual([
    ["all files new, nothing read before", "4,500", "1,000", "5,500 (5,000 – 6,000)", "0.55 ×", "4,500"],
    ["one file changed since", "200", "10.0", "210 (110 – 330)", "0.70 ×", "200"],
  ]);
});

test("plans with the cluster are compared round by round, whoever came first in a round", () => {
  const plans: ClusterPlan[] = [
    { round: 1, of: "all are new", by: "commonhold", ms: 1_000 },
    { round: 0, of: "all are new", by: "kubectl diff", ms: 2_000 },
    { round: 0, of: "all are new", by: "kubectl apply", ms: 1_000 },
    { round: 0, of: "all are new", by: "commonhold", ms: 500 },
    { round: 1, of: "all are new", by: "kubectl diff", ms: 4_000 },
    { round: 1, of: "all are new", by: "kubectl apply", ms: 4_000 },
  ];
  expect(clusterPlanTable(500, plans).rows.slice(0, 3)).toEqual([
    ["all new, kubectl diff --server-side", "3.00 (2.00 – 4.00)", "", "1.50 ×"],
    ["all new, kubectl apply --server-side --dry-run=server", "2.50 (1.00 – 4.00)", "0.75 ×", ""],
    ["all new, commonhold", "0.75 (0.50 – 1.00)", "0.25 ×", "0.38 ×"],
  ]);
});

const stretch: Stretch = {
  name: "nothing happens",
  seconds: 60,
  cpuMs: 1_200,
  residentBytes: 240 * 2 ** 20,
  gitBytes: 10 * 2 ** 20,
  passes: 2,
  passesMs: 3_000,
  apiRequests: { "update leases": 30 },
};

test("a stretch of the service's life is told with its highest memory and what a pass takes", () => {
  const none = { ...stretch, passes: 0, passesMs: 0, apiRequests: {} };
  const table = memoryTable({ files: 10_000, proposals: 100 }, [stretch, none]);
  expect(table.title).toContain("10,000 files and 100 open proposals");
  expect(table.rows.map(([, ...cells]) => cells)).toEqual([
    ["60.0", "240", "0.80 ×", "10", "2.00", "2", "1.50", "0.500"],
    ["60.0", "240", "0.80 ×", "10", "2.00", "0", "–", "0"],
  ]);
  expect(memoryTable({ files: 10, proposals: 2 }, []).title).toContain("10 files and 2 open proposals");
  expect(idleNote([none, stretch])).toContain("30 × update leases");
  expect(idleNote([stretch, none])).toContain("none");
});

const log: LogMeasurement = {
  records: 100_000,
  packBytes: 100 * 2 ** 20,
  rounds: [6_000, 8_000, 7_000].map((ms) => ({
    ours: { records: 100_000, ms, cpuMs: ms, peakBytes: 300 * 2 ** 20 },
    fsckMs: ms / 2,
  })),
  verifyCommitMs: 10,
  proofs: [
    {
      records: 1_000,
      checkpointBytes: 200,
      inclusionBytes: [320, 320, 288],
      fileBytes: [2_000, 2_097, 2_100],
      consistencyBytes: [320],
    },
  ],
};

test("a check of the log is compared with git's own of the same objects, and with that of each signature", () => {
  expect(logTable(log).rows.map(([, ...cells]) => cells)).toEqual([
    ["3.50 (3.00 – 4.00)", "35.0", "", "", ""],
    ["1000.0 (from one)", "10,000", "286 ×", "", ""],
    ["7.00 (6.00 – 8.00)", "70.0", "2.00 ×", "0.70 ×", "300"],
  ]);
});

test("proofs are told in bytes, and against the whole log", () => {
  expect(proofTable(log).rows).toEqual([["1,000", "200", "320 (288 – 320)", "2,097 (2,000 – 2,100)", "320"]]);
  expect(packNote(log)).toBe(
    "The log of 100,000 records takes 100 MiB in git, 50,004 times as much as a proof with its record.",
  );
});
