import { describe, expect, test } from "vitest";
import { plan } from "./plan.ts";
import type { Demand } from "./snapshot.ts";
import { demand, host, memory, replica, snapshot } from "./testing/builders.ts";
import { lines } from "./testing/lines.ts";

describe("preemption", () => {
  const small = host("host-a", { memory: memory(3) });
  const high = demand("high", { priority: 10 });

  test("a pull of lower priority gives way at once; the higher one follows when the room is free", () => {
    const low = demand("low", { current: [replica("r1", "host-a", "Pulling")] });
    const first = plan(snapshot([small], [high, low]));
    expect(lines(first)).toEqual(["low/r1 Remove host-a: makes room for default/high, which has a higher priority"]);
    expect(first.preemptions).toEqual([
      { deployment: "default/low", replica: "r1", host: "host-a", by: "default/high", when: "Now" },
    ]);
    const next = plan(snapshot([small], [high, { ...low, current: [] }]));
    expect(lines(next)).toEqual(["high/r1 Add host-a"]);
  });

  test("a ready replica of lower priority that cannot be replaced stays", () => {
    const low = demand("low", { current: [replica("r1", "host-a")] });
    const planned = plan(snapshot([small], [high, low]));
    expect(lines(planned)).toEqual(["low/r1 Keep host-a"]);
    expect(planned.preemptions).toEqual([]);
  });

  test("nobody gives way to the same priority", () => {
    const low = demand("low", { priority: 10, current: [replica("r1", "host-a", "Pulling")] });
    expect(lines(plan(snapshot([small], [high, low])))).toEqual(["low/r1 Keep host-a"]);
  });

  test("nobody gives way where that would not help", () => {
    const low = demand("low", { current: [replica("r1", "host-a", "Pulling")] });
    const huge = demand("high", { priority: 10, GiB: 4 });
    expect(lines(plan(snapshot([small], [huge, low])))).toEqual(["low/r1 Keep host-a"]);
  });

  test("a ready replica is replaced first, step by step", () => {
    const where = [small, host("host-b", { memory: memory(1) })];
    const big = demand("high", { priority: 10, GiB: 3 });
    const low = (current: Demand["current"]) => demand("low", { GiB: 1, current });
    const old = replica("r1", "host-a", "Ready", 1);

    const first = plan(snapshot(where, [big, low([old])]));
    expect(lines(first)).toEqual([
      "low/r1 Drain host-a: makes room for default/high, which has a higher priority",
      "low/r2 Add host-b",
    ]);
    expect(first.preemptions).toMatchObject([{ replica: "r1", when: "WhenReplaced" }]);

    const pulling = plan(snapshot(where, [big, low([old, replica("r2", "host-b", "Pulling", 1)])]));
    expect(lines(pulling)).toEqual([
      "low/r1 Drain host-a: makes room for default/high, which has a higher priority",
      "low/r2 Keep host-b",
    ]);

    const ready = plan(snapshot(where, [big, low([old, replica("r2", "host-b", "Ready", 1)])]));
    expect(lines(ready)).toEqual([
      "low/r1 Remove host-a: makes room for default/high, which has a higher priority",
      "low/r2 Keep host-b",
    ]);

    const gone = plan(snapshot(where, [big, low([replica("r2", "host-b", "Ready", 1)])]));
    expect(lines(gone)).toEqual(["high/r1 Add host-a", "low/r2 Keep host-b"]);
  });

  test("only as many go as are needed", () => {
    const wide = host("host-a", { memory: memory(6) });
    const lows = [
      demand("low1", { GiB: 1, createdAt: 3, current: [replica("r1", "host-a", "Pulling", 1)] }),
      demand("low2", { GiB: 4, createdAt: 1, current: [replica("r1", "host-a", "Pulling", 4)] }),
    ];
    const planned = plan(snapshot([wide], [demand("high", { priority: 1, GiB: 5 }), ...lows]));
    expect(lines(planned)).toEqual([
      "low1/r1 Keep host-a",
      "low2/r1 Remove host-a: makes room for default/high, which has a higher priority",
    ]);
  });

  test("what leaves anyway is waited for, and nobody else is thrown out", () => {
    const wide = host("host-a", { memory: memory(5) });
    const planned = plan(
      snapshot(
        [wide],
        [
          demand("high", { priority: 1, GiB: 3 }),
          demand("going", { replicas: 0, current: [replica("r1", "host-a", "Removing")] }),
          demand("low", { current: [replica("r1", "host-a", "Pulling")] }),
        ],
      ),
    );
    expect(planned.preemptions).toEqual([]);
    expect(lines(planned)).toEqual(["going/r1 Remove host-a: being removed", "low/r1 Keep host-a"]);
  });
});
