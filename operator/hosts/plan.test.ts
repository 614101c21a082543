import { describe, expect, test } from "vitest";
import { modelHostConditions, modelHostReadiness, modelHostReasons } from "../apis/conditions/model-host.ts";
import { annotations, hostFinalizer } from "../apis/group.ts";
import type { ModelHostStatus } from "../apis/model-host.ts";
import { findCondition } from "../kube/conditions.ts";
import { statusViolations } from "../kube/status-laws.ts";
import { servedName } from "../models/names.ts";
import { defaultHostLimits as limits } from "./limits.ts";
import { answered, missed, notAskedYet, type ProbeFailure } from "./liveness.ts";
import { type HostPlan, plan } from "./plan.ts";
import type { HostSnapshot } from "./snapshot.ts";
import {
  facts,
  GiB,
  hostObject,
  inMemory,
  now,
  onDisk,
  reachable,
  secure,
  snapshotOf,
  want,
} from "./testing/builders.ts";

const refused: ProbeFailure = { reason: "NotAnswering", message: "the host refused the connection", terminal: false };
const denied: ProbeFailure = { reason: "Denied", message: "wrong token", terminal: true };
const away = (failure = refused, at = now - 10_000) =>
  [1, 2, 3].reduce((liveness) => missed(liveness, failure, at, limits), reachable);
const served = servedName({ uid: "uid-1", name: "chat" }, "0123456789ab");
const ours = { made: [{ model: served, deployment: "default/chat", uid: "uid-1" }] };
const finalizers = [hostFinalizer];
const unusable = (reason: "SecretMissing" | "TunnelNotConnected", terminal: boolean): HostSnapshot["connection"] => ({
  kind: "Unusable",
  reason,
  message: "why",
  terminal,
});
const insecure: HostSnapshot["connection"] = {
  ...secure,
  transport: { secure: false, reason: "PlainHttp", message: "Plain http." },
} as HostSnapshot["connection"];

interface Case {
  given: Partial<HostSnapshot>;
  state: string;
  /** Status and reason of Ready. */
  ready: string;
  /** Other conditions that are True. */
  alsoTrue?: string[];
}

const usually = ["EngineSupported", "MemoryKnown", "Reachable"];
const cases: Record<string, Case> = {
  "a host that answers": { given: {}, state: "Ready", ready: "True Serving", alsoTrue: usually },
  "one that does not": {
    given: { liveness: away() },
    state: "Away",
    ready: "False NotAnswering",
    alsoTrue: ["EngineSupported", "MemoryKnown"],
  },
  "one that refuses us needs a person": {
    given: { liveness: away(denied) },
    state: "Denied",
    ready: "False Denied",
    alsoTrue: ["EngineSupported", "MemoryKnown", "Stalled"],
  },
  "one that was never asked": {
    given: { liveness: notAskedYet(now), object: hostObject({}, {}) } as Partial<HostSnapshot>,
    state: "Unknown",
    ready: "Unknown NotAskedYet",
    alsoTrue: ["MemoryKnown"],
  },
  "a Secret that is missing needs a person": {
    given: { connection: unusable("SecretMissing", true), liveness: notAskedYet(now) },
    state: "SecretMissing",
    ready: "False SecretMissing",
    alsoTrue: ["EngineSupported", "MemoryKnown", "Stalled"],
  },
  "a tunnel that may yet dial in does not": {
    given: { connection: unusable("TunnelNotConnected", false), liveness: notAskedYet(now) },
    state: "TunnelNotConnected",
    ready: "False TunnelNotConnected",
    alsoTrue: ["EngineSupported", "MemoryKnown"],
  },
  "plain http over a network": {
    given: { connection: insecure },
    state: "Insecure",
    ready: "False PlainHttp",
    alsoTrue: ["EngineSupported", "InsecureTransport", "MemoryKnown", "Reachable"],
  },
  "a pause is the owner's will and no illness": {
    given: { object: hostObject({ pause: true }) },
    state: "Paused",
    ready: "True PausedByOwner",
    alsoTrue: ["EngineSupported", "MemoryKnown", "Paused", "Reachable"],
  },
  "quiet hours neither": {
    given: { quiet: { kind: "Quiet", since: now - 1, until: now + 1, timeZone: "UTC" } },
    state: "Quiet",
    ready: "True QuietHours",
    alsoTrue: ["EngineSupported", "MemoryKnown", "Quiet", "Reachable"],
  },
  "quiet hours that nobody can read are one": {
    given: { quiet: { kind: "UnknownZone", timeZone: "Mars", nearest: [] } },
    state: "UnknownTimeZone",
    ready: "False UnknownTimeZone",
    alsoTrue: ["EngineSupported", "MemoryKnown", "Quiet", "Reachable", "Stalled"],
  },
  "a host that comes and goes may serve": {
    given: { liveness: { ...reachable, losses: [1, 2, 3], unstableUntil: now + 1 } },
    state: "Unstable",
    ready: "True Serving",
    alsoTrue: [...usually, "Unstable"],
  },
  "an engine that re-encodes manifests can serve models from files": {
    given: { facts: facts([], { version: "0.19.0" }) },
    state: "Ready",
    ready: "True Serving",
    alsoTrue: usually,
  },
  "an engine that cannot be driven": {
    given: { facts: facts([], { version: "0.5.1" }) },
    state: "VersionTooOld",
    ready: "False VersionTooOld",
    alsoTrue: ["MemoryKnown", "Reachable", "Stalled"],
  },
  "a ModelHost that is being deleted": {
    given: {
      object: hostObject({}, ours, { deletionTimestamp: "2026-11-23T11:59:00Z", finalizers }),
      facts: facts([served]),
    },
    state: "Leaving",
    ready: "True Serving",
    alsoTrue: ["EngineSupported", "MemoryKnown", "Reachable", "RemovalsPending"],
  },
  "names like ours that nobody wrote down": {
    given: { facts: facts([servedName({ uid: "x", name: "y" }, "0123456789ab")]) },
    state: "Ready",
    ready: "True Serving",
    alsoTrue: [...usually, "UnknownModels"],
  },
};

describe("status", () => {
  test.each(Object.entries(cases))("%s", (_, { given, state, ready, alsoTrue }) => {
    const { status, conditions } = plan(asGiven(given));
    expect(status.state).toBe(state);
    const target = findCondition(conditions, "Ready");
    expect(`${target?.status} ${target?.reason}`).toBe(ready);
    const isTrue = conditions.filter((condition) => condition.status === "True" && condition.type !== "Ready");
    expect(isTrue.map(({ type }) => type).sort()).toEqual(alsoTrue);
  });

  test.each(Object.entries(cases))("%s: a legal status", (_, { given }) => {
    const snapshot = asGiven(given);
    const object = { ...snapshot.object, status: plan(snapshot).status };
    const laws = {
      ...modelHostReadiness,
      types: Object.keys(modelHostConditions),
      reasons: Object.keys(modelHostReasons),
    };
    expect(statusViolations(object, now, laws)).toEqual([]);
  });

  test("the owner's share is what is allowed; strangers' models count as used, and not as ours", () => {
    const given = {
      object: hostObject({ memoryShare: 50 }),
      facts: facts(["mistral:latest"], { loaded: [inMemory("mistral:latest")] }),
    };
    const { status, placement } = plan(snapshotOf(given));
    expect(status.summary).toBe("1.0 GiB of 4.0 GiB");
    expect(placement.memory).toEqual({ capacityBytes: 8 * GiB, allowedBytes: 4 * GiB, strangersBytes: GiB });
  });

  test("on a GPU only what lies there counts", () => {
    const hardware = { accelerator: "nvidia" as const, memory: "24Gi" };
    const loaded = [inMemory("mistral:latest", { bytes: 6 * GiB, vramBytes: 4 * GiB })];
    expect(
      plan(snapshotOf({ object: hostObject({ hardware }), facts: facts([], { loaded }) })).status.memory?.usedBytes,
    ).toBe(4 * GiB);
  });

  test("content with several names takes disk once", () => {
    const models = [onDisk("a:1"), onDisk("b:1"), onDisk("c:1", { digest: `sha256:${"b".repeat(64)}` })];
    expect(plan(snapshotOf({ facts: facts([], { models }) })).status.disk?.usedBytes).toBe(2 * GiB);
  });

  test("control characters in names of strangers' models never reach the status", () => {
    const { status } = plan(snapshotOf({ facts: facts(["evil\u001b[2J:latest"], { version: "0.24.0\n" }) }));
    expect([status.models?.[0]?.name, status.version]).toEqual(["evil\\x1b[2J:latest", "0.24.0\\n"]);
    expect(status.conditions?.map(({ message }) => message).join()).not.toMatch(/\p{Cc}/u);
  });

  test("a list longer than the status can hold keeps ours", () => {
    const many = [...Array.from({ length: 600 }, (_, index) => `a${String(index).padStart(3, "0")}:latest`), served];
    const { status } = plan(snapshotOf({ facts: facts(many), wants: [want(served)] }));
    expect(status.models).toHaveLength(512);
    expect(status.models?.[0]).toMatchObject({ name: served, ours: true });
    expect(status.modelCount).toBe(1);
  });
});

/** A snapshot without facts where the host never answered. */
function asGiven(given: Partial<HostSnapshot>): HostSnapshot {
  const { facts: known, ...rest } = snapshotOf(given);
  return rest.liveness.everAnswered || known === undefined || "facts" in given || rest.connection.kind === "Unusable"
    ? { ...rest, ...(known ? { facts: known } : {}) }
    : rest;
}

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
