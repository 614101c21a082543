/** All deployments applied at once: how long until every one is Ready, and what that costs. */
import type { RunningService } from "../../../cli/up/community/services.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import type { Bench } from "../benchmark.ts";
import { cpuMsBetween, usageOf } from "../processes/usage.ts";
import { sumOf } from "./audit.ts";
import { applyDeployments, operatorUser, type Plane, readyDeployments, waitingWords } from "./community.ts";
import type { Fleet } from "./fleet-size.ts";
import { countRequests } from "./windows.ts";

export interface Rollout {
  readonly readyMs: number;
  readonly cpuMs: number;
  /** Of API server and etcd together: they share the machine's cores with it. */
  readonly apiCpuMs: number;
  readonly peakResidentBytes: number;
  readonly statusWrites: number;
  readonly apiRequests: Readonly<Record<string, number>>;
}

const deadlineMs = 10 * 60_000;
const lookEveryMs = 1_000;

export async function rollOut(bench: Bench, place: Plane, operator: RunningService, fleet: Fleet): Promise<Rollout> {
  const { client, plane } = place;
  const { signal, say } = bench;
  const { pid } = operator.process;
  const total = fleet.files.length;
  const fromMs = Date.now();
  const before = usageOf([pid]);
  const apiPids = [plane.apiserver.pid, plane.etcd.pid];
  const apiBefore = usageOf(apiPids);
  let peakResidentBytes = before.residentBytes;
  await applyDeployments(client, fleet);
  for (let ready = 0, told = 0; ready < total; ) {
    await systemClock.sleep(lookEveryMs, signal);
    ready = await readyDeployments(client, signal);
    peakResidentBytes = Math.max(peakResidentBytes, usageOf([pid]).residentBytes);
    if (ready >= told + total / 4) {
      told = ready;
      say(`${ready} of ${total} ready after ${Math.round((Date.now() - fromMs) / 1000)} s`);
    }
    if (Date.now() > fromMs + deadlineMs) {
      throw new Error(
        `only ${ready} of ${total} were ready after ${deadlineMs / 60_000} min: ${await waitingWords(client)}`,
      );
    }
  }
  const span = { fromMs, toMs: Date.now() };
  const counts = countRequests(plane.auditLogPath, operatorUser, span);
  return {
    readyMs: span.toMs - fromMs,
    cpuMs: cpuMsBetween(before, usageOf([pid])),
    apiCpuMs: cpuMsBetween(apiBefore, usageOf(apiPids)),
    peakResidentBytes,
    statusWrites: sumOf(counts, (what) => what.endsWith("/status")),
    apiRequests: Object.fromEntries(counts),
  };
}
