/**
 * Takes names of ours off one host, one after the other, beside everything else: unload, then delete. What fails is tried again with growing
 * pauses. A name counts as done only after the host was asked again for what it has, so that nobody plans with a list that still shows it.
 */
import type { Clock } from "../clock/clock.ts";
import type { Engine } from "../engines/engine.ts";
import { printable } from "../text/printable.ts";
import type { HostLimits } from "./limits.ts";
import type { WantedRemoval } from "./view.ts";

export interface RemoverOptions {
  readonly clock: Clock;
  readonly limits: HostLimits;
  /** Throws when there is no way to the host now. */
  readonly engine: () => Engine;
  /** Asks the host anew what it has. */
  readonly refresh: () => Promise<void>;
  /** Whether it may still go: a deployment may want the name again by now. */
  readonly stillDue: (removal: WantedRemoval) => boolean;
  /** Whether this process still leads: one that was frozen past its lease takes nothing off any host when it wakes. May throw why not. */
  readonly mayAct: () => boolean;
  /** Something is done, or failed. */
  readonly onChange: () => void;
}

const messageCharsMax = 500;

export class Remover {
  readonly #options: RemoverOptions;
  readonly #stop = new AbortController();
  readonly #done = new Set<string>();
  readonly #troubles = new Map<string, string>();
  #failures = 0;
  #notBefore = 0;
  #running: Promise<void> | undefined;

  constructor(options: RemoverOptions) {
    this.#options = options;
  }

  /** Names that are gone from the host, until `forget`. */
  get done(): ReadonlySet<string> {
    return this.#done;
  }

  /** Why the last try to remove a name failed. */
  get troubles(): ReadonlyMap<string, string> {
    return this.#troubles;
  }

  /** Begins with what is due, unless it is at work or pauses after a failure; says when (ms) to come again in that case. */
  offer(due: readonly WantedRemoval[]): number | undefined {
    for (const model of [...this.#troubles.keys()])
      if (!due.some((removal) => removal.model === model)) this.#troubles.delete(model);
    const todo = due.filter(({ model }) => !this.#done.has(model));
    if (todo.length === 0 || this.#running || this.#stop.signal.aborted) return undefined;
    if (this.#options.clock.now() < this.#notBefore) return this.#notBefore;
    this.#running = this.#work(todo).finally(() => {
      this.#running = undefined;
      if (!this.#stop.signal.aborted) this.#options.onChange();
    });
    return undefined;
  }

  /** The status no longer lists them. */
  forget(stillListed: ReadonlySet<string>): void {
    for (const model of [...this.#done]) if (!stillListed.has(model)) this.#done.delete(model);
  }

  /** Ends what is under way; resolves when it has. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("the host is not cleaned any more"));
    await this.#running;
  }

  async #work(todo: readonly WantedRemoval[]): Promise<void> {
    const gone: string[] = [];
    let failed = false;
    for (const removal of todo) {
      if (this.#stop.signal.aborted) return;
      if (!this.#options.stillDue(removal)) continue;
      const trouble = await this.#remove(removal.model);
      if (trouble === undefined) {
        this.#troubles.delete(removal.model);
        gone.push(removal.model);
      } else {
        failed = true;
        this.#troubles.set(removal.model, trouble);
      }
    }
    this.#pace(failed);
    if (gone.length > 0) await this.#options.refresh();
    for (const model of gone) this.#done.add(model);
  }

  /** Why it failed; `undefined`: the host has none of this name any more. */
  async #remove(model: string): Promise<string | undefined> {
    const { signal } = this.#stop;
    const call = { signal, timeoutMs: this.#options.limits.removalTimeoutMs };
    try {
      const engine = this.#options.engine();
      // Models of the same weights share one runner, listed under the name that loaded it: what is listed under another is not ours to end.
      const loaded = await engine.loaded(call);
      if (loaded.some(({ name }) => name === model)) {
        this.#mustLead();
        await engine.unload(model, call);
      }
      this.#mustLead();
      await engine.remove(model, call);
      return undefined;
    } catch (error) {
      if (signal.aborted) return "stopped";
      return printable(
        (error instanceof Error ? error.message : String(error)).replace(/[.\s]+$/, ""),
        messageCharsMax,
      );
    }
  }

  #mustLead(): void {
    if (!this.#options.mayAct()) throw new Error("this process no longer leads");
  }

  #pace(failed: boolean): void {
    const { clock, limits } = this.#options;
    this.#failures = failed ? this.#failures + 1 : 0;
    const pauseMs = limits.removalRetryBaseMs * 2 ** Math.min(20, this.#failures - 1);
    this.#notBefore = failed ? clock.now() + Math.min(limits.removalRetryMaxMs, pauseMs) : 0;
  }
}
