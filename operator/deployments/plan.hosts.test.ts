import { describe, expect, test } from "vitest";
import { condition, settled } from "../../test/deployments/settled.ts";
import { digest, World, type WorldHost } from "../../test/deployments/world.ts";
import { DigestDiffers } from "./failure.ts";

describe("a host", () => {
  test("with another model of that name is never overwritten: refused with reason and words", () => {
    const models: WorldHost["models"] = new Map([["smollm2:135m", { digest: digest("mine"), bytes: 1 }]]);
    const { world, host, key } = settled({ models });
    expect(world.get(key).status?.refusals).toEqual([
      { host: "host-a", reason: "NameInTheWay", message: expect.stringContaining("never overwritten") },
    ]);
    expect(host.models.get("smollm2:135m")?.digest).toBe(digest("mine"));
    expect(condition(world, key, "Placed")).toMatchObject({ status: "False", reason: "NoHostFits" });
  });

  test("too old to tell the registry's digest is refused with that reason", () => {
    const { world, key } = settled({ version: "0.19.2" });
    expect(world.get(key).status?.refusals).toMatchObject([{ host: "host-a", reason: "EngineTooOld" }]);
  });

  test("that claims another digest never serves, and heals when it is honest", () => {
    const world = new World();
    const host = world.addHost("host-a");
    world.fault = ({ kind }) => (kind === "Pull" ? new DigestDiffers("host-a got sha256:bad") : undefined);
    const key = world.deploy("chat");
    const reasons = new Set<string | undefined>();
    for (let pass = 0; pass < 20; pass++) {
      world.pass(key);
      world.work();
      world.now += 1000;
      const { readyReplicas, replicas } = world.get(key).status ?? {};
      expect(readyReplicas ?? 0).toBe(0);
      reasons.add(replicas?.[0]?.reason);
    }
    expect(reasons).toContain("DigestMismatch");
    world.fault = () => undefined;
    world.now += 2 * world.limits.strikeMs;
    world.settle(key);
    expect(world.get(key).status?.ready).toBe("1/1");
    expect(host.models.size).toBe(2);
  });

  test("that fails three times in a row is left for another one", () => {
    const world = new World();
    const bad = world.addHost("host-a");
    world.addHost("host-b");
    world.fault = (_, { name }) => (name === "host-a" ? new Error("broken") : undefined);
    const key = world.deploy("chat");
    for (let pass = 0; pass < 40; pass++) {
      world.pass(key);
      world.work();
      world.now += 1000;
    }
    world.settle(key);
    expect(world.get(key).status).toMatchObject({ ready: "1/1", hosts: "host-b" });
    expect(bad.models.size).toBe(0);
  });

  test("that goes away is Lost at once, replaced after the grace, and cleaned when it returns", () => {
    const { world, host, key } = settled({}, "host-b");
    Object.assign(host, { reachable: false, since: world.now });
    world.pass(key);
    expect(world.get(key).status?.replicas).toMatchObject([{ state: "Lost", reason: "HostUnreachable" }]);
    expect(world.get(key).status?.ready).toBe("0/1");
    world.now += world.limits.hostLostGraceMs;
    world.settle(key);
    expect(world.get(key).status).toMatchObject({ ready: "1/1", hosts: "host-b" });
    expect(host.models.size).toBe(2);
    host.reachable = true;
    world.work();
    expect(host.models.size).toBe(0);
  });

  test("that comes back within the grace serves again, and nothing is done a second time", () => {
    const { world, host, key } = settled({}, "host-b");
    Object.assign(host, { reachable: false, since: world.now });
    world.pass(key);
    const touched = [...host.touched];
    Object.assign(host, { reachable: true, since: world.now });
    world.settle(key);
    expect(world.get(key).status).toMatchObject({ ready: "1/1", hosts: "host-a" });
    expect(host.touched).toEqual(touched);
  });

  test("whose ModelHost is gone needs no cleaning; its replica goes elsewhere", () => {
    const { world, key } = settled({}, "host-b");
    world.hosts.delete("host-a");
    world.settle(key);
    expect(world.get(key).status).toMatchObject({ ready: "1/1", hosts: "host-b" });
  });
});

describe("two deployments of the same weights on one host", () => {
  function pair(contexts: [number, number]) {
    const world = new World();
    const host = world.addHost("host-a");
    const keys = contexts.map((context, index) => world.deploy(`chat-${index}`, { context }));
    for (let pass = 0; pass < 60; pass++) {
      for (const key of keys) world.pass(key);
      world.work();
      world.now += 1000;
    }
    return { world, host, keys };
  }

  test("share one runner when they have the same context, and both are Ready", () => {
    const { world, host, keys } = pair([4096, 4096]);
    expect(keys.map((key) => world.get(key).status?.ready)).toEqual(["1/1", "1/1"]);
    expect(host.loaded.size).toBe(1);
    const { length } = world.commands;
    for (const key of keys) world.pass(key);
    expect(world.commands).toHaveLength(length);
  });

  test("with different contexts push each other out: said, with growing pauses and not for ever in a hurry", () => {
    const { world, keys } = pair([4096, 2048]);
    const loads = world.commands.filter((command) => command.kind === "StartTask" && command.step.kind === "Load");
    expect(loads.length).toBeLessThanOrEqual(14);
    const shared = keys.filter((key) => condition(world, key, "Degraded")?.reason === "WeightsShared");
    expect(shared.length).toBeGreaterThanOrEqual(1);
    expect(condition(world, shared[0] ?? "", "Degraded")?.message).toContain("serves the same weights on host-a");
  });
});
