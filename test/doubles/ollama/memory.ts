/**
 * One host's memory and its scheduler (server/sched.go of v0.24.0): one load at a time, a bounded queue of loads, reload when
 * runner options differ, eviction of the idle runner with the shortest keep-alive when memory or places are short.
 */
import type { StoredModel } from "./disk.ts";
import { configOf } from "./manifest.ts";
import { ClientLeft, Refused } from "./refused.ts";
import { memoryFor, Runner, type RunnerOptions, runnerKey, trainedContext } from "./runner.ts";
import type { OllamaDoubleSettings } from "./settings.ts";

interface Pending {
  readonly model: StoredModel;
  readonly options: RunnerOptions;
  readonly keepAliveMs: number | undefined;
  readonly signal: AbortSignal;
  readonly resolve: (runner: Runner) => void;
  readonly reject: (error: unknown) => void;
}

export class Memory {
  readonly #settings: OllamaDoubleSettings;
  readonly #runners = new Map<string, Runner>();
  readonly #pending: Pending[] = [];
  readonly #unloads = new Set<() => void>();
  #working = false;
  /** Words that every load fails with while set. */
  failure: string | undefined;
  /** Loads on the CPU although there is an accelerator, in silence. */
  cpuFallback = false;
  /** Loads that were begun, for tests that count reloads. */
  loads = 0;

  constructor(settings: OllamaDoubleSettings) {
    this.#settings = settings;
  }

  get runners(): readonly Runner[] {
    return [...this.#runners.values()];
  }

  get queued(): number {
    return this.#pending.length;
  }

  /** A runner that is held until `release`. Rejects with `Refused`, or `ClientLeft` when the signal aborts first. */
  acquire(
    model: StoredModel,
    options: RunnerOptions,
    keepAliveMs: number | undefined,
    signal: AbortSignal,
  ): Promise<Runner> {
    const clipped = { ...options, num_ctx: Math.min(Math.max(options.num_ctx, 4), trainedContext(model)) };
    const runner = this.#runners.get(runnerKey(model));
    if (runner && !runner.loading && !needsReload(runner, clipped)) {
      return Promise.resolve(this.#hold(runner, keepAliveMs));
    }
    if (this.#pending.length >= this.#settings.maxQueue) {
      return Promise.reject(new Refused(503, "server busy, please try again.  maximum pending requests exceeded"));
    }
    return new Promise((resolve, reject) => {
      this.#pending.push({ model, options: clipped, keepAliveMs, signal, resolve, reject });
      void this.#work();
    });
  }

  release(runner: Runner): void {
    runner.references--;
    if (runner.references > 0 || runner.unloaded) return;
    if (runner.keepAliveMs <= 0) {
      this.#unload(runner);
      return;
    }
    const { clock } = this.#settings;
    runner.expiresAt = clock.now() + runner.keepAliveMs;
    if (Number.isFinite(runner.keepAliveMs) && runner.keepAliveMs < timerMsMax) {
      runner.expiry = clock.after(runner.keepAliveMs, () => this.#unload(runner));
    }
  }

  /** `keep_alive: 0`: goes when the last request that holds it is done. */
  expire(model: StoredModel): void {
    const runner = this.#runners.get(runnerKey(model));
    if (!runner) return;
    runner.expiry?.();
    runner.keepAliveMs = 0;
    runner.expiresAt = this.#settings.clock.now();
    if (runner.references <= 0 && !runner.loading) this.#unload(runner);
  }

  /** Everything is gone at once, as when the server is killed. */
  clear(): void {
    for (const pending of this.#pending.splice(0)) pending.reject(new ClientLeft());
    for (const runner of this.runners) this.#unload(runner);
  }

  #hold(runner: Runner, keepAliveMs: number | undefined): Runner {
    runner.references++;
    runner.expiry?.();
    runner.expiry = undefined;
    if (keepAliveMs !== undefined) runner.keepAliveMs = keepAliveMs;
    return runner;
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let next = this.#pending[0]; next; next = this.#pending[0]) {
      // Taken off the queue before it is worked on: the channel's buffer counts those that wait behind it.
      this.#pending.shift();
      await this.#serve(next).then(next.resolve, next.reject);
    }
    this.#working = false;
  }

  async #serve(pending: Pending): Promise<Runner> {
    for (;;) {
      if (pending.signal.aborted) throw new ClientLeft();
      const runner = this.#runners.get(runnerKey(pending.model));
      if (runner && !needsReload(runner, pending.options)) return this.#hold(runner, pending.keepAliveMs);
      const leaving = runner ?? this.#inTheWay(pending);
      if (!leaving) return await this.#load(pending);
      await this.#makeLeave(leaving);
    }
  }

  /** The runner that must go before this load; `undefined` where there is room. */
  #inTheWay(pending: Pending): Runner | undefined {
    const needed = memoryFor(pending.model, pending.options.num_ctx, this.#settings.parallel);
    const used = this.runners.reduce((sum, runner) => sum + runner.bytes, 0);
    const total = this.#settings.memoryBytes + this.#settings.vramBytes;
    if (this.#runners.size < this.#settings.maxLoaded && used + needed <= total) return undefined;
    const byKeepAlive = [...this.runners].sort((a, b) => a.keepAliveMs - b.keepAliveMs || (a.key < b.key ? -1 : 1));
    return byKeepAlive.find((runner) => runner.references === 0) ?? byKeepAlive[0];
  }

  #makeLeave(runner: Runner): Promise<void> {
    runner.expiry?.();
    runner.keepAliveMs = 0;
    if (runner.references <= 0) {
      this.#unload(runner);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const look = (): void => {
        if (!runner.unloaded) return;
        this.#unloads.delete(look);
        resolve();
      };
      this.#unloads.add(look);
    });
  }

  async #load(pending: Pending): Promise<Runner> {
    const { clock, loadMs, memoryBytes, vramBytes, keepAliveMs } = this.#settings;
    const slots = configOf(pending.model.manifest).capabilities.includes("completion") ? this.#settings.parallel : 1;
    const bytes = memoryFor(pending.model, pending.options.num_ctx, slots);
    if (this.failure !== undefined) throw new Refused(500, this.failure);
    if (bytes > memoryBytes + vramBytes) throw new Refused(500, tooLarge(bytes, memoryBytes + vramBytes));
    const used = this.runners.reduce((sum, runner) => sum + runner.vramBytes, 0);
    const onAccelerator = this.cpuFallback ? 0 : Math.max(0, Math.min(bytes, vramBytes - used));
    const sizes = { bytes, vramBytes: onAccelerator, keepAliveMs: pending.keepAliveMs ?? keepAliveMs, slots };
    const runner = new Runner(runnerKey(pending.model), pending.model, pending.options, sizes);
    this.#runners.set(runner.key, runner);
    this.loads++;
    try {
      if (loadMs > 0) await clock.sleep(loadMs, pending.signal);
    } catch {
      this.#unload(runner);
      throw new ClientLeft();
    }
    if (runner.unloaded) throw new ClientLeft();
    runner.loading = false;
    return this.#hold(runner, undefined);
  }

  #unload(runner: Runner): void {
    runner.expiry?.();
    runner.unloaded = true;
    if (this.#runners.get(runner.key) === runner) this.#runners.delete(runner.key);
    for (const look of [...this.#unloads]) look();
  }
}

/** Timers cannot be longer; a model that stays for 24 days stays for the test. */
const timerMsMax = 2 ** 31 - 1;

function needsReload(runner: Runner, wanted: RunnerOptions): boolean {
  return JSON.stringify(sorted(runner.options)) !== JSON.stringify(sorted(wanted));
}

function sorted(options: RunnerOptions): [string, unknown][] {
  return Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
}

function tooLarge(needed: number, available: number): string {
  const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  return `model requires more system memory (${gib(needed)}) than is available (${gib(available)})`;
}
