/** What the governance service counts, in Prometheus' form. One registry per service, so that two in one process do not mix. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { parseCheckpoint } from "../../operator/tlog/checkpoint.ts";
import { parseNote } from "../../operator/tlog/note/signed-note.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { OpenedLog } from "../log/open-log.ts";
import { ratifiedCommits } from "../verification/ratified.ts";
import type { Passed } from "./pass.ts";

export interface GovernanceMetrics {
  readonly registry: Registry;
  readonly webhooks: Counter<"outcome">;
  readonly drift: Counter<"kind">;
  readonly isLeader: Gauge;
  readonly passFailures: Counter;
  /** Takes over what a pass found, and how the log stands after it. */
  passed(passed: Passed, durationMs: number, log: Pick<OpenedLog, "records" | "cosigned">): void;
}

const passBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const rolloutStates = ["applied", "waiting", "failed", "held", "unknown"] as const;

export function createGovernanceMetrics(): GovernanceMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const name = (rest: string): string => `commonhold_governance_${rest}`;
  const passSeconds = new Histogram({
    ...{ name: name("pass_seconds"), help: "Duration of a pass.", buckets: passBuckets, registers },
  });
  const lastPass = new Gauge({ name: name("last_pass_timestamp_seconds"), help: "End of the last pass.", registers });
  const troubles = new Gauge({
    ...{ name: name("troubles"), help: "What is wrong now, by code.", labelNames: ["code"], registers },
  });
  const open = new Gauge({
    ...{ name: name("proposals_open"), help: "Open proposals by state.", labelNames: ["state"], registers },
  });
  const size = new Gauge({ name: name("log_records"), help: "Records of the decision log.", registers });
  const cosigned = new Gauge({
    ...{
      name: name("log_cosigned_records"),
      help: "Records that the latest cosigned checkpoint covers; 0 without witnesses.",
    },
    registers,
  });
  const applySeconds = new Gauge({
    ...{
      name: name("last_apply_seconds"),
      help: "From ratification to being in force, timelock included, of what was applied last.",
    },
    registers,
  });
  const rollout = new Gauge({
    ...{ name: name("rollout_state"), help: "1 for the state of the rollout.", labelNames: ["state"], registers },
  });
  return {
    registry,
    webhooks: new Counter({
      name: name("webhooks_total"),
      help: "Webhooks by outcome.",
      labelNames: ["outcome"],
      registers,
    }),
    drift: new Counter({
      ...{
        name: name("drift_corrected_total"),
        help: "Governed objects that others had changed.",
        labelNames: ["kind"],
        registers,
      },
    }),
    isLeader: new Gauge({ name: name("leader"), help: "1 while this process leads.", registers }),
    passFailures: new Counter({ name: name("pass_failures_total"), help: "Passes that broke off.", registers }),
    passed({ view }, durationMs, log) {
      passSeconds.observe(durationMs / 1000);
      lastPass.set(view.now / 1000);
      size.set(log.records.length);
      cosigned.set(log.cosigned === undefined ? 0 : parseCheckpoint(parseNote(log.cosigned).text).size);
      const tookMs = lastApplyMs(log.records);
      if (tookMs !== undefined) applySeconds.set(tookMs / 1000);
      troubles.reset();
      for (const { code } of view.troubles) troubles.inc({ code });
      open.reset();
      for (const { verdict } of view.open) open.inc({ state: verdict?.state ?? "conflict" });
      if (view.unjudged?.size) open.set({ state: "unjudged" }, view.unjudged.size);
      for (const state of rolloutStates) rollout.set({ state }, view.rollout.state === state ? 1 : 0);
    },
  };
}

/** Of the commit that was applied last, when it was for the first time: an emergency that ends applies it again. Undefined where none was. */
function lastApplyMs(records: readonly LoggedRecord[]): number | undefined {
  const commitOf = ({ record }: LoggedRecord): string | undefined =>
    record.kind === "applied" ? record.commit : undefined;
  const last = records.findLast((one) => commitOf(one) !== undefined);
  const commit = last && commitOf(last);
  const first = last && records.find((one) => commitOf(one) === commit);
  const ratified = ratifiedCommits(records).findLast((one) => one.commit === commit);
  return first && ratified && Math.max(0, first.record.at - ratified.at);
}
