import { mkdir } from "node:fs/promises";
import type { Clock } from "../../../operator/clock/clock.ts";
import { lockState, type StateLock, StateLocked } from "../state/lock.ts";

const lookAgainMs = 200;

export interface TurnOptions {
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Called with words for who holds the lock, again and again while we wait. */
  onWait: (holder: string) => void;
}

/**
 * Waits until nobody else holds the lock of this folder, for as long as that takes: a holder that died, even by SIGKILL, holds
 * nothing any more, and one that lives is worth waiting for. Release it when done.
 */
export async function takeTurn(folder: string, { clock, signal, onWait }: TurnOptions): Promise<StateLock> {
  await mkdir(folder, { recursive: true });
  for (;;) {
    signal?.throwIfAborted();
    try {
      return lockState(folder);
    } catch (error) {
      if (!(error instanceof StateLocked)) throw error;
      onWait(error.pid === process.pid ? "this process" : `process ${error.pid}`);
    }
    await clock.sleep(lookAgainMs, signal);
  }
}
