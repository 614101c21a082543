/** Clients that leave early, and how long it takes until the upstream is free again: what a proxy that goes on would cost a GPU. */
import type { Bench } from "../benchmark.ts";
import type { Worker } from "../processes/worker.ts";
import type { CancelOrder, Cancels } from "./load.ts";
import { type CancelCase, cancelCases } from "./plan.ts";
import type { Left } from "./upstream.ts";
import type { Variant } from "./variants.ts";

export interface CancelResult {
  readonly variant: string;
  readonly name: string;
  readonly clients: number;
  /** Of the clients whose leaving reached the upstream: milliseconds from leaving to there. */
  readonly noticedMs: readonly number[];
}

const clients = 20;
/** Who is not noticed by then counts as never. */
const noticeDeadlineMs = 3_000;
const lookEveryMs = 20;

export async function measureCancels(
  bench: Bench,
  workers: { load: Worker; upstream: Worker },
  variants: readonly Variant[],
): Promise<CancelResult[]> {
  const results: CancelResult[] = [];
  for (const cancelCase of cancelCases) {
    for (const variant of variants) results.push(await cancelOn(bench, workers, variant, cancelCase));
  }
  return results;
}

async function cancelOn(
  { signal }: Bench,
  { load, upstream }: { load: Worker; upstream: Worker },
  { name, target }: Variant,
  { name: phase, stream, script, leave }: CancelCase,
): Promise<CancelResult> {
  const ids = Array.from({ length: clients }, (_, at) => `${name}/${phase}/${at}`);
  const order: CancelOrder = { target, stream, script, ids, leave };
  const left = await load.call<Cancels>("cancel", order);
  const noticed = new Map<string, number>();
  const deadline = performance.now() + noticeDeadlineMs;
  while (noticed.size < clients && performance.now() < deadline) {
    signal.throwIfAborted();
    for (const { id, atUs } of await upstream.call<Left[]>("left")) noticed.set(id, atUs);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  const noticedMs = ids.flatMap((id) => {
    const [leftUs, atUs] = [left[id], noticed.get(id)];
    return leftUs === undefined || atUs === undefined ? [] : [(atUs - leftUs) / 1000];
  });
  return { variant: name, name: phase, clients, noticedMs };
}
