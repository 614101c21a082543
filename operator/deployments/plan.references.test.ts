import { describe, expect, test } from "vitest";
import { condition, reference, servedNames, settled } from "../../test/deployments/settled.ts";
import { digest, World } from "../../test/deployments/world.ts";

describe("a reference", () => {
  const failure = (code: string, terminal: boolean) => ({
    ...{ code, terminal, attempts: 1, message: "the registry's words", retryAt: Number.POSITIVE_INFINITY },
  });

  test("that the registry does not know stalls with its words", () => {
    const world = new World();
    world.addHost("host-a");
    world.registryDown = failure("NotFound", true);
    const key = world.deploy("chat");
    world.settle(key);
    expect(condition(world, key, "Stalled")).toMatchObject({ status: "True", reason: "ModelNotFound" });
    expect(condition(world, key, "Ready")).toMatchObject({ status: "False", message: "the registry's words" });
    expect(world.get(key).status?.state).toBe("Stalled");
  });

  test.each([
    ["that runs on somebody's cloud is refused", "gpt-oss:120b-cloud", "CloudModel"],
    ["that cannot be read is refused", "///", "InvalidReference"],
  ])("%s", (_, ollama, reason) => {
    const world = new World();
    world.addHost("host-a");
    const key = world.deploy("chat", { model: { ollama } });
    world.settle(key);
    expect(condition(world, key, "Resolved")).toMatchObject({ status: "False", reason });
  });

  test("of a registry that is down is not stalled, and nothing is placed", () => {
    const world = new World();
    const host = world.addHost("host-a");
    world.registryDown = failure("Unreachable", false);
    const key = world.deploy("chat");
    world.settle(key);
    expect(condition(world, key, "Stalled")?.status).toBe("False");
    expect(condition(world, key, "Ready")).toMatchObject({ status: "False", reason: "RegistryUnreachable" });
    expect(host.touched).toEqual([]);
  });

  test("stays resolved, and Ready, when the registry goes down later", () => {
    const { world, key } = settled();
    world.registryDown = failure("Unreachable", false);
    world.restart();
    world.now += 2 * world.limits.recheckMs;
    world.settle(key);
    expect(condition(world, key, "Ready")?.status).toBe("True");
  });

  test("that is pinned to what the tag no longer serves says exactly what can be done", () => {
    const world = new World();
    world.addHost("host-a");
    const pin = digest("older");
    const key = world.deploy("chat", { model: { ollama: "smollm2:135m", digest: pin } });
    world.settle(key);
    const resolved = condition(world, key, "Resolved");
    expect(resolved).toMatchObject({ status: "False", reason: "PinNotServed" });
    expect(resolved?.message).toContain(`write spec.model.digest: ${digest(reference)}`);
    expect(resolved?.message).toContain(pin);
  });
});

describe("a tag that moved", () => {
  function moved(spec = {}) {
    const found = settled();
    const { world, key } = found;
    world.change(key, spec);
    world.registry.set(reference, digest("newer"));
    world.restart();
    world.now += 2 * world.limits.recheckMs;
    return { ...found, newer: digest("newer"), older: digest(reference) };
  }

  /** The first look only starts the timer of the new process. */
  function recheck(world: World, key: string): void {
    world.settle(key);
    world.now += 2 * world.limits.recheckMs;
    world.settle(key);
  }

  test("is proposed and not taken, also by a new process", () => {
    const { world, key, newer, older } = moved();
    recheck(world, key);
    world.restart();
    world.settle(key);
    expect(condition(world, key, "UpdateAvailable")).toMatchObject({ status: "True", reason: "TagPointsElsewhere" });
    expect(world.get(key).status).toMatchObject({
      model: { digest: older },
      available: { digest: newer },
      ready: "1/1",
    });
    expect(condition(world, key, "Ready")?.status).toBe("True");
  });

  test.each([
    ["", false],
    [", also where only the template differs and both share a runner", true],
  ])("is taken when the spec pins it, and the old one serves until the new one is ready%s", (_, sameWeights) => {
    const { world, host, key, newer } = moved();
    world.sameWeights = sameWeights;
    for (const model of host.models.values()) if (sameWeights) model.weights = digest("weights");
    for (const runner of host.loaded.values()) if (sameWeights) runner.weights = digest("weights");
    recheck(world, key);
    const old = servedNames(host)[0];
    world.change(key, { model: { ollama: "smollm2:135m", digest: newer } });
    for (let pass = 0; pass < 30; pass++) {
      world.pass(key);
      const { replicas = [] } = world.get(key).status ?? {};
      expect(replicas.some(({ state }) => state === "Ready")).toBe(true);
      world.work();
    }
    world.settle(key);
    expect(world.get(key).status).toMatchObject({ model: { digest: newer }, ready: "1/1", state: "Ready" });
    expect(servedNames(host)).not.toContain(old);
    expect(host.models.size).toBe(2);
  });

  test("is taken by itself with update: Track", () => {
    const { world, key, newer } = moved({ update: "Track" });
    recheck(world, key);
    expect(world.get(key).status).toMatchObject({ model: { digest: newer }, ready: "1/1" });
    expect(world.events).toContain("UpdateTaken");
  });

  test("cannot be had by a host that lacks the served content: said before anything is downloaded", () => {
    const { world, key } = moved();
    recheck(world, key);
    const late = world.addHost("host-b");
    world.change(key, { replicas: 2 });
    world.settle(key);
    const waiting = world.get(key).status?.replicas?.find(({ hosts }) => hosts[0]?.name === "host-b");
    expect(waiting).toMatchObject({ state: "Failed", reason: "TagMoved" });
    expect(late.touched).toEqual([]);
  });
});
