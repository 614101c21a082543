import { describe, expect, test } from "vitest";
import { ManualClock } from "../clock/manual.ts";
import { CallTimer } from "./call-timer.ts";

describe("the bounds of a call", () => {
  test("the total ends it, however busy it is", async () => {
    const clock = new ManualClock();
    const timer = new CallTimer(clock, "asking", 1_000, undefined);
    timer.expect(400, "Stalled", "while asking");
    for (let i = 0; i < 4; i++) {
      await clock.advance(249);
      timer.heard();
    }
    expect(timer.signal.aborted).toBe(false);
    await clock.advance(4);
    expect(timer.signal.reason).toMatchObject({ code: "Timeout", message: "asking took longer than 1 s" });
    expect(clock.pending).toBe(0);
  });

  test("quiet ends it with the code that was given, as long after the last sound as was given", async () => {
    const clock = new ManualClock();
    const timer = new CallTimer(clock, "pulling", Number.POSITIVE_INFINITY, undefined);
    timer.expect(30_000, "Stalled", "while pulling");
    await clock.advance(29_000);
    timer.heard();
    await clock.advance(29_999);
    expect(timer.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(timer.signal.reason).toMatchObject({ code: "Stalled", message: "nothing came for 30 s while pulling" });
    expect(clock.pending).toBe(0);
  });

  test("a new expectation replaces the old one", async () => {
    const clock = new ManualClock();
    const timer = new CallTimer(clock, "pulling", Number.POSITIVE_INFINITY, undefined);
    timer.expect(1_000, "Stalled", "at first");
    timer.expect(10_000, "Stalled", "later");
    await clock.advance(9_999);
    expect(timer.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(timer.signal.reason).toMatchObject({ message: expect.stringContaining("later") });
  });

  test("the caller's abort ends it at once, with the caller's reason", () => {
    const clock = new ManualClock();
    const caller = new AbortController();
    const timer = new CallTimer(clock, "asking", 1_000, caller.signal);
    caller.abort(new Error("stopped"));
    expect(timer.signal.reason).toMatchObject({ message: "stopped" });
  });

  test("a call that was aborted before it began is aborted", () => {
    const timer = new CallTimer(new ManualClock(), "asking", 1_000, AbortSignal.abort(new Error("too late")));
    expect(timer.signal.reason).toMatchObject({ message: "too late" });
  });

  test("once ended it never aborts, and leaves no timer", async () => {
    const clock = new ManualClock();
    const caller = new AbortController();
    const timer = new CallTimer(clock, "asking", 1_000, caller.signal);
    timer.expect(500, "Timeout", "while asking");
    timer.end();
    expect(clock.pending).toBe(0);
    await clock.advance(10_000);
    caller.abort(new Error("stopped"));
    expect(timer.signal.aborted).toBe(false);
  });
});
