import { describe, expect, test } from "vitest";
import { eventsBetween } from "./changes.ts";
import { plan } from "./plan.ts";
import type { HostSnapshot } from "./snapshot.ts";
import { facts, GiB, hostObject, inMemory, now, snapshotOf } from "./testing/builders.ts";
import type { HostView } from "./view.ts";

function view(given: Partial<HostSnapshot> = {}): HostView {
  const snapshot = snapshotOf(given);
  const { conditions, placement } = plan(snapshot);
  return {
    name: "host-a",
    object: snapshot.object,
    reachable: snapshot.liveness.reachable,
    since: now,
    version: snapshot.facts?.version ?? "",
    models: snapshot.facts?.models ?? [],
    loaded: snapshot.facts?.loaded ?? [],
    conditions: conditions as HostView["conditions"],
    ready: placement.notReady === undefined,
    placement,
    engine: () => {
      throw new Error("not asked for");
    },
  };
}

const cases: Record<string, [after: Partial<HostSnapshot>, events: string[]]> = {
  "nothing changed": [{}, []],
  "time went by": [{ now: now + 60_000 }, []],
  "another version": [{ facts: facts([], { version: "0.25.0" }) }, ["HostVersion"]],
  "a model on the disk": [{ facts: facts(["m:1"]) }, ["HostDisk"]],
  "a model in memory": [{ facts: facts([], { loaded: [inMemory("m:1")] }) }, ["HostMemory"]],
  "a pause": [{ object: hostObject({ pause: true }) }, ["HostSpec"]],
  "quiet hours": [{ quiet: { kind: "Quiet", since: now, until: now + 1, timeZone: "UTC" } }, ["HostSpec"]],
  "a label": [{ object: hostObject({}, undefined, { labels: { gpu: "big" } }) }, ["HostSpec"]],
  "another share": [{ object: hostObject({ memoryShare: 50 }) }, ["HostMemory", "HostSpec"]],
  "a removal that is wanted": [
    {
      object: hostObject({}, { made: [{ model: "m", deployment: "a/b", uid: "u" }] }),
      wished: [{ model: "m", deployment: "a/b", uid: "u" }],
    },
    ["HostDisk"],
  ],
};

describe("what others hear of a host", () => {
  test.each(Object.entries(cases))("%s", (_, [after, events]) => {
    expect([...eventsBetween(view(), view(after))].sort()).toEqual(events);
  });

  test("a new host is heard of", () => expect(eventsBetween(undefined, view()).size).toBeGreaterThan(0));

  test("a loaded model that grows is heard of", () => {
    const loaded = (bytes: number) => view({ facts: facts([], { loaded: [inMemory("m:1", { bytes })] }) });
    expect([...eventsBetween(loaded(GiB), loaded(2 * GiB))]).toEqual(["HostMemory"]);
  });
});
