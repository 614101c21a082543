import { describe, expect, test } from "vitest";
import { condition, servedNames, settled } from "../../test/deployments/settled.ts";
import { digest, mib, World, type WorldHost } from "../../test/deployments/world.ts";

describe("a served model", () => {
  test.each([
    ["pushed out of memory is loaded again", (host: WorldHost) => host.loaded.clear(), "Reloaded"],
    [
      "deleted by hand is made again",
      (host: WorldHost) => {
        for (const name of servedNames(host)) host.models.delete(name);
      },
      "Recreated",
    ],
    [
      "overwritten by hand is made again",
      (host: WorldHost) => {
        for (const name of servedNames(host)) host.models.set(name, { digest: digest("other"), bytes: 1, ours: true });
      },
      "Recreated",
    ],
    ["deleted with its base is pulled again", (host: WorldHost) => host.models.clear(), "Pulled"],
  ])("%s", (_, damage, event) => {
    const { world, host, key } = settled();
    world.now += world.limits.loadsWindowMs;
    world.events.length = 0;
    damage(host);
    world.pass(key);
    expect(world.get(key).status?.ready).toBe("0/1");
    world.settle(key);
    expect(world.get(key).status?.ready).toBe("1/1");
    expect(world.events).toContain(event);
  });

  test("pushed out again and again is loaded at growing intervals", () => {
    const { world, host, key } = settled();
    const started = world.now;
    for (let pass = 0; pass < 120; pass++) {
      host.loaded.clear();
      world.pass(key);
      world.work();
      world.now += 1000;
    }
    const loads = world.commands.filter((command) => command.kind === "StartTask" && command.step.kind === "Load");
    expect(world.now - started).toBe(120_000);
    expect(loads.length).toBeLessThanOrEqual(7);
  });

  test("that fell back to the CPU is Degraded with numbers, and serves", () => {
    const { world, host, key } = settled({ accelerated: true });
    for (const loaded of host.loaded.values()) Object.assign(loaded, { bytes: 100 * mib, vramBytes: 40 * mib });
    world.settle(key);
    expect(condition(world, key, "Degraded")).toMatchObject({
      status: "True",
      reason: "CpuFallback",
      message: expect.stringContaining("60.0 MiB of 100 MiB run on the CPU of host-a"),
    });
    expect(world.get(key).status).toMatchObject({ ready: "1/1", state: "Degraded" });
  });

  test("corrects the estimate by what its first load measured", () => {
    const { world, key } = settled();
    expect(world.get(key).status?.memory).toMatchObject({ source: "Measured", totalBytes: 120 * mib });
  });
});

describe("changed settings", () => {
  test("are made beside the old ones, which leave when the new ones are ready", () => {
    const { world, host, key } = settled();
    const [old] = servedNames(host);
    world.change(key, { system: "Answer in one sentence." });
    world.pass(key);
    expect(world.get(key).status).toMatchObject({ state: "Updating", ready: "1/1" });
    world.settle(key);
    expect(servedNames(host)).toHaveLength(1);
    expect(servedNames(host)).not.toContain(old);
    expect(world.get(key).status?.ready).toBe("1/1");
  });

  test("where memory does not hold both, the old ones leave first", () => {
    const { world, host, key } = settled({ memoryBytes: 200 * mib });
    world.change(key, { context: 2048 });
    world.settle(key);
    expect(world.get(key).status?.ready).toBe("1/1");
    expect(servedNames(host)).toHaveLength(1);
  });

  test("that do not work stop at the first host, and the old ones go on serving", () => {
    const world = new World();
    world.addHost("host-a");
    world.addHost("host-b");
    const key = world.deploy("chat", { replicas: 2 });
    world.settle(key);
    world.fault = ({ kind }) => (kind === "MakeServed" ? new Error("does not work") : undefined);
    world.change(key, { system: "broken" });
    for (let pass = 0; pass < 30; pass++) {
      world.pass(key);
      world.work();
      world.now += 1000;
    }
    expect(world.get(key).status?.ready).toBe("2/2");
    expect(condition(world, key, "Ready")?.status).toBe("False");
    expect(world.get(key).status?.replicas?.filter(({ replaces }) => replaces !== undefined)).toHaveLength(1);
  });
});
