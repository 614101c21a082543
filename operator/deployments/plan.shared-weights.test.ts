/** Ollama keeps one runner per weights file: the same weights with two contexts on one host push each other out with every load. */
import { describe, expect, test } from "vitest";
import { condition } from "../../test/deployments/settled.ts";
import { World } from "../../test/deployments/world.ts";

function hostOf(world: World, key: string): string | undefined {
  return world.get(key).status?.hosts;
}

function twice(contexts: [number, number], hosts: string[]): { world: World; first: string; second: string } {
  const world = new World();
  world.sameWeights = true;
  for (const name of hosts) world.addHost(name);
  const first = world.deploy("first", { context: contexts[0] });
  world.settle(first);
  const second = world.deploy("second", { context: contexts[1] });
  return { world, first, second };
}

describe("a second deployment of the same weights", () => {
  test("with another context goes to another host, although it has to download there", () => {
    const { world, first, second } = twice([4096, 2048], ["host-a", "host-b"]);
    world.settle(second);
    world.settle(first);
    expect(hostOf(world, second)).not.toBe(hostOf(world, first));
    for (const key of [first, second]) {
      expect(condition(world, key, "Ready")?.status).toBe("True");
      expect(condition(world, key, "Degraded")?.status).toBe("False");
    }
  });

  test("with the same context goes where the weights are already, and shares the runner", () => {
    const { world, first, second } = twice([4096, 4096], ["host-a", "host-b"]);
    world.settle(second);
    expect(hostOf(world, second)).toBe(hostOf(world, first));
    expect(condition(world, second, "Ready")?.status).toBe("True");
  });

  test("with another context is placed all the same where there is one host alone, and says who pushes it out", () => {
    const { world, first, second } = twice([4096, 2048], ["host-a"]);
    for (let pass = 0; pass < 60; pass++) {
      for (const key of [first, second]) world.pass(key);
      world.work();
      world.now += 1000;
    }
    expect(hostOf(world, second)).toBe("host-a");
    const said = [first, second].map((key) => condition(world, key, "Degraded")).filter((it) => it?.status === "True");
    expect(said.map((it) => it?.reason)).toContain("WeightsShared");
    expect(said[0]?.message).toMatch(
      /default\/(first|second) serves the same weights on host-a with a context of \d+ tokens/,
    );
  });

  test("takes no notice of a deployment that is leaving the host", () => {
    const { world, first, second } = twice([4096, 2048], ["host-a"]);
    const away = hostOf(world, first);
    world.change(first, { replicas: 0 });
    world.settle(first);
    world.addHost("host-b");
    world.settle(second);
    expect(away).toBe("host-a");
    expect(condition(world, second, "Degraded")?.status).toBe("False");
    expect(condition(world, second, "Ready")?.status).toBe("True");
  });
});
