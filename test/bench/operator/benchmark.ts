/** What the operator takes of a machine to look after a community: bringing all models up, and then keeping watch. */
import { join } from "node:path";
import type { Bench, Findings } from "../benchmark.ts";
import { startWorker } from "../processes/worker.ts";
import { findPrograms } from "../programs.ts";
import { applyHosts, operatorUser, startOperatorService, startPlane } from "./community.ts";
import type { Fleet } from "./fleet-size.ts";
import { rollOut } from "./rollout.ts";
import { idleTable, requestsNote, rolloutTable, type Size } from "./tables.ts";
import { type Window, watchWindow } from "./windows.ts";

export interface OperatorOptions extends Size {
  /** How long each window is. */
  readonly idleMs: number;
}

/** A host that shows no change for a minute is asked less often: the first window is before that, the second after it. */
const windowCount = 2;
const emptyMs = 10_000;

export async function benchOperator(bench: Bench, options: OperatorOptions): Promise<Findings> {
  const { stack, compiled, say } = bench;
  const programs = await findPrograms(bench);
  const fleet = stack.add(await startWorker("the hosts", join(compiled, "operator/fleet.js")));
  const { hosts, deployments } = options;
  const made = await fleet.call<Fleet>("start", { hosts, deployments });
  say("starting control plane and operator");
  const place = await startPlane(bench, programs);
  const operator = await startOperatorService(bench, place);
  const watched = { pid: operator.process.pid, fleet, auditLogPath: place.plane.auditLogPath, user: operatorUser };
  say("watching it with nothing to do");
  const empty = await watchWindow(bench, { ...watched, ms: emptyMs });
  await applyHosts(place.client, made);
  const rollout = await rollOut(bench, place, operator, made);
  const windows: Window[] = [];
  for (let at = 1; at <= windowCount; at++) {
    say(`watching it idle for ${options.idleMs / 1000} s (${at} of ${windowCount})`);
    windows.push(await watchWindow(bench, { ...watched, ms: options.idleMs }));
  }
  const last = windows.at(-1);
  return {
    tables: [rolloutTable(options, rollout), idleTable(options, empty, windows)],
    notes: last ? [requestsNote(last)] : [],
    programs: programs.versions,
    measurements: { empty, rollout, windows },
  };
}
