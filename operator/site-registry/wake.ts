/** A wait that ends when it is told to, also when it was told just before it began. */
import type { Clock } from "../clock/clock.ts";

export class Wake {
  #told = false;
  #tell: (() => void) | undefined;

  now(): void {
    this.#told = true;
    this.#tell?.();
  }

  /** What was told until here does not count. */
  reset(): void {
    this.#told = false;
  }

  /** At the latest after `ms`, or when the signal aborts. Leaves no timer and no listener. */
  async within(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#told || ms <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener("abort", end);
        this.#tell = undefined;
        resolve();
      };
      const cancel = clock.after(ms, end);
      signal.addEventListener("abort", end, { once: true });
      this.#tell = end;
    });
  }
}
