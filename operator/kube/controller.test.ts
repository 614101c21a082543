import { describe, expect, test } from "vitest";
import { ManualClock } from "../clock/manual.ts";
import { Controller, type ControllerOptions, type Reconcile, type Reconciled } from "./controller.ts";
import { FencedError, KubeError, TerminalError } from "./errors.ts";

interface Running {
  clock: ManualClock;
  controller: Controller;
  ended: Reconciled[];
  /** Stops and resolves when `run` has. */
  stop(): Promise<void>;
}

function running(reconcile: Reconcile, options: Partial<ControllerOptions> = {}): Running {
  const clock = new ManualClock();
  const ended: Reconciled[] = [];
  const controller = new Controller({
    reconcile,
    clock,
    random: () => 0,
    backoff: { baseMs: 100, maxMs: 1_000 },
    onEnd: (reconciled) => ended.push(reconciled),
    ...options,
  });
  const abort = new AbortController();
  const run = controller.run(abort.signal);
  const stop = (): Promise<void> => {
    abort.abort();
    return run;
  };
  return { clock, controller, ended, stop };
}

/** A reconcile that fails with each of the errors in turn and succeeds after them. */
function failing(...errors: unknown[]): Reconcile {
  return async () => {
    if (errors.length > 0) throw errors.shift();
  };
}

function refusal(status: number, retryAfterMs?: number): KubeError {
  return new KubeError(`status ${status}`, { status, reason: "Test", retryAfterMs });
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe("Controller", () => {
  test("what a reconcile asks for comes again at its time, and success without a wish does not", async () => {
    const wishes = [{ requeueAfterMs: 500 }, undefined];
    const { clock, controller, ended, stop } = running(async () => wishes.shift());
    controller.enqueue("a");
    await clock.advance(499);
    expect(ended.map(({ outcome }) => outcome)).toEqual(["requeued"]);
    await clock.advance(10_000);
    expect(ended.map(({ outcome }) => outcome)).toEqual(["requeued", "done"]);
    await stop();
  });

  test("a key that fails comes again after a wait that doubles, and its success forgets the failures", async () => {
    const error = new Error("no");
    const { clock, controller, ended, stop } = running(failing(error, error, error, undefined as never));
    controller.enqueue("a");
    await clock.advance(0);
    expect(ended.at(-1)).toMatchObject({ outcome: "failed", retryInMs: 100, failures: 1, error });
    await clock.advance(100);
    await clock.advance(200);
    expect(ended.map(({ retryInMs }) => retryInMs)).toEqual([100, 200, 400]);
    await stop();
  });

  test.each([
    ["a terminal error of the product", new TerminalError("the model has no such file")],
    ["an object that the schema refuses (422)", refusal(422)],
    ["a request that makes no sense (400)", refusal(400)],
  ])("not tried again until a change: %s", async (_, error) => {
    const { clock, controller, ended, stop } = running(failing(error));
    controller.enqueue("a");
    await clock.advance(3_600_000);
    expect(ended.map(({ outcome, retryInMs }) => [outcome, retryInMs])).toEqual([["terminal", undefined]]);
    controller.enqueue("a");
    await clock.advance(0);
    expect(ended.at(-1)?.outcome).toBe("done");
    await stop();
  });

  test.each([
    ["a conflict", refusal(409), "conflict", 100],
    ["a server error", refusal(503), "failed", 100],
    ["a missing right, which may yet be granted", refusal(403), "failed", 100],
    ["a server that says when to come again is heard", refusal(429, 7_000), "failed", 7_000],
    ["a server that asks for less than the back-off is not", refusal(429, 5), "failed", 100],
    ["something thrown that is no error", "just words", "failed", 100],
  ])("tried again: %s", async (_, error, outcome, retryInMs) => {
    const { clock, controller, ended, stop } = running(failing(error));
    controller.enqueue("a");
    await clock.advance(0);
    expect(ended.at(-1)).toMatchObject({ outcome, retryInMs });
    await clock.advance(retryInMs);
    expect(ended.at(-1)).toMatchObject({ outcome: "done" });
    await stop();
  });

  test("a held-back write is not tried again: this process no longer leads", async () => {
    const { clock, controller, ended, stop } = running(failing(new FencedError()));
    controller.enqueue("a");
    await clock.advance(3_600_000);
    expect(ended.map(({ outcome }) => outcome)).toEqual(["fenced"]);
    await stop();
  });

  test("a reconcile that throws before its first await is contained like any other", async () => {
    const { clock, controller, ended, stop } = running(() => {
      throw new TypeError("undefined is not a function");
    });
    controller.enqueue("a");
    controller.enqueue("b");
    await clock.advance(0);
    expect(ended.map(({ key, outcome }) => `${key} ${outcome}`)).toEqual(["a failed", "b failed"]);
    await stop();
  });

  test("hooks that throw are contained", async () => {
    const thrown = (): never => {
      throw new Error("hook");
    };
    let done = 0;
    const work = async (): Promise<void> => void done++;
    const { clock, controller, stop } = running(work, { onStart: thrown, onEnd: thrown, onAbandoned: thrown });
    controller.enqueue("a");
    await clock.advance(0);
    controller.enqueue("a");
    await clock.advance(0);
    expect(done).toBe(2);
    await stop();
  });

  test("no key is with two workers, and not more keys are worked on than there are workers", async () => {
    const inHand = new Set<string>();
    let most = 0;
    const { clock, controller, ended, stop } = running(
      async (key) => {
        expect(inHand.has(key)).toBe(false);
        inHand.add(key);
        most = Math.max(most, inHand.size);
        await clock.sleep(10);
        inHand.delete(key);
      },
      { workers: 3 },
    );
    for (let round = 0; round < 3; round++) {
      for (const key of ["a", "b", "c", "d", "e"]) controller.enqueue(key);
      await clock.advance(5);
    }
    await clock.advance(1_000);
    expect(most).toBe(3);
    expect(ended.every(({ outcome }) => outcome === "done")).toBe(true);
    await stop();
  });

  test("a reconcile past its time limit is aborted, and its key waits until it has really ended", async () => {
    const end = deferred();
    const reasons: unknown[] = [];
    const { clock, controller, ended, stop } = running(
      async (_, signal) => {
        signal.addEventListener("abort", () => reasons.push((signal.reason as Error).message));
        await end.promise;
      },
      { reconcileTimeoutMs: 1_000 },
    );
    controller.enqueue("a");
    await clock.advance(0);
    await clock.advance(5_000);
    expect(reasons).toEqual(["the reconcile was not done within 1000 ms"]);
    expect([ended.length, controller.active]).toEqual([0, 1]);
    end.resolve();
    await clock.advance(0);
    expect(ended.at(-1)).toMatchObject({ outcome: "failed", retryInMs: 100 });
    await stop();
  });

  test("a stop lets the work under way finish, drops what waits and leaves no timer", async () => {
    const end = deferred();
    const worked: string[] = [];
    const { clock, controller, stop } = running(
      async (key) => {
        worked.push(key);
        await end.promise;
      },
      { workers: 1 },
    );
    controller.enqueue("a");
    controller.enqueue("b");
    controller.enqueueAfter("c", 1_000);
    await clock.advance(0);
    const stopped = stop();
    end.resolve();
    await stopped;
    expect(worked).toEqual(["a"]);
    expect(clock.pending).toBe(0);
  });

  test("work that is not done at the stop's deadline is aborted", async () => {
    const { clock, controller, ended, stop } = running(
      (_, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      { stopDeadlineMs: 2_000 },
    );
    controller.enqueue("a");
    await clock.advance(0);
    const stopped = stop();
    await clock.advance(0);
    await clock.advance(1_999);
    expect(ended).toEqual([]);
    await clock.advance(1);
    await stopped;
    expect(ended).toMatchObject([{ key: "a", outcome: "stopped", retryInMs: undefined }]);
    expect(clock.pending).toBe(0);
  });

  test("work that ignores even that is named and left", async () => {
    const abandoned: string[] = [];
    const { clock, controller, stop } = running(() => new Promise(() => undefined), {
      stopDeadlineMs: 100,
      abandonAfterMs: 100,
      onAbandoned: (keys) => abandoned.push(...keys),
    });
    controller.enqueue("a");
    await clock.advance(0);
    const stopped = stop();
    await clock.advance(0);
    await clock.advance(100);
    await clock.advance(100);
    await stopped;
    expect(abandoned).toEqual(["a"]);
    expect(clock.pending).toBe(0);
  });
});
