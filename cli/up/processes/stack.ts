/** What can be stopped: a program, or several that belong together. */
export interface Stoppable {
  readonly name: string;
  stop(): Promise<unknown>;
}

/**
 * Parts in the order in which they were started; `stop` ends them one after the other, last first, so that nothing loses
 * what it still needs to stop well. Every part is stopped even when an earlier one failed to.
 */
export interface Stack {
  add<T extends Stoppable>(part: T): T;
  stop(onStopping?: (name: string) => void): Promise<void>;
  /** True from the first call of `stop` on: what ends now was meant to end. */
  readonly stopping: boolean;
  /** Nothing was added, or all of it was stopped. */
  readonly isEmpty: boolean;
}

export function createStack(): Stack {
  const parts: Stoppable[] = [];
  let begun = false;
  let stopping: Promise<void> | undefined;
  const stopAll = async (onStopping?: (name: string) => void): Promise<void> => {
    const errors: unknown[] = [];
    for (let part = parts.pop(); part; part = parts.pop()) {
      onStopping?.(part.name);
      const stopped = part.stop();
      await stopped.catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, "not everything could be stopped");
  };
  return {
    get stopping() {
      return begun;
    },
    get isEmpty() {
      return parts.length === 0;
    },
    add: (part) => {
      parts.push(part);
      return part;
    },
    stop: (onStopping) => {
      begun = true;
      stopping ??= stopAll(onStopping).finally(() => {
        stopping = undefined;
      });
      return stopping;
    },
  };
}
