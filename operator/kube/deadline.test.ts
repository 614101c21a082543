import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../clock/manual.ts";
import { withDeadline } from "./deadline.ts";

const forever = (): Promise<never> => new Promise(() => undefined);

function limits(timeoutMs?: number): {
  clock: ManualClock;
  signal: AbortSignal;
  abort: AbortController;
  onTimeout: () => Error;
  timeoutMs: number | undefined;
} {
  const abort = new AbortController();
  return { clock: new ManualClock(), abort, signal: abort.signal, onTimeout: () => new Error("late"), timeoutMs };
}

describe("withDeadline", () => {
  test("gives the result and leaves neither a timer nor a listener", async () => {
    const options = limits(100);
    expect(await withDeadline(options, async () => 7)).toBe(7);
    expect(options.clock.pending).toBe(0);
    expect(getEventListeners(options.signal, "abort")).toEqual([]);
  });

  test("rejects when the time is over, though the operation does not notice, and tells it", async () => {
    const options = limits(100);
    let inner: AbortSignal | undefined;
    const result = withDeadline(options, (signal) => {
      inner = signal;
      return forever();
    });
    const caught = result.catch((error: unknown) => error);
    await options.clock.advance(100);
    expect(await caught).toEqual(new Error("late"));
    expect(inner?.reason).toEqual(new Error("late"));
    expect(getEventListeners(options.signal, "abort")).toEqual([]);
  });

  test("an abort rejects at once with its reason and leaves no timer", async () => {
    const options = limits(100);
    const caught = withDeadline(options, forever).catch((error: unknown) => error);
    options.abort.abort("enough");
    expect(await caught).toBe("enough");
    expect(options.clock.pending).toBe(0);
  });

  test("nothing begins under a signal that has aborted", async () => {
    const options = limits();
    options.abort.abort(new Error("before"));
    let begun = false;
    const result = withDeadline(options, async () => {
      begun = true;
    });
    await expect(result).rejects.toThrow("before");
    expect(begun).toBe(false);
  });

  test("an operation that throws at once is a rejection and leaves no timer", async () => {
    const options = limits(100);
    const result = withDeadline(options, () => {
      throw new Error("at once");
    });
    await expect(result).rejects.toThrow("at once");
    expect(options.clock.pending).toBe(0);
  });
});
