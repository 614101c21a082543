/** What the service takes of a machine with a large repository and many open proposals: as it comes up, and while nothing happens. */

import type { RunningService } from "../../../cli/up/community/services.ts";
import { type Decision, decisions } from "../../../operator/apis/decision.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import { auditEntries } from "../../control-plane/audit-log.ts";
import type { Bench } from "../benchmark.ts";
import { requestsOf } from "../operator/audit.ts";
import { cpuMsBetween, usageOf, withChildren } from "../processes/usage.ts";
import type { Programs } from "../programs.ts";
import { governanceUser, governed, startGovernanceService, tellOfPush, untilPassed } from "./community.ts";
import { metricIn } from "./own-words.ts";
import { propose } from "./people.ts";
import { makePolicyRepository, nameOf } from "./repository.ts";
import { follow } from "./seen.ts";

export interface MemoryOptions {
  readonly files: number;
  readonly proposals: number;
  readonly idleMs: number;
}

/** One stretch of the service's life. */
export interface Stretch {
  readonly name: string;
  readonly seconds: number;
  readonly cpuMs: number;
  /** Highest of all samples. */
  readonly residentBytes: number;
  /** Of the git programs that it keeps running, at that time. */
  readonly gitBytes: number;
  /** Passes that ended in it, and how long they took together. */
  readonly passes: number;
  readonly passesMs: number;
  /** By `verb resource/subresource`. */
  readonly apiRequests: Readonly<Record<string, number>>;
}

/** The service's own default. */
const pollMs = 60_000;
const sampleEveryMs = 500;

export function measureMemory(bench: Bench, programs: Programs, options: MemoryOptions): Promise<Stretch[]> {
  const { files, proposals, idleMs } = options;
  return governed(bench, programs, "memory", async (inner, place) => {
    const { scratch, signal, say, stack } = inner;
    const policy = await makePolicyRepository(`${scratch}/policy.git`, files);
    stack.add({ name: "the policy repository", stop: () => policy.repository.close() });
    const seen = await follow<Decision>(place.client, decisions, signal);
    say(`the service brings ${files} models into an empty cluster`);
    const service = await startGovernanceService(inner, place, policy, { pollMs, name: "governance-memory" });
    const { auditLogPath } = place.plane;
    const watched = { service, auditLogPath, signal };
    const stretches = [await during(watched, "files into an empty cluster", () => untilPassed(inner, service))];
    say(`${proposals} proposals are opened at once`);
    const opened = await during(watched, "proposals opened at once", async () => {
      const names: string[] = [];
      for (let at = 0; at < proposals; at++) names.push((await propose(policy, "alice", nameOf(at), 1024)).decision);
      await tellOfPush(service, signal);
      for (const name of names) await seen.until(name, ({ status }) => status?.state === "open");
    });
    stretches.push(opened);
    say(`watching it idle for ${idleMs / 1000} s`);
    stretches.push(await during(watched, "nothing happens", () => systemClock.sleep(idleMs, signal)));
    return stretches;
  });
}

interface Watched {
  readonly service: RunningService;
  readonly auditLogPath: string;
  readonly signal: AbortSignal;
}

async function during(watched: Watched, name: string, work: () => Promise<unknown>): Promise<Stretch> {
  const { service, auditLogPath, signal } = watched;
  const { pid } = service.process;
  const fromMs = Date.now();
  const before = usageOf([pid]);
  const passed = await passesOf(watched);
  let highest = { residentBytes: 0, gitBytes: 0 };
  const ended = new AbortController();
  const sampling = (async () => {
    while (!ended.signal.aborted) {
      const residentBytes = usageOf([pid]).residentBytes;
      if (residentBytes > highest.residentBytes) highest = { residentBytes, gitBytes: childBytes(pid) };
      await systemClock.sleep(sampleEveryMs, AbortSignal.any([signal, ended.signal])).catch(() => undefined);
    }
  })();
  try {
    await work();
  } finally {
    ended.abort();
    await sampling;
  }
  const toMs = Date.now();
  const after = await passesOf(watched);
  const requests = requestsOf(auditEntries(auditLogPath), governanceUser, { fromMs, toMs });
  return {
    ...{ name, ...highest },
    seconds: (toMs - fromMs) / 1000,
    cpuMs: cpuMsBetween(before, usageOf([pid])),
    apiRequests: Object.fromEntries(requests),
    passes: after.count - passed.count,
    passesMs: (after.seconds - passed.seconds) * 1000,
  };
}

/** One may end between the list and the look. */
function childBytes(pid: number): number {
  return withChildren(pid)
    .filter((child) => child !== pid)
    .reduce((sum, child) => {
      try {
        return sum + usageOf([child]).residentBytes;
      } catch {
        return sum;
      }
    }, 0);
}

async function passesOf({ service, signal }: Watched): Promise<{ count: number; seconds: number }> {
  const metrics = await (await fetch(`${service.url}/metrics`, { signal })).text();
  const [count, seconds] = ["count", "sum"].map((of) => metricIn(metrics, `commonhold_governance_pass_seconds_${of}`));
  return { count: count ?? 0, seconds: seconds ?? 0 };
}
