/** From measurements to the tables that people read, each beside its goal. */
import { count, mebibytes, number, seconds, spread, times } from "../report/format.ts";
import { paired, percentile, spreadOf } from "../report/statistics.ts";
import type { Table } from "../report/table.ts";
import type { LogMeasurement } from "./log.ts";
import type { Stretch } from "./memory.ts";
import { type Merge, pollMs, type Way, ways } from "./merges.ts";
import { type ClusterPlan, type FilePlans, type PlanCase, type Planner, planCases, planners } from "./plans.ts";

/** What the project promises; each is told as a ratio. */
export const goals = {
  mergeMs: { "told of the push": 5_000, polling: pollMs + 5_000 },
  planMs: 10_000,
  changedPlanMs: 300,
  residentBytes: 300 * 2 ** 20,
  verifyMs: 10_000,
} as const;

const wayWords: Readonly<Record<Way, string>> = {
  "trusted branch": "branch that is trusted: git fetch, kubectl apply",
  "told of the push": "commonhold, told of the push",
  polling: `commonhold, polling every ${pollMs / 1000} s`,
};

export function mergeTable(merges: readonly Merge[]): Table {
  const of = (way: Way): readonly Merge[] => merges.filter((one) => one.way === way);
  const trusted = of("trusted branch").map(({ changedMs }) => changedMs);
  return {
    title: `From the push of a merge to the cluster, s (${trusted.length} merges each, one after the other, no timelock)`,
    columns: [
      "",
      "object changed, p50",
      "p95",
      "÷ trusted",
      "record written, p95",
      "goal for it",
      "Decision says so, p95",
    ],
    rows: ways.map((way) => {
      const own = of(way);
      const changed = own.map(({ changedMs }) => changedMs);
      const applied = percentile(
        own.map(({ appliedMs }) => appliedMs),
        p95,
      );
      return [
        wayWords[way],
        seconds(percentile(changed, 0.5)),
        seconds(percentile(changed, p95)),
        way === "trusted branch" ? "" : times(paired(changed, trusted, ratio).median),
        ...(way === "trusted branch"
          ? ["", "", ""]
          : [
              seconds(applied),
              times(applied / goals.mergeMs[way]),
              seconds(
                percentile(
                  own.map(({ shownMs }) => shownMs),
                  p95,
                ),
              ),
            ]),
      ];
    }),
  };
}

const p95 = 0.95;

export function filePlanTable({ files, rounds }: FilePlans): Table {
  const row = (name: string, plans: FilePlans["rounds"][number]["changed"], goalMs: number): string[] => {
    const whole = spreadOf(plans.map(({ readMs, planMs }) => readMs + planMs));
    return [
      name,
      number(spreadOf(plans.map(({ readMs }) => readMs)).median),
      number(spreadOf(plans.map(({ planMs }) => planMs)).median),
      spread(whole),
      times(whole.median / goalMs),
      number(spreadOf(plans.map(({ cpuMs }) => cpuMs)).median),
    ];
  };
  return {
    title: `Plan of a repository of ${count(files)} files, ms, the cluster not asked`,
    columns: ["", "reading", "planning", "in all", "of the goal", "CPU"],
    rows: [
      row(
        "all files new, nothing read before",
        rounds.map(({ all }) => all),
        goals.planMs,
      ),
      row(
        "one file changed since",
        rounds.flatMap(({ changed }) => changed),
        goals.changedPlanMs,
      ),
    ],
  };
}

const planCaseWords: Readonly<Record<PlanCase, string>> = {
  "all are new": "all new",
  "one has changed": "one changed",
};
const plannerWords: Readonly<Record<Planner, string>> = {
  "kubectl diff": "kubectl diff --server-side",
  "kubectl apply": "kubectl apply --server-side --dry-run=server",
  commonhold: "commonhold",
};

export function clusterPlanTable(objects: number, plans: readonly ClusterPlan[]): Table {
  const rows = planCases.flatMap((of) => {
    const by = (planner: Planner): number[] =>
      plans
        .filter((one) => one.of === of && one.by === planner)
        .sort((a, b) => a.round - b.round)
        .map(({ ms }) => ms);
    return planners.map((planner) => {
      const own = by(planner);
      const against = (base: Planner): string => (planner === base ? "" : times(paired(own, by(base), ratio).median));
      const name = `${planCaseWords[of]}, ${plannerWords[planner]}`;
      return [name, spread(spreadOf(own), seconds), against("kubectl diff"), against("kubectl apply")];
    });
  });
  return {
    title: `Plan of ${count(objects)} objects with the API server's word on each change`,
    columns: ["", "s", "÷ kubectl diff", "÷ kubectl apply"],
    rows,
  };
}

export function memoryTable(
  { files, proposals }: { files: number; proposals: number },
  stretches: readonly Stretch[],
): Table {
  return {
    title: `The service with ${count(files)} files and ${count(proposals)} open proposals`,
    columns: [
      "",
      "s",
      "resident MiB, highest",
      "of the goal",
      "git beside it, MiB",
      "CPU, % of a core",
      "passes",
      "s/pass",
      "API requests/s",
    ],
    rows: stretches.map((one) => [
      one.name,
      seconds(one.seconds * 1000),
      mebibytes(one.residentBytes),
      times(one.residentBytes / goals.residentBytes),
      mebibytes(one.gitBytes),
      number(one.cpuMs / one.seconds / 10),
      count(one.passes),
      number(one.passesMs / one.passes / 1000),
      number(Object.values(one.apiRequests).reduce((sum, one) => sum + one, 0) / one.seconds),
    ]),
  };
}

export function logTable({ records, rounds, verifyCommitMs }: LogMeasurement): Table {
  const ours = rounds.map(({ ours: { ms } }) => ms);
  const fsck = rounds.map(({ fsckMs }) => fsckMs);
  const each = (ms: number): string => number((ms * 1000) / records);
  const [whole, peer] = [spreadOf(ours), spreadOf(fsck)];
  const oneByOne = verifyCommitMs * records;
  const peak = Math.max(...rounds.map(({ ours: { peakBytes } }) => peakBytes));
  return {
    title: `Checking a decision log of ${count(records)} records whole`,
    columns: ["", "s", "µs/record", "÷ git fsck", "of the goal", "resident MiB"],
    rows: [
      ["git fsck --full --strict: objects and their names", spread(peer, seconds), each(peer.median), "", "", ""],
      [
        "git verify-commit on each: signatures",
        `${seconds(oneByOne)} (from one)`,
        each(oneByOne),
        times(oneByOne / peer.median),
        "",
        "",
      ],
      [
        "commonhold log verify: records, chain, tree, evidence, signatures",
        spread(whole, seconds),
        each(whole.median),
        times(paired(ours, fsck, ratio).median),
        times(whole.median / goals.verifyMs),
        mebibytes(peak),
      ],
    ],
  };
}

export function proofTable({ proofs }: LogMeasurement): Table {
  return {
    title: "Bytes that a member needs who has the log's key",
    columns: [
      "records",
      "checkpoint",
      "place of a record",
      "the whole proof, record in it",
      "growth between two checkpoints",
    ],
    rows: proofs.map(({ records, checkpointBytes, inclusionBytes, fileBytes, consistencyBytes }) => [
      count(records),
      count(checkpointBytes),
      spread(spreadOf(inclusionBytes), whole),
      spread(spreadOf(fileBytes), whole),
      spread(spreadOf(consistencyBytes), whole),
    ]),
  };
}

/** Which requests idleness consists of. */
export function idleNote(stretches: readonly Stretch[]): string {
  const parts = Object.entries(stretches.at(-1)?.apiRequests ?? {}).map(([what, often]) => `${often} × ${what}`);
  return `Requests to the Kubernetes API while nothing happened: ${parts.join(", ") || "none"}.`;
}

export function packNote({ records, packBytes, proofs }: LogMeasurement): string {
  const proof = proofs.at(-1);
  const proofBytes = spreadOf(proof?.fileBytes ?? []).median;
  const size = `The log of ${count(records)} records takes ${mebibytes(packBytes)} MiB in git`;
  return `${size}, ${number(packBytes / proofBytes)} times as much as a proof with its record.`;
}

export function kubectlNote(startMs: number): string {
  return `kubectl's times hold its own start, which is ${number(startMs)} ms here; ours are those of a process that has read nothing before, without its start.`;
}

/** The middle of two whole numbers may be none. */
function whole(value: number): string {
  return count(Math.round(value));
}

function ratio(value: number, base: number): number {
  return value / base;
}
