/** What goes on until it is stopped, as the loops of every service do, and the one end that all who stop it wait for. */

export interface Running {
  /** Rejects when something that should never end has failed. */
  readonly failed: Promise<never>;
  /** Calling it again waits for the same end. */
  stop(): Promise<void>;
}

export interface RunningOptions {
  /** Aborted by `stop`, with that reason, before anything is waited for. */
  readonly stopping: AbortController;
  readonly reason: string;
  /** Resolves once all of it has ended, and rejects when a part of it fails. */
  readonly work: Promise<unknown>;
  /** Told while it is stopped: of work that has failed. */
  readonly onFailed: (error: unknown) => void;
  /** What is given back when no work is left. */
  readonly close: () => Promise<unknown>;
}

export function untilStopped({ stopping, reason, work, onFailed, close }: RunningOptions): Running {
  const failed = work.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined); // whoever started us may look at it
  const end = async (): Promise<void> => {
    stopping.abort(new Error(reason));
    await work.catch(onFailed);
    await close();
  };
  let ended: Promise<void> | undefined;
  return {
    failed,
    stop() {
      ended ??= end();
      return ended;
    },
  };
}
