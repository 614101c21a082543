import { describe, expect, test } from "vitest";
import { annotations, hostFinalizer } from "../apis/group.ts";
import type { ModelHostStatus } from "../apis/model-host.ts";
import { servedName } from "../models/names.ts";
import { defaultHostLimits as limits } from "./limits.ts";
import { answered, missed, notAskedYet, type ProbeFailure } from "./liveness.ts";
import { type HostPlan, plan } from "./plan.ts";
import type { HostSnapshot } from "./snapshot.ts";
import { facts, GiB, hostObject, inMemory, now, reachable, snapshotOf, want } from "./testing/builders.ts";

const refused: ProbeFailure = { reason: "NotAnswering", message: "the host refused the connection", terminal: false };
const denied: ProbeFailure = { reason: "Denied", message: "wrong token", terminal: true };
const away = (failure = refused, at = now - 10_000) =>
  [1, 2, 3].reduce((liveness) => missed(liveness, failure, at, limits), reachable);
const served = servedName({ uid: "uid-1", name: "chat" }, "0123456789ab");
const ours = { made: [{ model: served, deployment: "default/chat", uid: "uid-1" }] };
const finalizers = [hostFinalizer];
describe("writing", () => {
  const settled = (given: Partial<HostSnapshot> = {}): ModelHostStatus => plan(snapshotOf(given)).status;
  const write = (status: ModelHostStatus, given: Partial<HostSnapshot>): HostPlan["write"] =>
    plan(snapshotOf({ object: hostObject({}, status), writtenAt: now - 1_000, ...given })).write;

  const writes: Record<string, [given: Partial<HostSnapshot>, write: HostPlan["write"]]> = {
    "nothing changed": [{}, "No"],
    "nothing changed, and time went by": [{ now: now + 3_600_000 }, "No"],
    "a model came": [{ facts: facts(["mistral:latest"]) }, "Now"],
    "it went away": [{ liveness: away() }, "Now"],
    "a removal is wanted": [{ wished: [{ model: served, deployment: "default/chat", uid: "uid-1" }] }, "Now"],
    "a replica got the host": [{ wants: [want(served)] }, "Now"],
  };
  test.each(Object.entries(writes))("%s", (_, [given, expected]) => {
    expect(write(settled(), given)).toBe(expected);
  });

  test("numbers alone wait for company, and are written in the end", () => {
    const before = settled({ facts: facts(["m:1"], { loaded: [inMemory("m:1")] }) });
    const grown = { facts: facts(["m:1"], { loaded: [inMemory("m:1", { bytes: 2 * GiB })] }) };
    expect(write(before, grown)).toBe("Later");
    expect(write(before, { ...grown, writtenAt: now - limits.softWriteMs })).toBe("Now");
    const planned = plan(snapshotOf({ object: hostObject({}, before), writtenAt: now - 1_000, ...grown }));
    expect(planned.wakeAt).toBe(now - 1_000 + limits.softWriteMs);
  });

  test("a new host is asked before anything is written of it", () => {
    const { facts: _, ...unasked } = snapshotOf({ liveness: notAskedYet(now) });
    expect(plan(unasked).write).toBe("No");
  });

  test("a restart of ours changes nothing while the host has not been asked", () => {
    for (const liveness of [reachable, away(), away(denied)]) {
      const status = settled({ liveness });
      const { facts: _, ...unasked } = snapshotOf({
        object: hostObject({}, status),
        liveness: notAskedYet(now + 5_000),
        now: now + 5_000,
      });
      expect(plan(unasked).write).toBe("No");
    }
  });
});

describe("the finalizer", () => {
  const deleted = (deletionTimestamp: string, more = {}) => ({ deletionTimestamp, finalizers, ...more });
  const just = "2026-11-23T11:59:50Z";
  const longAgo = "2026-11-23T11:00:00Z";
  const held: Record<string, [given: Partial<HostSnapshot>, finalizer: HostPlan["finalizer"]]> = {
    "is not needed where nothing is ours": [{}, "Leave"],
    "is set before a name of ours is written down": [{ wants: [want(served)] }, "Add"],
    "is there": [{ object: hostObject({}, ours, { finalizers }), wants: [want(served)] }, "Leave"],
    "holds while a name of ours is on the disk": [
      { object: hostObject({}, ours, deleted(just)), facts: facts([served]) },
      "Leave",
    ],
    "goes when the last one is gone": [
      { object: hostObject({}, ours, deleted(just)), done: new Set([served]) },
      "Remove",
    ],
    "holds while the host is away": [{ object: hostObject({}, ours, deleted(just)), liveness: away() }, "Leave"],
    "goes when the owner says that the machine is gone": [
      {
        object: hostObject({}, ours, deleted(just, { annotations: { [annotations.abandon]: "true" } })),
        liveness: away(),
      },
      "Remove",
    ],
    "holds when the owner says that it is not": [
      {
        object: hostObject({}, ours, deleted(just, { annotations: { [annotations.abandon]: "false" } })),
        liveness: away(),
      },
      "Leave",
    ],
    "goes when the host stays away for too long": [
      { object: hostObject({}, ours, deleted(longAgo)), liveness: away(refused, now - limits.letGoMs) },
      "Remove",
    ],
    "holds when it went away only just now": [
      { object: hostObject({}, ours, deleted(longAgo)), liveness: away(refused, now - 1_000) },
      "Leave",
    ],
    "of somebody else is not ours to take": [
      { object: hostObject({}, {}, { deletionTimestamp: just, finalizers: ["example.org/other"] }) },
      "Leave",
    ],
  };
  test.each(Object.entries(held))("%s", (_, [given, finalizer]) => {
    expect(plan(snapshotOf(given)).finalizer).toBe(finalizer);
  });

  test("what may still lie on a machine that was let go is told", () => {
    const object = hostObject({}, ours, deleted(longAgo));
    const { events } = plan(snapshotOf({ object, liveness: away(refused, now - limits.letGoMs) }));
    expect(events).toMatchObject([{ type: "Warning", reason: "LetGo", message: expect.stringContaining(served) }]);
  });
});

describe("events", () => {
  const told = (before: Partial<HostSnapshot>, after: Partial<HostSnapshot>): string[] => {
    const { status } = plan(snapshotOf(before));
    return plan(snapshotOf({ object: hostObject({}, status), ...after })).events.map(({ reason }) => reason);
  };
  test("a host that stays as it is tells nothing", () => expect(told({}, {})).toEqual([]));
  test("lost", () => expect(told({}, { liveness: away() })).toEqual(["HostLost", "HostNotReady"]));
  test("back", () => expect(told({ liveness: away() }, {})).toEqual(["HostBack", "HostReady"]));
  test("another version", () => {
    expect(told({}, { facts: facts([], { version: "0.25.0" }) })).toEqual(["EngineChanged"]);
  });
  test("a first answer is no return", () => {
    expect(plan(snapshotOf()).events.map(({ reason }) => reason)).toEqual(["HostReady"]);
  });
});

describe("time", () => {
  test("it looks again when quiet hours begin or end, and when a host may be trusted again", () => {
    expect(plan(snapshotOf({ quiet: { kind: "Open", next: now + 5_000 } })).wakeAt).toBe(now + 5_000);
    const quiet = { kind: "Quiet", since: now, until: now + 7_000, timeZone: "UTC" } as const;
    expect(plan(snapshotOf({ quiet })).wakeAt).toBe(now + 7_000);
    const liveness = { ...answered(reachable, false, now, limits), unstableUntil: now + 3_000, losses: [1, 2, 3] };
    expect(plan(snapshotOf({ liveness })).wakeAt).toBe(now + 3_000);
  });
  test("otherwise it waits for something to happen", () => expect(plan(snapshotOf()).wakeAt).toBeUndefined());
});
