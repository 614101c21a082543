/** Runs benchmarks one after another, each with parts of its own that are stopped before the next begins, and on Ctrl-C. */
import { setMaxListeners } from "node:events";
import { rmSync } from "node:fs";
import { loadavg } from "node:os";
import { createStack } from "../../cli/up/processes/stack.ts";
import { rfc3339 } from "../../operator/clock/clock.ts";
import { printable } from "../../operator/text/printable.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import type { Bench, BenchmarkName, Findings, Result } from "./benchmark.ts";
import { benchGateway, type GatewayOptions } from "./gateway/benchmark.ts";
import { benchGovernance, type GovernanceOptions } from "./governance/benchmark.ts";
import { describeMachine } from "./machine.ts";
import { benchOperator } from "./operator/benchmark.ts";
import { benchStart } from "./start/benchmark.ts";

export interface RunOptions extends GatewayOptions, GovernanceOptions {
  readonly root: string;
  readonly compiled: string;
  readonly profiles: string | undefined;
  readonly runs: number;
  readonly hosts: number;
  readonly deployments: number;
  readonly idleMs: number;
}

export interface Outcome {
  readonly results: readonly Result[];
  /** 1 when one failed (the others are there), 130 when a signal ended it. */
  readonly exitCode: number;
}

const benchmarks: Readonly<Record<BenchmarkName, (bench: Bench, options: RunOptions) => Promise<Findings>>> = {
  start: benchStart,
  gateway: benchGateway,
  operator: benchOperator,
  governance: benchGovernance,
};

export async function runBenchmarks(chosen: readonly BenchmarkName[], options: RunOptions): Promise<Outcome> {
  const stop = stopOnSignal();
  const results: Result[] = [];
  let failed = false;
  try {
    for (const name of chosen) {
      if (stop.signal.aborted) break;
      try {
        results.push(await runOne(name, options, stop.signal));
      } catch (error) {
        failed = true;
        if (!stop.signal.aborted) say(name, `failed: ${wordsOf(error)}`);
      }
    }
  } finally {
    stop.release();
  }
  return { results, exitCode: stop.signal.aborted ? 130 : failed ? 1 : 0 };
}

async function runOne(name: BenchmarkName, options: RunOptions, signal: AbortSignal): Promise<Result> {
  const stack = createStack();
  const scratch = scratchDirectory("bench");
  const { root, compiled, profiles } = options;
  const loadBefore = process.platform === "win32" ? Number.NaN : (loadavg()[0] ?? Number.NaN);
  const startedAtMs = Date.now();
  try {
    const bench = { root, compiled, scratch, profiles, stack, signal, say: (text: string) => say(name, text) };
    const findings = await benchmarks[name](bench, options);
    const tookMs = Date.now() - startedAtMs;
    return { name, machine: describeMachine(root), startedAt: rfc3339(startedAtMs), tookMs, loadBefore, ...findings };
  } finally {
    await stack.stop().catch((error: unknown) => say(name, `not all could be stopped: ${wordsOf(error)}`));
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The first signal ends the benchmark in order, a second one at once; leashes and closed channels end the rest. */
function stopOnSignal(): { signal: AbortSignal; release(): void } {
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const onSignal = (name: NodeJS.Signals): void => {
    if (abort.signal.aborted) process.exit(130);
    say("bench", "stopping");
    abort.abort(new Error(`stopped by ${name}`));
  };
  const names: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const name of names) process.on(name, onSignal);
  return { signal: abort.signal, release: () => names.forEach((name) => void process.off(name, onSignal)) };
}

/** Results go to stdout; what is going on goes to stderr. */
function say(who: string, text: string): void {
  process.stderr.write(`${who}: ${text}\n`);
}

function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .split("\n")
    .map((line) => printable(line, 500))
    .join("\n");
}
