/**
 * Finds what a test left behind: sockets, listeners, child processes and timers that keep the process alive. They are told
 * apart by identity, not counted, since the test runner and the worker's control plane have some of their own.
 */

import { createHook } from "node:async_hooks";
import { systemClock } from "../../operator/clock/system.ts";

/**
 * Longer than a connection may take to come up (operator/kube/pool.ts gives it 10 s): a client that closes meanwhile lets
 * go of it only then, since undici's connector cannot be cut short. Waited for only while something is left.
 */
const settleMsDefault = 12_000;
const pollMs = 20;

export interface LeakWatch {
  /** Throws, naming them, when handles or timers made since are still active after a moment for closing. */
  end(settleMs?: number): Promise<void>;
}

interface Timer {
  hasRef(): boolean;
  _destroyed?: boolean;
}

export function watchLeaks(): LeakWatch {
  const handlesBefore = new Set(activeHandles());
  const timers = new Map<Timer, string>();
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type !== "Timeout") return;
      const stack = new Error().stack ?? "";
      // The runner and the control plane's keeper set timers too; ours come from the clock, or from undici below it.
      if (!stack.includes("/cli/up/") && /\/operator\/|\/undici\//.test(stack)) timers.set(resource as Timer, stack);
    },
  }).enable();

  const left = (): string[] => [
    ...activeHandles()
      .filter((handle) => !handlesBefore.has(handle) && !isLetGo(handle))
      .map(describeHandle),
    ...[...timers].filter(([timer]) => !timer._destroyed && timer.hasRef()).map(([, stack]) => `timer set at ${stack}`),
  ];
  return {
    async end(settleMs = settleMsDefault) {
      hook.disable();
      const end = systemClock.now() + settleMs;
      for (let found = left(); found.length > 0; found = left()) {
        if (systemClock.now() > end) throw new Error(`the test left behind:\n${found.join("\n")}`);
        await systemClock.sleep(pollMs);
      }
    },
  };
}

/** Not documented, but the only way to tell handles apart (`getActiveResourcesInfo` gives names only). */
function activeHandles(): object[] {
  return (process as unknown as { _getActiveHandles(): object[] })._getActiveHandles();
}

/** A destroyed socket was let go by whoever had it; when its descriptor is closed is the event loop's matter. */
function isLetGo(handle: object): boolean {
  return (handle as { destroyed?: unknown }).destroyed === true;
}

function describeHandle(handle: object): string {
  const { localPort, remotePort, pid, listening, connecting } = handle as Record<string, unknown>;
  return `${handle.constructor.name} ${JSON.stringify({ localPort, remotePort, pid, listening, connecting })}`;
}
