import { describe, expect, test } from "vitest";
import { explain } from "./explain.ts";
import { plan } from "./plan.ts";
import type { PlacementSnapshot } from "./snapshot.ts";
import { demand, GiB, host, memory, now, snapshot } from "./testing/builders.ts";

const paused = { paused: { since: now - 1000 } };

describe("explain", () => {
  const said = (given: PlacementSnapshot) => explain(plan(given).deployments[0]!);

  test("all placed", () => {
    expect(said(snapshot([host("host-a")], [demand("m")]))).toBe("1 of 1 replica placed.");
  });

  test("some hosts refuse, each with its own reason", () => {
    expect(
      said(
        snapshot([host("host-a"), host("host-b", paused)], [demand("m", { GiB: 5.2 })], {
          reservedBytes: { "host-a": 4.9 * GiB },
        }),
      ),
    ).toBe(
      "0 of 1 replica placed. No host: host-a (needs 5.2 GiB; 3.1 GiB of 8.0 GiB free), host-b (paused by its owner alice).",
    );
  });

  test("a model larger than every host: which lacks how much, the nearest first", () => {
    expect(said(snapshot([host("host-a"), host("host-b", { memory: memory(16) })], [demand("m", { GiB: 20 })]))).toBe(
      "0 of 1 replica placed. Larger than every host; 4.0 GiB more on host-b would do: host-b (needs 20.0 GiB; has 16.0 GiB in all: 4.0 GiB too little), host-a (needs 20.0 GiB; has 8.0 GiB in all: 12.0 GiB too little).",
    );
  });

  test("more replicas than hosts", () => {
    expect(said(snapshot([host("host-a")], [demand("m", { replicas: 3 })]))).toBe(
      "1 of 3 replicas placed. No further host: the only one carries one already.",
    );
  });

  test("no host at all", () => {
    expect(said(snapshot([], [demand("m")]))).toBe("0 of 1 replica placed. There is no ModelHost.");
  });

  test("many refusals are counted, not listed", () => {
    const many = Array.from({ length: 20 }, (_, index) => host(`host-${String(index).padStart(2, "0")}`, paused));
    expect(said(snapshot(many, [demand("m")]))).toMatch(/host-07 \(paused by its owner alice\), and 12 more\.$/);
  });
});
