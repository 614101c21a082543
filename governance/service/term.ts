/**
 * One term as leader: what is on disk is opened, then pass follows pass until the lease is lost or the service stops. When somebody else wrote to
 * the log meanwhile (`commonhold log rotate-key` does), everything is opened anew.
 */
import { setMaxListeners } from "node:events";
import { LogError } from "../log/log-error.ts";
import type { OpenedLog } from "../log/open-log.ts";
import { lastRatified } from "../verification/ratified.ts";
import { type Built, build } from "./build.ts";
import type { GovernanceDependencies, Shared } from "./dependencies.ts";
import type { Governance } from "./governance.ts";
import { createLoop, type Loop, type LoopOptions } from "./loop.ts";
import { runPass } from "./pass.ts";

/** First wait after something that may go away by itself, and the longest one. */
const retry = { retryMs: 1_000, retryMaxMs: 60_000 };

export async function lead(dependencies: GovernanceDependencies, shared: Shared, term: AbortSignal): Promise<void> {
  // Everything of a term listens to its end at once: many listeners are no leak here.
  setMaxListeners(0, term);
  while (!term.aborted) {
    const built = await untilBuilt(() => build(dependencies, shared, term), dependencies, term);
    if (!built) return;
    await shared.repository.maintain({ signal: term }).catch((err: unknown) => {
      // Only tidiness: the next term tries again.
      dependencies.logger.warn({ err }, "the repository could not be tidied up");
    });
    await passUntilReopened(built, dependencies, shared, term);
  }
}

/** Resolves when the term ends, or when the log has to be opened again. */
async function passUntilReopened(
  { governance, log, members, close }: Built,
  dependencies: GovernanceDependencies,
  shared: Shared,
  term: AbortSignal,
): Promise<void> {
  const { now } = shared;
  now.log = log;
  const ending = new AbortController();
  const signal = AbortSignal.any([term, ending.signal]);
  setMaxListeners(0, signal);
  const passes = new PassEnds();
  const loop = loopOver(dependencies, shared, log, async (passSignal, isWoken) => {
    await members.refresh(shared.repository, lastRatified(log.records).commit, passSignal);
    try {
      return await runPass(governance, passSignal, isWoken);
    } catch (error) {
      if (isOutdated(error)) ending.abort(error);
      throw error;
    } finally {
      passes.end();
    }
  });
  now.wake = loop.wake;
  try {
    const { rollout } = governance;
    await Promise.all([loop.run(signal), rollout.run(signal), wakeOnChange(rollout, loop, passes, signal)]);
  } finally {
    ending.abort(new Error("the term is over"));
    now.wake = () => undefined;
    delete now.log;
    now.hasPassed = false;
    await close();
  }
}

/** Another process appended: what is in memory is not the log any more. */
function isOutdated(error: unknown): boolean {
  return error instanceof LogError && error.code === "busy";
}

function loopOver(
  { clock, logger, settings }: GovernanceDependencies,
  { metrics, now }: Shared,
  log: OpenedLog,
  pass: LoopOptions["pass"],
): Loop {
  return createLoop({
    ...retry,
    retryMaxMs: Math.max(retry.retryMs, Math.min(retry.retryMaxMs, settings.pollMs)),
    clock,
    pass,
    onPassed: (passed, durationMs) => {
      now.hasPassed = true;
      metrics.passed(passed, durationMs, log);
      for (const { code, sentence } of passed.view.troubles) logger.warn({ event: "trouble", code }, sentence);
    },
    onFailed: (err) => {
      metrics.passFailures.inc();
      logger.error({ err }, "a pass broke off");
    },
  });
}

/** The end of the present or the next pass, for who waits for it. */
class PassEnds {
  #end: () => void = () => undefined;

  end(): void {
    this.#end();
  }

  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        signal.removeEventListener("abort", end);
        resolve();
      };
      this.#end = end;
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", end, { once: true });
    });
  }
}

/** A change stays announced until a pass has looked, so the next one is waited for only after that. */
async function wakeOnChange(
  rollout: Governance["rollout"],
  loop: Loop,
  passes: PassEnds,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await rollout.changed(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    const looked = passes.next(signal);
    loop.wake();
    await looked;
  }
}

/** A forge or a cluster that is away keeps the service waiting, and says so; it does not end it. */
async function untilBuilt<T>(
  attempt: () => Promise<T>,
  { clock, logger }: GovernanceDependencies,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      return await attempt();
    } catch (err) {
      if (signal.aborted) return undefined;
      logger.error({ err, event: "waiting" }, `not ready: ${err instanceof Error ? err.message : String(err)}`);
      const ms = Math.min(retry.retryMaxMs, retry.retryMs * 2 ** Math.min(failures, 10));
      await clock.sleep(ms, signal).catch(() => undefined); // stopped: the loop ends
    }
  }
  return undefined;
}
