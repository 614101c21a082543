import { describe, expect, test } from "vitest";
import { plan } from "./plan.ts";
import type { PlacementSnapshot } from "./snapshot.ts";
import { demand, digest, GiB, host, memory, now, replica, snapshot } from "./testing/builders.ts";
import { lines } from "./testing/lines.ts";

const paused = { paused: { since: now - 1000 } };
const lost = (since: number) => ({ notReady: { reason: "Unreachable", message: "no answer", since } });
const smaller = { models: [{ name: "x", digest, bytes: GiB, ours: false }] };

const cases: Record<string, { given: PlacementSnapshot; gives: string[] }> = {
  "one replica goes on the host with the most room left": {
    given: snapshot([host("host-a"), host("host-b", { memory: memory(16) })], [demand("m")]),
    gives: ["m/r1 Add host-b"],
  },
  "equal hosts: the first by name": {
    given: snapshot([host("host-b"), host("host-a")], [demand("m")]),
    gives: ["m/r1 Add host-a"],
  },
  "a host that has the model on disk comes before one with more room": {
    given: snapshot([host("host-a", { memory: memory(16) }), host("host-b", smaller)], [demand("m")]),
    gives: ["m/r1 Add host-b"],
  },
  "a host that has it in memory comes before one that has it on disk": {
    given: snapshot(
      [host("host-a", { ...smaller }), host("host-b", { loaded: ["commonhold/m:aaaaaaaaaaaa"] })],
      [demand("m")],
    ),
    gives: ["m/r1 Add host-b"],
  },
  "replicas go to different owners if so asked, even where that costs a pull": {
    given: snapshot(
      [host("host-a", smaller), host("host-b", smaller), host("host-c", { owner: "bob" })],
      [demand("m", { replicas: 2, spreadBy: "owner" })],
    ),
    gives: ["m/r1 Add host-a", "m/r2 Add host-c"],
  },
  "without being asked another owner is only a tie-break": {
    given: snapshot(
      [host("host-a", smaller), host("host-b", smaller), host("host-c", { owner: "bob" })],
      [demand("m", { replicas: 2 })],
    ),
    gives: ["m/r1 Add host-a", "m/r2 Add host-b"],
  },
  "replicas go to different sites if so asked": {
    given: snapshot(
      [host("host-a", { site: "attic" }), host("host-b", { site: "attic" }), host("host-c", { site: "cellar" })],
      [demand("m", { replicas: 2, spreadBy: "site" })],
    ),
    gives: ["m/r1 Add host-a", "m/r2 Add host-c"],
  },
  "never two of one deployment on one host": {
    given: snapshot([host("host-a")], [demand("m", { replicas: 2, GiB: 1 })]),
    gives: ["m/r1 Add host-a"],
  },
  "higher priority is placed first": {
    given: snapshot([host("host-a", { memory: memory(3) })], [demand("a"), demand("z", { priority: 1 })]),
    gives: ["z/r1 Add host-a"],
  },
  "at equal priority the older one is placed first": {
    given: snapshot(
      [host("host-a", { memory: memory(3) })],
      [demand("a", { createdAt: 2 }), demand("z", { createdAt: 1 })],
    ),
    gives: ["z/r1 Add host-a"],
  },
  "what others hold is not given away": {
    given: snapshot([host("host-a")], [demand("m")], { reservedBytes: { "host-a": 7 * GiB } }),
    gives: [],
  },
  "a ready replica stays where it is though a better host came": {
    given: snapshot(
      [host("host-a"), host("host-b", { memory: memory(64) })],
      [demand("m", { current: [replica("r1", "host-a")] })],
    ),
    gives: ["m/r1 Keep host-a"],
  },
  "a ready replica stays where nothing new would go: full disk, failures, an older engine": {
    given: snapshot(
      [
        host("host-a", {
          disk: { capacityBytes: 1, usedBytes: 2 },
          engine: { kind: "Ollama", version: "0.19.0", parallel: 1, kvCacheType: "f16" },
          backOff: { until: now + 1, failures: 3 },
        }),
        host("host-b"),
      ],
      [demand("m", { current: [replica("r1", "host-a")] })],
    ),
    gives: ["m/r1 Keep host-a"],
  },
  "a failed replica goes elsewhere while its host is left alone": {
    given: snapshot(
      [host("host-a"), host("host-b")],
      [
        demand("m", {
          current: [replica("r1", "host-a", "Failed")],
          failures: [{ host: "host-a", until: now + 60_000, failures: 5, message: "the pull stalled" }],
        }),
      ],
    ),
    gives: [
      "m/r1 Remove host-a: host-a (left alone until 12:01 UTC after 5 failures: the pull stalled)",
      "m/r2 Add host-b",
    ],
  },
  "a pause moves a ready replica: the new one first": {
    given: snapshot([host("host-a", paused), host("host-b")], [demand("m", { current: [replica("r1", "host-a")] })]),
    gives: ["m/r1 Drain host-a: host-a (paused by its owner alice)", "m/r2 Add host-b"],
  },
  "the old one serves until the new one is ready": {
    given: snapshot(
      [host("host-a", paused), host("host-b")],
      [demand("m", { current: [replica("r1", "host-a"), replica("r2", "host-b", "Pulling")] })],
    ),
    gives: ["m/r1 Drain host-a: host-a (paused by its owner alice)", "m/r2 Keep host-b"],
  },
  "then it goes": {
    given: snapshot(
      [host("host-a", paused), host("host-b")],
      [demand("m", { current: [replica("r1", "host-a"), replica("r2", "host-b")] })],
    ),
    gives: ["m/r1 Remove host-a: host-a (paused by its owner alice)", "m/r2 Keep host-b"],
  },
  "an owner's patience ends, replaced or not": {
    given: snapshot(
      [host("host-a", { paused: { since: now - 300_000 } })],
      [demand("m", { current: [replica("r1", "host-a")] })],
    ),
    gives: ["m/r1 Remove host-a: host-a (paused by its owner alice)"],
  },
  "a pull on a host that was paused ends at once": {
    given: snapshot([host("host-a", paused)], [demand("m", { current: [replica("r1", "host-a", "Pulling")] })]),
    gives: ["m/r1 Remove host-a: host-a (paused by its owner alice)"],
  },
  "a ModelHost that is being deleted drains like a pause": {
    given: snapshot(
      [host("host-a", { leaving: { since: now } }), host("host-b")],
      [demand("m", { current: [replica("r1", "host-a")] })],
    ),
    gives: ["m/r1 Drain host-a: host-a (its ModelHost is being deleted)", "m/r2 Add host-b"],
  },
  "quiet hours drain like a pause": {
    given: snapshot(
      [host("host-a", { quiet: { since: now, until: now + 3_600_000, timeZone: "UTC" } }), host("host-b")],
      [demand("m", { current: [replica("r1", "host-a")] })],
    ),
    gives: ["m/r1 Drain host-a: host-a (quiet until 13:00 UTC)", "m/r2 Add host-b"],
  },
  "a host that does not answer is waited for": {
    given: snapshot(
      [host("host-a", lost(now - 59_000)), host("host-b")],
      [demand("m", { current: [replica("r1", "host-a", "Lost")] })],
    ),
    gives: ["m/r1 Keep host-a"],
  },
  "after the grace its replica is replaced": {
    given: snapshot(
      [host("host-a", lost(now - 60_000)), host("host-b")],
      [demand("m", { current: [replica("r1", "host-a", "Lost")] })],
    ),
    gives: ["m/r1 Drain host-a: host-a (not ready: no answer)", "m/r2 Add host-b"],
  },
  "with nowhere to go it is kept for the host's return": {
    given: snapshot(
      [host("host-a", lost(now - 60_000))],
      [demand("m", { current: [replica("r1", "host-a", "Lost")] })],
    ),
    gives: ["m/r1 Drain host-a: host-a (not ready: no answer)"],
  },
  "a lost host that is back before its replacement is ready keeps its replica": {
    given: snapshot(
      [host("host-a"), host("host-b")],
      [demand("m", { current: [replica("r1", "host-a"), replica("r2", "host-b", "Pulling")] })],
    ),
    gives: ["m/r1 Keep host-a", "m/r2 Remove host-b: fewer replicas are wanted"],
  },
  "a ModelHost that is gone takes its replica along": {
    given: snapshot([host("host-b")], [demand("m", { current: [replica("r1", "host-a")] })]),
    gives: ["m/r1 Remove host-a: host-a is no longer a host", "m/r2 Add host-b"],
  },
  "lost trust ends it at once": {
    given: snapshot([host("host-a", { trust: "unknown" })], [demand("m", { current: [replica("r1", "host-a")] })]),
    gives: ["m/r1 Remove host-a: host-a (has trust unknown; known is wanted)"],
  },
  "a connection that became readable ends it at once": {
    given: snapshot(
      [host("host-a", { transportSecure: false })],
      [demand("m", { current: [replica("r1", "host-a")] })],
    ),
    gives: [
      "m/r1 Remove host-a: host-a (reached without encryption, which may not carry other people's words; give it an https endpoint)",
    ],
  },
  "another selector moves it, the new one first": {
    given: snapshot(
      [host("host-a"), host("host-b", { labels: { gpu: "big" } })],
      [demand("m", { hostSelector: { matchLabels: { gpu: "big" } }, current: [replica("r1", "host-a")] })],
    ),
    gives: ["m/r1 Drain host-a: host-a (lacks a label: gpu=big is wanted, not set)", "m/r2 Add host-b"],
  },
  "a lowered share drains who comes last": {
    given: snapshot(
      [host("host-a", { memory: memory(3, 8) }), host("host-b")],
      [
        demand("first", { priority: 1, current: [replica("r1", "host-a")] }),
        demand("last", { current: [replica("r1", "host-a")] }),
      ],
    ),
    gives: [
      "first/r1 Keep host-a",
      "last/r1 Drain host-a: host-a (needs 2.0 GiB; 1.0 GiB of 3.0 GiB free)",
      "last/r2 Add host-b",
    ],
  },
  "scaling down takes what is least far": {
    given: snapshot(
      [host("host-a"), host("host-b"), host("host-c")],
      [
        demand("m", {
          current: [replica("r1", "host-a", "Loading"), replica("r2", "host-b"), replica("r3", "host-c", "Pulling")],
        }),
      ],
    ),
    gives: [
      "m/r1 Remove host-a: fewer replicas are wanted",
      "m/r2 Keep host-b",
      "m/r3 Remove host-c: fewer replicas are wanted",
    ],
  },
  "scaling down keeps owners apart": {
    given: snapshot(
      [host("host-a"), host("host-b"), host("host-c", { owner: "bob" })],
      [
        demand("m", {
          replicas: 2,
          spreadBy: "owner",
          current: [replica("r1", "host-a"), replica("r2", "host-b"), replica("r3", "host-c")],
        }),
      ],
    ),
    gives: ["m/r1 Keep host-a", "m/r2 Remove host-b: fewer replicas are wanted", "m/r3 Keep host-c"],
  },
  "no replicas wanted, none kept": {
    given: snapshot([host("host-a")], [demand("m", { replicas: 0, current: [replica("r1", "host-a")] })]),
    gives: ["m/r1 Remove host-a: fewer replicas are wanted"],
  },
  "what is being removed still takes room, and its host is not used again before it is gone": {
    given: snapshot(
      [host("host-a", { memory: memory(3) })],
      [demand("m", { current: [replica("r1", "host-a", "Removing")] }), demand("n")],
    ),
    gives: ["m/r1 Remove host-a: being removed"],
  },
};

describe("plan", () => {
  test.each(Object.entries(cases))("%s", (_, { given, gives }) => {
    expect(lines(plan(given))).toEqual(gives);
  });
});
