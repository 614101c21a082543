/**
 * The bounds of one call: a total, and a quiet time that starts anew whenever something arrives. `signal` aborts when the
 * caller's does (with the caller's reason) or when a bound is over (with an `EngineError` that says which).
 */
import type { Cancel, Clock } from "../clock/clock.ts";
import { EngineError, type EngineErrorCode } from "./error.ts";

export class CallTimer {
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #onCallerAbort = (): void => this.#abort.abort(this.#caller?.reason);
  #total: Cancel | undefined;
  #quiet: Cancel | undefined;
  #quietMs = 0;
  #quietCode: EngineErrorCode = "Timeout";
  #quietWhat = "";
  #heardAt = 0;

  constructor(clock: Clock, what: string, totalMs: number, caller: AbortSignal | undefined) {
    this.#clock = clock;
    this.#caller = caller;
    if (caller?.aborted) this.#abort.abort(caller.reason);
    else caller?.addEventListener("abort", this.#onCallerAbort, { once: true });
    if (Number.isFinite(totalMs)) {
      this.#total = clock.after(totalMs, () => this.#expire("Timeout", `${what} took longer than ${seconds(totalMs)}`));
    }
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** From now on at most `ms` may pass between two calls of `heard`; `what` ends the sentence "nothing came for 30 s …". */
  expect(ms: number, code: EngineErrorCode, what: string): void {
    this.#quiet?.();
    this.#quietMs = ms;
    this.#quietCode = code;
    this.#quietWhat = what;
    this.#heardAt = this.#clock.now();
    this.#arm(ms);
  }

  /** Something arrived. Costs no timer: the armed one looks when it fires. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  /** Leaves no timer and no listener behind; `signal` never aborts afterwards. */
  end(): void {
    this.#total?.();
    this.#quiet?.();
    this.#total = undefined;
    this.#quiet = undefined;
    this.#caller?.removeEventListener("abort", this.#onCallerAbort);
  }

  #arm(ms: number): void {
    if (this.#abort.signal.aborted || !Number.isFinite(ms)) return;
    this.#quiet = this.#clock.after(ms, () => {
      const left = this.#heardAt + this.#quietMs - this.#clock.now();
      if (left > 0) this.#arm(left);
      else this.#expire(this.#quietCode, `nothing came for ${seconds(this.#quietMs)} ${this.#quietWhat}`);
    });
  }

  #expire(code: EngineErrorCode, message: string): void {
    this.end();
    this.#abort.abort(new EngineError(code, message));
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
