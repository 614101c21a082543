/** Requests under way: each with a signal that ends it the moment its client leaves, all of them at once when the gateway stops. */
import type { ServerResponse } from "node:http";
import { ClientLeft } from "./client-left.ts";

export interface ActiveRequest {
  /** Aborts with `ClientLeft`, or with what `abortAll` or `abort` was given. */
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Its answer is complete or given up. */
  end(): void;
}

export interface ActiveRequests {
  begin(response: ServerResponse): ActiveRequest;
  readonly size: number;
  abortAll(reason: Error): void;
  /** Resolves when none is left. */
  idle(): Promise<void>;
}

export function createActiveRequests(): ActiveRequests {
  const controllers = new Set<AbortController>();
  let waiters: (() => void)[] = [];
  const end = (controller: AbortController): void => {
    controllers.delete(controller);
    if (controllers.size > 0) return;
    for (const resolve of waiters) resolve();
    waiters = [];
  };
  return {
    get size() {
      return controllers.size;
    },
    begin(response) {
      const controller = new AbortController();
      controllers.add(controller);
      // "close" comes for every response; before its last byte went out it means that the client is gone.
      const left = (): void => {
        if (!response.writableFinished) controller.abort(new ClientLeft());
      };
      response.once("close", left);
      if (response.destroyed) left();
      return {
        signal: controller.signal,
        abort: (reason) => controller.abort(reason),
        end() {
          response.off("close", left);
          end(controller);
        },
      };
    },
    abortAll(reason) {
      for (const controller of [...controllers]) controller.abort(reason);
    },
    idle: () => (controllers.size === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
  };
}
