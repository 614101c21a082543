import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelDeployment, Replica } from "../../operator/apis/model-deployment.ts";
import type { ModelHost } from "../../operator/apis/model-host.ts";
import { deployment, host, replica } from "../../test/gateway/objects.ts";
import { type Asking, findCandidates } from "./candidates.ts";
import { noReplicaWords, refusalWords } from "./words.ts";

interface Case {
  replica?: Replica;
  host?: ModelHost | undefined;
  member?: string;
  openUntilMs?: number;
  failed?: string;
  says: string;
}

function asking(of: Omit<Case, "says">): Asking {
  const known = "host" in of ? of.host : host("a", "http://a");
  return {
    deployment: deployment("lab/m", [of.replica ?? replica("a")]),
    hosts: new Map(known ? [["a", known]] : []),
    member: of.member ?? "ada",
    circuitOpenUntilMs: () => of.openUntilMs,
    failed: new Map(of.failed === undefined ? [] : [["a", of.failed]]),
  };
}

describe("a ready replica on a ready host", () => {
  test("is a candidate, with the name of the model there and the places its owner declared", () => {
    const known = host("a", "http://a", { engine: { kind: "Ollama", parallel: 4, kvCacheType: "f16" } });
    const { candidates, refusals } = findCandidates(asking({ host: known }));
    expect(candidates).toEqual([{ replica: "r-a", host: known, model: "commonhold/served:abc", parallel: 4 }]);
    expect(refusals).toEqual([]);
  });

  test("of a device is one for its owner", () => {
    const known = host("a", "http://a", { layer: "edge", owner: "ada" });
    expect(findCandidates(asking({ host: known })).candidates).toHaveLength(1);
  });

  test("whose host is paused goes on serving until it is moved away", () => {
    expect(findCandidates(asking({ host: host("a", "http://a", { pause: true }) })).candidates).toHaveLength(1);
  });
});

describe("a replica is no candidate, and the reason is said, when", () => {
  const cases: Record<string, Case> = {
    "it is still pulling": { replica: replica("a", "m", { state: "Pulling" }), says: "a is pulling" },
    "its host is not known": { host: undefined, says: "a is gone" },
    "it has no host": { replica: { id: "r", hosts: [], state: "Ready" }, says: "a replica is gone" },
    "its host is not ready": { host: host("a", "http://a", {}, false), says: "a is not ready: No route to host" },
    "its host was never probed": {
      host: { ...host("a", "http://a"), status: {} },
      says: "a is not ready: it was not probed yet",
    },
    "nobody wrote what the model is called there": {
      replica: { id: "r", hosts: [{ name: "a", bytes: 1 }], state: "Ready" },
      says: "a has not said what the model is called there",
    },
    "its host dials out and has no tunnel yet": {
      host: host("a", "", { endpoint: { tunnel: { publicKey: "ssh-ed25519 AAAA" } } }),
      says: "a has no address that the gateway can reach",
    },
    "its host's owner has shut the namespace out": {
      host: host("a", "http://a", { allowedNamespaces: ["default"] }),
      says: "a does not serve namespace lab",
    },
    "its host is somebody else's device": {
      host: host("a", "http://a", { layer: "edge", owner: "bob" }),
      says: "a serves its owner bob only",
    },
    "its host's circuit is open": { openUntilMs: 3_500, says: "a failed several times and is asked again in 4 s" },
    "its host failed for this very request": { failed: "refuses connections", says: "a refuses connections" },
  };
  for (const [words, { says, ...of }] of Object.entries(cases)) {
    test(words, () => {
      const { candidates, refusals } = findCandidates(asking(of));
      expect(candidates).toEqual([]);
      expect(refusalWords(refusals, 0)).toBe(says);
    });
  }
});

describe("a replica that spans hosts", () => {
  const spanning: Replica = {
    id: "r",
    state: "Ready",
    hosts: [
      { name: "b", bytes: 1 },
      { name: "a", bytes: 1, model: "m" },
    ],
  };
  const hosts = (ready: boolean) =>
    new Map([
      ["a", host("a", "http://a")],
      ["b", host("b", "http://b", {}, ready)],
    ]);

  test("is asked at the host that knows the model by name", () => {
    const found = findCandidates({ ...asking({ replica: spanning }), hosts: hosts(true) });
    expect(found.candidates.map(({ host: { metadata } }) => metadata.name)).toEqual(["a"]);
  });

  test("is no candidate while one of them is not ready", () => {
    expect(findCandidates({ ...asking({ replica: spanning }), hosts: hosts(false) }).candidates).toEqual([]);
  });
});

test("whatever the cluster looks like, only ready replicas on ready hosts are candidates, and every other replica has a reason", () => {
  const states = fc.constantFrom(
    "Pending",
    "Pulling",
    "Loading",
    "Ready",
    "Failed",
    "Lost",
    "Removing",
  ) as fc.Arbitrary<Replica["state"]>;
  const cluster = fc.array(
    fc.record({ state: states, ready: fc.boolean(), known: fc.boolean(), failed: fc.boolean() }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(cluster, (parts) => {
      const names = parts.map((_, at) => `h${at}`);
      const hosts = new Map(
        names.flatMap((name, at) =>
          parts[at]!.known ? [[name, host(name, "http://x", {}, parts[at]!.ready)] as const] : [],
        ),
      );
      const replicas = names.map((name, at) => replica(name, "m", { state: parts[at]!.state }));
      const failed = new Map(names.flatMap((name, at) => (parts[at]!.failed ? [[name, "failed"] as const] : [])));
      const found = findCandidates({ ...asking({}), deployment: deployment("lab/m", replicas), hosts, failed });
      const expected = names.filter((_, at) => {
        const { state, ready, known, failed: broke } = parts[at]!;
        return state === "Ready" && ready && known && !broke;
      });
      expect(found.candidates.map(({ host: { metadata } }) => metadata.name)).toEqual(expected);
      expect(found.candidates.length + found.refusals.length).toBe(parts.length);
    }),
  );
});

describe("a deployment without replicas", () => {
  const bare = (spec: Partial<ModelDeployment["spec"]>, message?: string): ModelDeployment => {
    const one = deployment("lab/m", [], spec);
    const condition = {
      type: "Ready",
      status: "False" as const,
      reason: "x",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    return message === undefined ? one : { ...one, status: { conditions: [{ ...condition, message }] } };
  };
  test("says that it is scaled to zero", () =>
    expect(noReplicaWords(bare({ replicas: 0 }))).toBe("it is scaled to zero replicas"));
  test("says what the operator says", () =>
    expect(noReplicaWords(bare({}, "needs 5.2 GiB; host-a has 3.1 GiB free."))).toBe(
      "needs 5.2 GiB; host-a has 3.1 GiB free",
    ));
  test("says that there is none yet", () => expect(noReplicaWords(bare({}))).toBe("it has no replica yet"));
});
