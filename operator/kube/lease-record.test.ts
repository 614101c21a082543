import { describe, expect, test } from "vitest";
import type { Lease } from "./builtin-types.ts";
import { heldBy, mayTake, microTime, observe, released } from "./lease-record.ts";

const t0 = Date.UTC(2026, 0, 1);
const terms = { name: "l", namespace: "ns", identity: "me", durationMs: 15_000 };

function lease(holder: string | undefined, renewTime = "r1"): Lease {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "l", namespace: "ns", resourceVersion: "7" },
    spec: { holderIdentity: holder, leaseDurationSeconds: 15, acquireTime: "acquired", renewTime, leaseTransitions: 3 },
  };
}

describe("who may take a lease", () => {
  test.each([
    ["one that nobody holds", lease(undefined), 0, true],
    ["one that was given back", lease(""), 0, true],
    ["our own", lease("me"), 0, true],
    ["another's, just seen", lease("other"), 0, false],
    ["another's, a moment before its time is over", lease("other"), 14_999, false],
    ["another's that did not change for its own duration", lease("other"), 15_000, true],
  ])("%s", (_, held, afterMs, may) => {
    expect(mayTake(observe(undefined, held, t0), "me", t0 + afterMs)).toBe(may);
  });

  test("a renewal counts from when it was seen, whatever time the holder's clock wrote", () => {
    const first = observe(undefined, lease("other", "2001-01-01T00:00:00.000000Z"), t0);
    const renewed = observe(first, lease("other", "2001-01-01T00:00:02.000000Z"), t0 + 14_000);
    expect(mayTake(renewed, "me", t0 + 20_000)).toBe(false);
    expect(mayTake(renewed, "me", t0 + 29_000)).toBe(true);
  });

  test("seeing the same record again does not make it younger", () => {
    const first = observe(undefined, lease("other"), t0);
    expect(observe(first, lease("other"), t0 + 14_000).at).toBe(t0);
  });

  test("a clock that went back counts the age anew instead of waiting for it", () => {
    const first = observe(undefined, lease("other"), t0);
    const again = observe(first, lease("other"), t0 - 3_600_000);
    expect(mayTake(again, "me", t0 - 3_600_000 + 15_000)).toBe(true);
  });
});

describe("what is written", () => {
  test("taking another's counts a transition and begins a new term", () => {
    expect(heldBy(terms, lease("other"), t0).spec).toEqual({
      holderIdentity: "me",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:00:00.000000Z",
      leaseTransitions: 4,
    });
  });

  test("renewing keeps the term and the count", () => {
    expect(heldBy(terms, lease("me"), t0).spec).toMatchObject({ acquireTime: "acquired", leaseTransitions: 3 });
  });

  test("the version that was read goes along, so that a stale write is refused", () => {
    expect(heldBy(terms, lease("other"), t0).metadata.resourceVersion).toBe("7");
  });

  test("a part of a second is promised as a whole one: others wait longer, never shorter", () => {
    expect(heldBy({ ...terms, durationMs: 1_200 }, undefined, t0).spec?.leaseDurationSeconds).toBe(2);
  });

  test("giving back empties the holder and leaves nobody waiting", () => {
    expect(released(terms, lease("me"), t0).spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
  });

  test("MicroTime has six digits after the second", () => {
    expect(microTime(t0 + 7)).toBe("2026-01-01T00:00:00.007000Z");
  });
});
