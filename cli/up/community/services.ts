/** Operator, gateway and governance: processes of their own, each with the kubeconfig of its ServiceAccount and nothing else. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../operator/clock/clock.ts";
import { waitReady } from "../processes/readiness.ts";
import { type LeashedProcess, startProcess } from "../processes/start.ts";

const readyDeadlineMs = 60_000;

export interface ServiceSpec {
  /** Also the name of its log file. */
  name: string;
  /** Compiled entry point, below the folder of compiled sources. */
  entry: string;
  env: Readonly<Record<string, string>>;
  /** What it answers when it is up; `/readyz` by default. */
  readyPath?: string;
}

export interface RunningService {
  readonly name: string;
  readonly url: string;
  readonly process: LeashedProcess;
  stop(): Promise<unknown>;
}

export interface ServicePlace {
  /** Folder of compiled sources (`dist`). */
  compiled: string;
  logs: string;
  /** What every service may see of our environment. */
  baseEnv: Readonly<Record<string, string>>;
  clock: Clock;
  signal: AbortSignal;
}

/** Resolves when the service answers its check. */
export async function startService(spec: ServiceSpec, place: ServicePlace): Promise<RunningService> {
  const program = await startProcess({
    name: spec.name,
    command: process.execPath,
    args: ["--enable-source-maps", join(place.compiled, spec.entry)],
    env: { ...place.baseEnv, ...spec.env },
    logPath: join(place.logs, `${spec.name}.log`),
    clock: place.clock,
  });
  let url: string | undefined;
  const isReady = async (signal: AbortSignal): Promise<boolean> => {
    url ??= announcedUrl(program.logPath, program.pid);
    return url !== undefined && (await fetch(`${url}${spec.readyPath ?? "/readyz"}`, { signal })).ok;
  };
  try {
    await waitReady(program, isReady, { deadlineMs: readyDeadlineMs, clock: place.clock, signal: place.signal });
  } catch (error) {
    await program.stop();
    throw error;
  }
  return { name: spec.name, url: url ?? "", process: program, stop: () => program.stop() };
}

/** The services listen on a free port and say which in a JSON log line with `url`; older runs share the log, so the pid must be this one's. */
function announcedUrl(logPath: string, pid: number): string | undefined {
  for (const line of readFileSync(logPath, "utf8").split("\n").reverse()) {
    if (!line.includes('"url"') || !line.includes(`"pid":${pid}`)) continue;
    const url = (JSON.parse(line) as { url?: string }).url;
    if (url) return url;
  }
  return undefined;
}
