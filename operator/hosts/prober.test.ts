import { describe, expect, test } from "vitest";
import { FetchError } from "../addresses/fetch-error.ts";
import { ManualClock } from "../clock/manual.ts";
import type { CallOptions, Engine } from "../engines/engine.ts";
import { EngineError } from "../engines/error.ts";
import { defaultHostLimits as limits } from "./limits.ts";
import { failureOf, type ProbeOutcome } from "./probe.ts";
import { Prober } from "./prober.ts";

/** An engine that answers each question when told to, and a prober that asks it every five seconds. */
function setUp() {
  const clock = new ManualClock();
  const outcomes: ProbeOutcome[] = [];
  const asked: {
    what: string;
    answer: (value?: unknown) => void;
    fail: (error: Error) => void;
    options: CallOptions;
  }[] = [];
  const question = (what: string) => (options: CallOptions) =>
    new Promise((resolve, reject) => {
      options.signal?.addEventListener("abort", () => reject(options.signal?.reason), { once: true });
      asked.push({ what, answer: resolve, fail: reject, options });
    });
  const engine = {
    version: question("version"),
    models: question("models"),
    loaded: question("loaded"),
  } as unknown as Engine;
  const prober = new Prober({
    engine,
    clock,
    random: () => 0.5,
    limits,
    onOutcome: (outcome) => outcomes.push(outcome) * 0 + 5_000,
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const answer = async (what: string, value: unknown = []) => {
    const open = asked.shift();
    expect(open?.what).toBe(what);
    open?.answer(value);
    await settle();
  };
  const answerAll = async () => {
    await answer("version", "0.24.0");
    await answer("models");
    await answer("loaded");
  };
  return { clock, outcomes, asked, prober, answer, answerAll, settle };
}

describe("a prober", () => {
  test("asks for version, disk and memory in turn, and again after a while", async () => {
    const { clock, outcomes, asked, prober, answerAll } = setUp();
    const running = prober.run();
    await answerAll();
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toMatchObject({ kind: "Answered", facts: { version: "0.24.0", models: [], loaded: [] } });
    expect(asked).toHaveLength(0);
    await clock.advance(4_999);
    expect(asked).toHaveLength(0);
    await clock.advance(1);
    expect(asked).toHaveLength(1);
    prober.stop();
    await running;
    expect(clock.pending).toBe(0);
  });

  test("a question has its own bound and the probe one for all", async () => {
    const { clock, asked, prober, answer } = setUp();
    const running = prober.run();
    expect(asked[0]?.options.timeoutMs).toBe(limits.questionTimeoutMs);
    await clock.advance(7_000);
    await answer("version", "0.24.0");
    expect(asked[0]?.options.timeoutMs).toBe(limits.probeTimeoutMs - 7_000);
    prober.stop();
    await running;
  });

  test("a miss ends the probe: a host that does not tell its version is not asked more", async () => {
    const { outcomes, asked, prober, settle } = setUp();
    const running = prober.run();
    asked.shift()?.fail(new EngineError("Unreachable", "asking its version: refused."));
    await settle();
    expect(outcomes).toEqual([
      { kind: "Missed", failure: { reason: "NotAnswering", message: "asking its version: refused", terminal: false } },
    ]);
    expect(asked).toHaveLength(0);
    prober.stop();
    await running;
  });

  test("a wish for fresh facts wakes it, and is answered by a probe that began after it", async () => {
    const { outcomes, prober, answer, answerAll } = setUp();
    const running = prober.run();
    await answer("version", "0.24.0");
    let refreshed = false;
    void prober.refresh().then(() => {
      refreshed = true;
    });
    await answer("models");
    await answer("loaded");
    expect([outcomes.length, refreshed]).toEqual([1, false]);
    await answerAll();
    expect([outcomes.length, refreshed]).toEqual([2, true]);
    prober.stop();
    await running;
  });

  test("stopping ends the question under way, answers who waits, and leaves no timer", async () => {
    const { clock, outcomes, prober } = setUp();
    const running = prober.run();
    const refreshed = prober.refresh();
    prober.stop();
    await Promise.all([running, refreshed, prober.refresh()]);
    expect([outcomes.length, clock.pending]).toEqual([0, 0]);
  });
});

describe("what a failed question means", () => {
  test.each([
    ["a wrong certificate", new EngineError("Untrusted", "x"), "Untrusted", true],
    ["a wrong token", new EngineError("Denied", "x"), "Denied", true],
    ["a web page", new EngineError("BadResponse", "x"), "BadAnswer", false],
    ["silence", new EngineError("Timeout", "x"), "NotAnswering", false],
    [
      "an address that the policy forbids",
      new EngineError("Unreachable", "x", { cause: new FetchError("AddressRefused", "y") }),
      "AddressRefused",
      true,
    ],
    ["an error of another make", new TypeError("x"), "NotAnswering", false],
  ])("%s", (_, error, reason, terminal) => {
    expect(failureOf(error)).toMatchObject({ reason, terminal });
  });

  test("the policy's words are the ones that are told", () => {
    const cause = new FetchError("AddressRefused", "127.0.0.1 is a loopback address.");
    expect(failureOf(new EngineError("Unreachable", "could not be asked", { cause })).message).toBe(
      "127.0.0.1 is a loopback address",
    );
  });

  test("what a host says is never shown raw", () => {
    expect(failureOf(new EngineError("HostFailed", "bad\u001b[2J\nwords")).message).toBe("bad\\x1b[2J\\nwords");
  });
});
