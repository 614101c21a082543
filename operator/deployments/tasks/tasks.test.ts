import { describe, expect, test } from "vitest";
import { ManualClock } from "../../clock/manual.ts";
import type { TaskStep } from "../command.ts";
import type { TaskProgress, TaskResult } from "./outcome.ts";
import { Tasks } from "./tasks.ts";

const owner = { key: "default/chat", uid: "uid-1" };
const step: TaskStep = { kind: "DropPulled", name: "tiny:latest", digest: "sha256:a" };

function setUp() {
  const changes: string[] = [];
  const running: {
    signal: AbortSignal;
    report: (progress: TaskProgress) => void;
    end: (result: TaskResult) => void;
    fail: (error: unknown) => void;
  }[] = [];
  const tasks = new Tasks({
    clock: new ManualClock(),
    run: (_, __, signal, report) =>
      new Promise((resolve, reject) => {
        running.push({ signal, report, end: resolve, fail: reject });
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
    onChange: ({ uid }, change) => void changes.push(`${uid} ${change}`),
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { tasks, changes, running, turn };
}

describe("tasks", () => {
  test("run beside everything else, tell progress, and keep their outcome until it is acknowledged", async () => {
    const { tasks, changes, running, turn } = setUp();
    tasks.start(owner, "r1", "host-a", step);
    await turn();
    running[0]?.report({ completedBytes: 1, totalBytes: 2, phase: "transfer" });
    expect(tasks.list("uid-1")).toMatchObject([{ replica: "r1", progress: { completedBytes: 1 } }]);
    running[0]?.end({ kind: "DropPulled" });
    await turn();
    const [ended] = tasks.list("uid-1");
    expect(ended?.end).toMatchObject({ result: { kind: "DropPulled" } });
    tasks.acknowledge([ended?.id ?? 0]);
    expect(tasks.list("uid-1")).toEqual([]);
    expect(changes).toEqual(["uid-1 progress", "uid-1 end"]);
  });

  test("a replica has one at a time; another replica does not wait for it", async () => {
    const { tasks, running, turn } = setUp();
    tasks.start(owner, "r1", "host-a", step);
    tasks.start(owner, "r1", "host-a", step);
    tasks.start(owner, "r2", "host-b", step);
    await turn();
    expect(running).toHaveLength(2);
    expect([...tasks.busy()]).toEqual([
      ["host-a", 1],
      ["host-b", 1],
    ]);
  });

  test("a failure is an outcome too, and a running one is not acknowledged away", async () => {
    const { tasks, running, turn } = setUp();
    tasks.start(owner, "r1", "host-a", step);
    await turn();
    tasks.acknowledge(tasks.list("uid-1").map(({ id }) => id));
    running[0]?.fail(new Error("broken"));
    await turn();
    expect(tasks.list("uid-1")[0]?.end?.error).toEqual(new Error("broken"));
  });

  test("one that is stopped ends at once and leaves no outcome, but tells that it ended", async () => {
    const { tasks, changes, running, turn } = setUp();
    tasks.start(owner, "r1", "host-a", step);
    await turn();
    tasks.stop("uid-1", "r1");
    await turn();
    expect(running[0]?.signal.aborted).toBe(true);
    expect(tasks.list("uid-1")).toEqual([]);
    expect(changes).toEqual(["uid-1 end"]);
  });

  test("those of a deployment that is gone are forgotten, those of others go on", async () => {
    const { tasks, running, turn } = setUp();
    tasks.start(owner, "r1", "host-a", step);
    tasks.start({ key: "default/other", uid: "uid-2" }, "r1", "host-a", step);
    await turn();
    tasks.forget("uid-1");
    await turn();
    expect(running.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(tasks.list("uid-1")).toEqual([]);
  });

  test("closing ends all, and nothing starts afterwards", async () => {
    const { tasks, changes, running, turn } = setUp();
    tasks.start(owner, "r1", "host-a", step);
    await turn();
    await tasks.close();
    tasks.start(owner, "r2", "host-a", step);
    await turn();
    expect(running).toHaveLength(1);
    expect(tasks.runningCount).toBe(0);
    expect(changes).toEqual([]);
  });
});
