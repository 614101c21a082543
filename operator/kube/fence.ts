/**
 * Holds a write back when the right to write has ended.
 *
 * A process may be frozen (SIGSTOP, a stalled event loop, a suspended machine) between deciding to write and writing. So
 * the fence is asked twice: before the call begins, and again by undici's dispatch hook, which runs in the same turn of
 * the event loop that writes the request's bytes to an open connection. No client can do more: a process frozen in the
 * fraction of a millisecond between that check and the system call sends that one write when it wakes (seen in about one
 * of ten freezes of a process that did nothing but write, on a machine with more work than cores). Where such a late
 * write would do harm it must carry the `resourceVersion` that it was decided on, and the server refuses it.
 */

import type { Dispatcher } from "undici";
import { FencedError } from "./errors.ts";

/** Answers whether this process may write now: false, or a throw, holds the write back. */
export type Fence = () => boolean;

export function checkFence(fence: Fence): void {
  const error = fenceError(fence);
  if (error) throw error;
}

/** A dispatcher whose requests are dropped unsent when the fence is closed at the moment of writing. */
export function fencedDispatcher(dispatcher: Dispatcher, fence: Fence): Dispatcher {
  return dispatcher.compose(
    (dispatch) =>
      function fenced(options, handler) {
        return dispatch(options, heldBackBy(fence, handler));
      },
  );
}

function heldBackBy(fence: Fence, handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      handler.onRequestStart?.(controller, context);
      const error = fenceError(fence);
      if (error) controller.abort(error);
    },
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  };
}

function fenceError(fence: Fence): FencedError | undefined {
  try {
    return fence() ? undefined : new FencedError();
  } catch (error) {
    return error instanceof FencedError ? error : new FencedError(undefined, error);
  }
}
