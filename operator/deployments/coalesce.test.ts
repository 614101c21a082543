import { describe, expect, test } from "vitest";
import type { ModelDeploymentStatus, Replica } from "../apis/model-deployment.ts";
import { worthWriting } from "./coalesce.ts";
import { defaultLimits as limits } from "./limits.ts";

const wroteAt = 1_000_000;

function replica(change: Partial<Replica> = {}): Replica {
  const hosts = [{ name: "host-a", bytes: 1, model: "m", base: "b" }];
  return { id: "r1", hosts, state: "Pulling", completedBytes: 0, totalBytes: 1000, ...change };
}

function status(change: Partial<Replica> = {}, rest: Partial<ModelDeploymentStatus> = {}): ModelDeploymentStatus {
  return { observedGeneration: 1, ready: "0/1", state: "Pulling", replicas: [replica(change)], ...rest };
}

function ready(holds: "True" | "False", reason: string): ModelDeploymentStatus["conditions"] {
  return [{ type: "Ready", status: holds, reason, message: reason, lastTransitionTime: "2026-11-23T00:00:00Z" }];
}

describe("a status write", () => {
  test.each<[string, ModelDeploymentStatus, "Now" | "Nothing" | number]>([
    ["is nothing when nothing changed", status(), "Nothing"],
    ["comes at once when a replica is ready", status({ state: "Ready" }, { ready: "1/1" }), "Now"],
    ["comes at once when one failed, with its reason", status({ state: "Failed", reason: "DiskFull" }), "Now"],
    ["comes at once when one leaves", status({ state: "Removing" }), "Now"],
    [
      "comes at once when a name is about to be made",
      status({ hosts: [{ name: "host-a", bytes: 1, model: "m", base: "b", pulled: "p" }] }),
      "Now",
    ],
    [
      "comes at once when a refusal changes",
      status({}, { refusals: [{ host: "h", reason: "Paused", message: "m" }] }),
      "Now",
    ],
    ["comes at once for a new generation", status({}, { observedGeneration: 2 }), "Now"],
    ["comes at once when Ready turns", status({}, { conditions: ready("True", "EveryReplicaReady") }), "Now"],
    ["waits a little for the next step", status({ state: "Verifying" }), wroteAt + limits.softWriteMs],
    ["waits a little for much progress", status({ completedBytes: 60 }), wroteAt + limits.softWriteMs],
    ["waits longer for little progress", status({ completedBytes: 40 }), wroteAt + limits.progressMs],
    [
      "waits for what was made",
      status({ hosts: [{ name: "host-a", bytes: 1, model: "m", base: "b", created: "c" }] }),
      wroteAt + limits.progressMs,
    ],
  ])("%s", (_, next, worth) => {
    const expected = typeof worth === "number" ? { kind: "At", at: worth } : { kind: worth };
    expect(worthWriting(status(), next, wroteAt, wroteAt + 1, limits)).toEqual(expected);
  });

  test("that waited long enough comes", () => {
    const next = status({ completedBytes: 1 });
    expect(worthWriting(status(), next, wroteAt, wroteAt + limits.progressMs, limits)).toEqual({ kind: "Now" });
  });

  test("of a new process comes at once, since it does not know when the last one was", () => {
    expect(worthWriting(status(), status({ completedBytes: 1 }), undefined, 0, limits)).toEqual({ kind: "Now" });
  });

  test("waits while not all hosts were asked, unless it is the first", () => {
    const next = status({}, { ready: "0/2" });
    expect(worthWriting(status(), next, wroteAt, wroteAt, limits, false).kind).toBe("At");
    expect(worthWriting(undefined, next, undefined, wroteAt, limits, false)).toEqual({ kind: "Now" });
  });

  test("reasons of Ready that follow the steps wait; when it is True they do not", () => {
    const pulling = status({}, { conditions: ready("False", "Pulling") });
    const loading = status({}, { conditions: ready("False", "Loading") });
    expect(worthWriting(pulling, loading, wroteAt, wroteAt, limits).kind).toBe("At");
    const one = status({}, { conditions: ready("True", "EveryReplicaReady") });
    const zero = status({}, { conditions: ready("True", "ScaledToZero") });
    expect(worthWriting(one, zero, wroteAt, wroteAt, limits).kind).toBe("Now");
  });
});
