/** How long a person waits, from `npm start` to the first word of the model, on a machine that has done it before. */
import { join } from "node:path";
import { ensureBinary } from "../../../cli/up/binaries/ensure.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import type { Bench, Findings } from "../benchmark.ts";
import { findPrograms } from "../programs.ts";
import { runStart } from "./run.ts";
import type { Start } from "./steps.ts";
import { startTable } from "./tables.ts";

export async function benchStart(bench: Bench, { runs }: { runs: number }): Promise<Findings> {
  const { versions } = await findPrograms(bench);
  const onProgress = (): void => {};
  const ollama = await ensureBinary("ollama", {
    env: process.env,
    onProgress,
    clock: systemClock,
    signal: bench.signal,
  });
  const state = join(bench.scratch, "state");
  bench.say("first start, which fills the state directory");
  const first = await runStart(bench, state);
  const again: Start[] = [];
  for (let run = 1; run <= runs; run++) {
    bench.say(`start ${run} of ${runs}`);
    again.push(await runStart(bench, state));
  }
  return {
    tables: [startTable(first, again)],
    notes: [],
    programs: { Ollama: ollama.version, ...versions },
    measurements: { first, again },
  };
}
