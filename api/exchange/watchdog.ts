/** Calls `expired` when nothing was heard for `ms`. Hearing something is cheap: it sets no timer, the one that runs looks. */
import type { Cancel, Clock } from "../../operator/clock/clock.ts";

export interface Watchdog {
  /** Something was heard. */
  heard(): void;
  /** Silence is ours now (nobody reads): time stands still until `resume`. */
  pause(): void;
  resume(): void;
  stop(): void;
}

export function startWatchdog(clock: Clock, ms: number, expired: () => void): Watchdog {
  let last = clock.now();
  let cancel: Cancel = () => undefined;
  const watch = (): void => {
    cancel = clock.after(Math.max(1, last + ms - clock.now()), () => {
      if (clock.now() - last >= ms) expired();
      else watch();
    });
  };
  watch();
  return {
    heard() {
      last = clock.now();
    },
    pause: () => cancel(),
    resume() {
      last = clock.now();
      cancel();
      watch();
    },
    stop: () => cancel(),
  };
}
