/** Waits until the governance service leads, has its log open and has looked once; says why where it does not come so far. */
import type { Clock } from "../../../operator/clock/clock.ts";
import type { Step } from "../../display/display.ts";
import { troubleOf } from "./governance-words.ts";
import type { RunningService } from "./services.ts";

export interface AwaitOptions {
  readonly step: Step;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A lease that a killed run left is waited for too. */
const deadlineMs = 60_000;
/** What it complains about it tries again, more and more rarely; so long it may take to mend itself. */
const patienceMs = 20_000;
const everyMs = 100;
const askTimeoutMs = 5_000;

/** Resolves to how many records its log has. */
export async function awaitGovernance(service: RunningService, options: AwaitOptions): Promise<number> {
  const { step, clock, signal } = options;
  let deadline = clock.now() + deadlineMs;
  let trouble: string | undefined;
  for (;;) {
    const waitsFor = await missing(service.url, signal);
    if (waitsFor === undefined) return recordsIn(await ask(`${service.url}/checkpoint`, signal));
    const said = troubleOf(service.process, clock.now());
    if (said !== undefined && trouble === undefined) deadline = Math.min(deadline, clock.now() + patienceMs);
    trouble = said ?? trouble;
    step.update(trouble ?? waitsFor);
    if (clock.now() >= deadline) {
      throw new Error(
        `governance does not begin: ${trouble ?? waitsFor}\nIts whole log is in ${service.process.logPath}.`,
      );
    }
    await clock.sleep(everyMs, signal);
  }
}

/** What it waits for, in its own words; undefined where for nothing. */
async function missing(url: string, signal: AbortSignal): Promise<string | undefined> {
  // Without a checkpoint it is not the leader, who alone has something to be ready for.
  for (const path of ["/checkpoint", "/readyz"]) {
    try {
      const answer = await ask(`${url}${path}`, signal);
      if (!answer.ok) return (await answer.text()).trim();
    } catch (error) {
      signal.throwIfAborted();
      return error instanceof Error ? error.message : String(error);
    }
  }
  return undefined;
}

function ask(url: string, signal: AbortSignal): Promise<Response> {
  return fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(askTimeoutMs)]) });
}

/** The second line of a checkpoint: https://c2sp.org/tlog-checkpoint. */
async function recordsIn(checkpoint: Response): Promise<number> {
  return Number((await checkpoint.text()).split("\n")[1]);
}

/** Tells it that something was pushed. A notice that is lost costs no more than its next look, seconds later. */
export async function wakeGovernance({ url }: RunningService, signal: AbortSignal): Promise<void> {
  try {
    await fetch(`${url}/webhooks/push`, {
      method: "POST",
      signal: AbortSignal.any([signal, AbortSignal.timeout(askTimeoutMs)]),
    });
  } catch {
    signal.throwIfAborted();
  }
}
