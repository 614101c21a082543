import { describe, expect, test } from "vitest";
import { modelHostConditions, modelHostReadiness, modelHostReasons } from "../apis/conditions/model-host.ts";
import { hostFinalizer } from "../apis/group.ts";
import { findCondition } from "../kube/conditions.ts";
import { statusViolations } from "../kube/status-laws.ts";
import { servedName } from "../models/names.ts";
import { defaultHostLimits as limits } from "./limits.ts";
import { missed, notAskedYet, type ProbeFailure } from "./liveness.ts";
import { plan } from "./plan.ts";
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
