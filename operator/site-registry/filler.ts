/**
 * The loop of the filler: gather → plan → apply → report. A copy runs beside it, so that a model that nobody names any more is left at once.
 * It only adds to the site's registry: what is in it stays, whatever happens here.
 */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Clock } from "../clock/clock.ts";
import type { Random } from "../clock/system.ts";
import { backoffMs } from "../kube/backoff.ts";
import type { Digest } from "../models/digest.ts";
import { type CopyTools, copyModel } from "./copy.ts";
import { failureAfter, inWords } from "./failure.ts";
import { type GatherContext, gather } from "./gather.ts";
import { type Failure, type ModelState, type Plan, plan, wishOf } from "./plan.ts";
import { Wake } from "./wake.ts";
import type { Wanted } from "./wanted.ts";

export interface FillerOptions extends Omit<GatherContext, "failures"> {
  readonly tools: CopyTools;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly onStates: (states: ReadonlyMap<string, ModelState>) => void;
  readonly onCopied: (outcome: "copied" | "failed") => void;
}

interface Copying {
  readonly key: string;
  readonly wish: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class Filler {
  readonly #options: FillerOptions;
  readonly #failures = new Map<string, Failure>();
  readonly #wake = new Wake();
  #copying: Copying | undefined;
  #away: { attempts: number; message: string } | undefined;
  #hasLooked = false;

  constructor(options: FillerOptions) {
    this.#options = options;
  }

  /** What it waits for before it is of use, in words; nothing: all is well. */
  get waitsFor(): readonly string[] {
    if (this.#away) return [`the site's registry (${this.#away.message})`];
    return this.#hasLooked ? [] : ["a first look at the site's registry"];
  }

  /** Until the signal aborts; nothing is left running when it resolves. Call it once, when the cache is synced. */
  async run(signal: AbortSignal): Promise<void> {
    const { deployments, clock, limits } = this.#options;
    const unsubscribe = deployments.onChange(() => this.#wake.now());
    try {
      while (!signal.aborted) {
        this.#wake.reset();
        const waitMs = await this.#pass(signal);
        // Changes come in bursts: a status is written many times while a model comes.
        await clock.sleep(limits.settleMs, signal).catch(() => undefined);
        await this.#wake.within(clock, waitMs - limits.settleMs, signal);
      }
    } finally {
      unsubscribe();
      this.#copying?.abort.abort(signal.reason);
      await this.#copying?.done;
    }
  }

  /** Gives how long nothing is to be done, in milliseconds. */
  async #pass(signal: AbortSignal): Promise<number> {
    const { clock, random, logger, limits } = this.#options;
    try {
      const snapshot = await gather({ ...this.#options, failures: this.#failures }, this.#copying, clock.now(), signal);
      if (this.#away) logger.info({ event: "registry-back" }, "the site's registry answers again");
      this.#away = undefined;
      this.#hasLooked = true;
      const planned = plan(snapshot, folderOf);
      await this.#apply(planned, signal);
      this.#options.onStates(planned.states);
      return planned.wakeAt - clock.now();
    } catch (error) {
      if (signal.aborted) return 0;
      const attempts = (this.#away?.attempts ?? 0) + 1;
      const message = inWords(error);
      // Said once: it is asked again and again.
      if (!this.#away) logger.warn({ event: "registry-away", err: error }, message);
      this.#away = { attempts, message };
      return backoffMs({ baseMs: limits.settleMs, maxMs: limits.lookMs, jitter: 0.2 }, attempts - 1, random);
    }
  }

  async #apply(planned: Plan, signal: AbortSignal): Promise<void> {
    const { folder, logger } = this.#options;
    for (const name of planned.discard) await rm(join(folder, name), { recursive: true, force: true });
    for (const key of this.#failures.keys()) if (!planned.states.has(key)) this.#failures.delete(key);
    if (planned.stop && this.#copying) {
      logger.info({ event: "left", model: this.#copying.key }, "a model is not wanted any more; its copy is left");
      this.#copying.abort.abort(new Error("it is not wanted any more"));
      await this.#copying.done;
    }
    if (planned.start && !this.#copying) this.#begin(planned.start, signal);
  }

  #begin(wanted: Wanted, signal: AbortSignal): void {
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const done = this.#copy(wanted, abort.signal).finally(() => {
      signal.removeEventListener("abort", onAbort);
      this.#copying = undefined;
      this.#wake.now();
    });
    this.#copying = { key: wanted.key, wish: wishOf(wanted), abort, done };
  }

  async #copy(wanted: Wanted, signal: AbortSignal): Promise<void> {
    const { folder, tools, clock, logger, onCopied } = this.#options;
    const model = wanted.key;
    const startedAt = clock.now();
    logger.info({ event: "copying", model, bytes: wanted.bytes }, "a model is copied into the site's registry");
    try {
      const digest: Digest = await copyModel(wanted, join(folder, folderOf(wanted)), tools, signal);
      this.#failures.delete(model);
      onCopied("copied");
      const durationMs = clock.now() - startedAt;
      logger.info({ event: "copied", model, digest, durationMs }, "a model is in the site's registry");
    } catch (error) {
      if (signal.aborted) return;
      this.#failed(wanted, error);
      onCopied("failed");
    }
  }

  /** A warning once, until it fails for another reason. */
  #failed(wanted: Wanted, error: unknown): void {
    const { clock, random, limits, logger } = this.#options;
    const before = this.#failures.get(wanted.key);
    const failure = failureAfter(before, wanted, error, { now: clock.now(), random, limits });
    this.#failures.set(wanted.key, failure);
    const { code, message, attempts, refused } = failure;
    const level = before?.code === code ? "debug" : "warn";
    const retryInMs = Math.round(failure.retryAt - clock.now());
    logger[level]({ event: "copy-failed", model: wanted.key, attempts, refused, retryInMs, err: error }, message);
  }
}

/** The name of the folder of what was fetched of it in part. */
export function folderOf({ key }: Pick<Wanted, "key">): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32);
}
