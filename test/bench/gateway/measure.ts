/** Puts the load on the variants in turns and reads what each one's processes spent on it. */
import type { Bench } from "../benchmark.ts";
import { cpuMsBetween, type Usage, usageOf } from "../processes/usage.ts";
import type { Worker } from "../processes/worker.ts";
import type { Load, LoadOrder } from "./load.ts";
import { type Case, inTurns } from "./plan.ts";
import { plain } from "./script.ts";
import type { Variant } from "./variants.ts";

export interface Measurement extends Load {
  readonly variant: string;
  readonly round: number;
  readonly stream: boolean;
  readonly concurrency: number;
  /** CPU time of the variant's processes while the load ran. NaN: not known. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/**
 * A program that is compiled while it runs has to have done its work often before it does it as fast as it ever will; on a busy machine
 * that takes long, so requests are counted, not time.
 */
const warmUp = { requests: 6_000, deadlineMs: 20_000, stepMs: 500, streamMs: 2_000, concurrency: 20 };
const warmUpScript = { ...plain, chunks: 100, everyMs: 5 };

export async function measure(
  bench: Bench,
  load: Worker,
  variants: readonly Variant[],
  options: { rounds: number; caseMs: number },
): Promise<Measurement[]> {
  bench.say("warming up");
  for (const variant of variants) await warm(bench, load, variant);
  const measurements: Measurement[] = [];
  for (const { round, of, variant } of inTurns(variants, options.rounds)) {
    bench.signal.throwIfAborted();
    if (of.concurrency === 1 && !of.stream && variant === variants[0])
      bench.say(`round ${round + 1} of ${options.rounds}`);
    measurements.push({ round, ...(await measureOne(load, variant, of, options.caseMs)) });
  }
  return measurements;
}

async function warm({ signal }: Bench, load: Worker, { target }: Variant): Promise<void> {
  const { concurrency } = warmUp;
  const deadline = performance.now() + warmUp.deadlineMs;
  const json: LoadOrder = { target, concurrency, stream: false, script: plain, durationMs: warmUp.stepMs };
  for (let done = 0; done < warmUp.requests && performance.now() < deadline; ) {
    signal.throwIfAborted();
    done += (await load.call<Load>("load", json)).requests;
  }
  const stream = { ...json, stream: true, script: warmUpScript, durationMs: warmUp.streamMs };
  await load.call<Load>("load", stream);
}

async function measureOne(
  load: Worker,
  { name, target, pids }: Variant,
  { stream, concurrency, script }: Case,
  durationMs: number,
): Promise<Omit<Measurement, "round">> {
  const order: LoadOrder = { target, stream, concurrency, script, durationMs };
  const before = usage(pids());
  const result = await load.call<Load>("load", order);
  const after = usage(pids());
  const spent = { cpuMs: cpuMsBetween(before, after), residentBytes: after.residentBytes };
  return { variant: name, stream, concurrency, ...result, ...spent };
}

const notKnown: Usage = { threads: new Map(), coarseCpuMs: Number.NaN, residentBytes: Number.NaN };

function usage(pids: readonly number[]): Usage {
  return pids.length === 0 ? notKnown : usageOf(pids);
}
