/**
 * One pull: one connection, kept open for as long as the host downloads, because Ollama gives a download up when its last
 * caller leaves. The package cannot do this: it swallows lines that are not JSON, has no idle bound, and cannot be aborted
 * before the answer's head came.
 */
import { CallTimer } from "../call-timer.ts";
import type { PullOptions } from "../engine.ts";
import { EngineError } from "../error.ts";
import { type Call, type Host, shown } from "./client.ts";
import { lines } from "./lines.ts";
import { PullTracker } from "./progress.ts";

/** Resolves with what the host told on the way. */
export async function pullOnce(host: Host, reference: string, options: PullOptions): Promise<PullTracker> {
  const call: Call = { what: `pulling ${shown(reference)}`, doing: "pull" };
  const tracker = new PullTracker(options.expected);
  const timer = new CallTimer(host.clock, call.what, Number.POSITIVE_INFINITY, options.signal);
  const stallMs = options.stallTimeoutMs ?? host.bounds.pullStallTimeoutMs;
  timer.expect(stallMs, "Stalled", `while ${call.what} (the registry's manifest)`);
  const body = { model: reference, stream: true, ...(options.insecure && { insecure: true }) };
  try {
    for await (const line of lines(host, call, "/api/pull", body, timer)) {
      const phase = tracker.progress.phase;
      if (!tracker.take(line)) continue;
      timer.heard();
      if (tracker.progress.phase !== phase) expectNext(host, timer, tracker, stallMs, call.what);
      options.onProgress?.(tracker.progress);
    }
  } finally {
    timer.end();
  }
  if (!tracker.done) throw new EngineError("BadResponse", `${call.what}: the host ended its answer without a result`);
  return tracker;
}

/** While the host hashes what it pulled it says nothing: allow that for as long as a slow disk takes to read it all. */
function expectNext(host: Host, timer: CallTimer, tracker: PullTracker, stallMs: number, what: string): void {
  const { phase, totalBytes } = tracker.progress;
  if (phase === "download") {
    timer.expect(stallMs, "Stalled", `while ${what} (no byte of any layer)`);
    return;
  }
  const readingMs = (totalBytes / host.bounds.verifyBytesPerSecondMin) * 1000;
  timer.expect(stallMs + readingMs, "Stalled", `while ${what} (checking what was downloaded)`);
}
