import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../operator/clock/clock.ts";
import { lockState, type StateLock, StateLocked } from "../state/lock.ts";
import { cacheRoot } from "./cache.ts";
import type { BinaryName } from "./catalog.ts";

const lookAgainMs = 200;

export interface TurnOptions {
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Called once for each process that holds the lock while we wait. */
  onWait: (pid: number) => void;
}

/**
 * Waits until nobody else works on this binary, for as long as that takes: a holder that died, even by SIGKILL, holds
 * nothing any more, and one that lives is worth waiting for. Release it when done.
 */
export async function takeTurn(name: BinaryName, { env, clock, signal, onWait }: TurnOptions): Promise<StateLock> {
  const folder = join(cacheRoot(env), name, ".lock");
  await mkdir(folder, { recursive: true });
  let waitingFor: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return lockState(folder);
    } catch (error) {
      if (!(error instanceof StateLocked)) throw error;
      if (error.pid !== waitingFor) onWait(error.pid);
      waitingFor = error.pid;
    }
    await clock.sleep(lookAgainMs, signal);
  }
}
