import { describe, expect, test } from "vitest";
import { filters, wakeAt, wakesFor } from "./all.ts";

describe("what wakes a waiting deployment", () => {
  test("every filter names what could change its answer", () => {
    expect(filters.filter(({ events }) => events.length === 0)).toEqual([]);
  });

  test("a deployment that waits for memory wakes when a replica goes, not when a disk changes", () => {
    const events = wakesFor([{ code: "NotEnoughMemory", needed: 2, used: 1, allowed: 2 }]);
    expect(events).toContain("ReplicaGone");
    expect(events).not.toContain("HostDisk");
  });

  test("it wakes by itself at the first time in its refusals", () => {
    expect(
      wakeAt([
        { code: "Paused", owner: "alice", since: 1 },
        { code: "BackingOff", until: 30, failures: 1, message: "" },
        { code: "QuietHours", owner: "alice", since: 1, until: 20, timeZone: "UTC" },
      ]),
    ).toBe(20);
    expect(wakeAt([{ code: "Paused", owner: "alice", since: 1 }])).toBeUndefined();
  });
});
