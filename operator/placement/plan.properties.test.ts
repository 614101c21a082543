import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadedModelsAssumed } from "./filters/loaded-models.ts";
import { type Plan, plan } from "./plan.ts";
import type { CurrentReplica, Demand, PlacementHost, PlacementSnapshot } from "./snapshot.ts";
import { demand, GiB, host, memory, now, snapshot } from "./testing/builders.ts";

const hostNames = ["host-a", "host-b", "host-c", "host-d", "host-e"];
const runs = { numRuns: 150 };

const anyHost = (name: string) =>
  fc
    .record({
      allowed: fc.integer({ min: 0, max: 12 }),
      owner: fc.constantFrom("alice", "bob"),
      site: fc.option(fc.constantFrom("attic", "cellar"), { nil: undefined }),
      strangers: fc.constantFrom(0, 0, 0, 2),
      maximum: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      will: fc.constantFrom("open", "open", "open", "paused", "quiet", "lost", "old"),
    })
    .map(({ allowed, owner, site, strangers, maximum, will }) =>
      host(name, {
        owner,
        memory: memory(allowed, allowed + 2, strangers),
        engine: {
          kind: "Ollama",
          version: will === "old" ? "0.19.0" : "0.24.0",
          parallel: 1,
          kvCacheType: "f16",
          ...(maximum === undefined ? {} : { maxLoadedModels: maximum }),
        },
        ...(site === undefined ? {} : { site }),
        ...(will === "paused" ? { paused: { since: now } } : {}),
        ...(will === "quiet" ? { quiet: { since: now, until: now + 1000, timeZone: "UTC" } } : {}),
        ...(will === "lost" ? { notReady: { reason: "Unreachable", message: "gone", since: now - 100_000 } } : {}),
      }),
    );

const states = fc.constantFrom<CurrentReplica["state"]>(
  "Pending",
  "Pulling",
  "Ready",
  "Ready",
  "Lost",
  "Failed",
  "Removing",
);

const anyDemand = (name: string) =>
  fc
    .record({
      GiB: fc.integer({ min: 1, max: 6 }),
      replicas: fc.integer({ min: 0, max: 4 }),
      priority: fc.integer({ min: 0, max: 2 }),
      spreadBy: fc.constantFrom<Demand["spreadBy"]>("host", "owner", "site"),
      on: fc.subarray(hostNames),
      states: fc.array(states, { minLength: 5, maxLength: 5 }),
    })
    .map(({ on, states: of, ...rest }) =>
      demand(name, {
        ...rest,
        current: on.map((hostName, index) => ({
          id: `r${index + 1}`,
          hosts: [{ name: hostName, bytes: rest.GiB * GiB }],
          state: of[index]!,
        })),
      }),
    );

const anySnapshot = (demands = ["a", "b", "c", "d"]): fc.Arbitrary<PlacementSnapshot> =>
  fc
    .tuple(fc.tuple(...hostNames.map(anyHost)), fc.tuple(...demands.map(anyDemand)))
    .map(([hosts, wanted]) => snapshot(hosts, wanted));

describe("whatever the machines and the demands", () => {
  test("no host is promised more than it allows: what is over already gets nothing more", () => {
    fc.assert(
      fc.property(anySnapshot(), (given) => {
        const planned = plan(given);
        for (const at of given.hosts) {
          const before = bytesOn(
            at.name,
            given.demands.flatMap(({ current }) => current),
          );
          const added = bytesOn(
            at.name,
            all(planned).filter(({ action }) => action.kind === "Add"),
          );
          if (added > 0) expect(before + added).toBeLessThanOrEqual(at.memory.allowedBytes);
        }
      }),
      runs,
    );
  });

  test("no server is asked to keep more models in memory than it can", () => {
    fc.assert(
      fc.property(anySnapshot(), (given) => {
        for (const at of given.hosts) {
          const here = all(plan(given)).filter(({ hosts }) => hosts.some(({ name }) => name === at.name));
          if (here.some(({ action }) => action.kind === "Add")) {
            expect(here.length).toBeLessThanOrEqual(at.engine.maxLoadedModels ?? loadedModelsAssumed);
          }
        }
      }),
      runs,
    );
  });

  test("no host gets two replicas of one deployment, not even while one leaves", () => {
    fc.assert(
      fc.property(anySnapshot(), (given) => {
        for (const { replicas } of plan(given).deployments) {
          const names = replicas.flatMap(({ hosts }) => hosts.map(({ name }) => name));
          expect(new Set(names).size).toBe(names.length);
        }
      }),
      runs,
    );
  });

  test("every replica that exists is spoken of once, under its own id", () => {
    fc.assert(
      fc.property(anySnapshot(), (given) => {
        for (const { deployment, replicas } of plan(given).deployments) {
          const ids = replicas.map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
          const current = given.demands.find((wanted) => wanted.deployment === deployment)!.current;
          expect(ids).toEqual(expect.arrayContaining(current.map(({ id }) => id)));
        }
      }),
      runs,
    );
  });

  test("who is neither kept nor added is missing, and kept, added and missing are what was wanted", () => {
    fc.assert(
      fc.property(anySnapshot(["a"]), (given) => {
        const [{ replicas, missing }] = plan(given).deployments as [Plan["deployments"][0]];
        const placed = replicas.filter(({ action }) => action.kind === "Keep" || action.kind === "Add").length;
        expect(placed + missing).toBe(given.demands[0]!.replicas);
      }),
      runs,
    );
  });

  test("the order of hosts and of demands changes nothing, and twice gives the same", () => {
    fc.assert(
      fc.property(anySnapshot(), (given) => {
        const turned = { ...given, hosts: given.hosts.toReversed(), demands: given.demands.toReversed() };
        expect(plan(turned)).toEqual(plan(given));
        expect(plan(given)).toEqual(plan(given));
      }),
      runs,
    );
  });

  test("asked for one deployment alone, it gets what it gets among all", () => {
    fc.assert(
      fc.property(anySnapshot(), (given) => {
        for (const whole of plan(given).deployments) {
          expect(plan({ ...given, only: whole.deployment }).deployments).toEqual([whole]);
        }
      }),
      runs,
    );
  });

  test("a ready replica on a host that takes it stays, unless fewer are wanted or a higher priority needs the room", () => {
    fc.assert(
      fc.property(anySnapshot(), (given) => {
        for (const { deployment, replicas } of plan(given).deployments) {
          const wanted = given.demands.find((one) => one.deployment === deployment)!;
          for (const { id, hosts, action } of replicas) {
            const state = wanted.current.find((replica) => replica.id === id)?.state;
            const at = given.hosts.find(({ name }) => name === hosts[0]?.name)!;
            const open = !at.paused && !at.quiet && !at.notReady;
            if (state !== "Ready" || !open || !("why" in action)) continue;
            const why = action.why;
            if (why.code === "HostRefuses") expect(why.refusal.code).toBe("NotEnoughMemory");
            if (why.code === "HostRefuses") expect(overcommitted(at, given)).toBe(true);
            if (why.code === "ScaledDown") expect(wanted.current.length).toBeGreaterThan(wanted.replicas);
            expect(["HostRefuses", "ScaledDown", "Preempted"]).toContain(why.code);
          }
        }
      }),
      runs,
    );
  });

  test("a ready replica goes away only with enough others ready, or because its owner's patience ended", () => {
    fc.assert(
      fc.property(anySnapshot(), (given) => {
        for (const { deployment, replicas } of plan(given).deployments) {
          const wanted = given.demands.find((one) => one.deployment === deployment)!;
          const ready = (id: string) => wanted.current.find((replica) => replica.id === id)?.state === "Ready";
          const goes = replicas.some(({ id, action }) => action.kind === "Remove" && ready(id));
          const stays = replicas.filter(({ id, action }) => action.kind !== "Remove" && ready(id)).length;
          if (goes) expect(stays).toBeGreaterThanOrEqual(wanted.replicas);
        }
      }),
      runs,
    );
  });

  test("more memory on a host never costs a lone deployment a replica", () => {
    fc.assert(
      fc.property(
        anySnapshot(["a"]),
        fc.constantFrom(...hostNames),
        fc.integer({ min: 1, max: 8 }),
        (given, name, more) => {
          const larger = {
            ...given,
            hosts: given.hosts.map((at) =>
              at.name === name
                ? {
                    ...at,
                    memory: {
                      ...at.memory,
                      allowedBytes: at.memory.allowedBytes + more * GiB,
                      capacityBytes: at.memory.capacityBytes + more * GiB,
                    },
                  }
                : at,
            ),
          };
          expect(plan(larger).deployments[0]!.missing).toBeLessThanOrEqual(plan(given).deployments[0]!.missing);
        },
      ),
      runs,
    );
  });

  test("carried out step by step it comes to rest, without ever fewer ready replicas than before of what was complete", () => {
    fc.assert(
      fc.property(anySnapshot(), (given) => {
        let at = given;
        for (let step = 0; step < 12; step++) {
          const planned = plan(at);
          const next = carriedOut(at, planned);
          if (JSON.stringify(next) === JSON.stringify(at)) return;
          at = next;
        }
        expect.fail(`still moving after 12 steps: ${JSON.stringify(plan(at), null, 1)}`);
      }),
      runs,
    );
  });
});

const all = ({ deployments }: Plan) => deployments.flatMap(({ replicas }) => replicas);

function bytesOn(name: string, replicas: readonly { hosts: readonly { name: string; bytes: number }[] }[]): number {
  const here = replicas.flatMap(({ hosts }) => hosts).filter((carried) => carried.name === name);
  return here.reduce((sum, { bytes }) => sum + bytes, 0);
}

function overcommitted(at: PlacementHost, { demands }: PlacementSnapshot): boolean {
  return (
    bytesOn(
      at.name,
      demands.flatMap(({ current }) => current),
    ) > at.memory.allowedBytes
  );
}

/** What the world looks like once every action is done: removed ones are gone, all others on hosts that answer get one step further. */
function carriedOut(given: PlacementSnapshot, { deployments }: Plan): PlacementSnapshot {
  const answers = (name: string) => !given.hosts.find((at) => at.name === name)?.notReady;
  const demands = given.demands.map((wanted) => {
    const { replicas } = deployments.find(({ deployment }) => deployment === wanted.deployment)!;
    const current = replicas.flatMap(({ id, hosts, action }): CurrentReplica[] => {
      if (action.kind === "Remove") return [];
      const before = wanted.current.find((replica) => replica.id === id)?.state;
      const state = !answers(hosts[0]!.name) ? "Lost" : before === undefined ? "Pending" : "Ready";
      return [{ id, hosts, state }];
    });
    return { ...wanted, current };
  });
  return { ...given, demands };
}
