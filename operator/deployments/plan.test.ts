import { describe, expect, test } from "vitest";
import { digest, gib, mib, World, type WorldHost } from "../../test/deployments/world.ts";
import type { Condition } from "../apis/fields/condition.ts";
import { isOurs } from "../models/names.ts";
import { DigestDiffers } from "./failure.ts";
import { plan } from "./plan.ts";

const reference = "registry.ollama.ai/library/smollm2:135m";

function condition(world: World, key: string, type: string): Condition | undefined {
  return world.get(key).status?.conditions?.find((each) => each.type === type);
}

function settled(change: Partial<WorldHost> = {}, ...more: string[]) {
  const world = new World();
  const host = world.addHost("host-a", change);
  for (const name of more) world.addHost(name);
  const key = world.deploy("chat");
  world.settle(key);
  return { world, host, key };
}

function servedNames(host: WorldHost): string[] {
  return [...host.models.keys()].filter((name) => isOurs(name) && !name.includes(":b-"));
}

describe("from nothing to Ready", () => {
  test("a deployment goes its whole way, and then nothing is done any more", () => {
    const { world, key } = settled();
    expect(condition(world, key, "Ready")).toMatchObject({ status: "True", reason: "EveryReplicaReady" });
    expect(world.get(key).status).toMatchObject({ ready: "1/1", hosts: "host-a", state: "Ready", readyReplicas: 1 });
    const { statusWrites } = world;
    expect(world.pass(key).commands).toEqual([]);
    expect(world.statusWrites).toBe(statusWrites);
  });

  test("takes at most four status writes when nothing is slow", () => {
    const world = new World({ softWriteMs: 60_000 });
    world.addHost("host-a");
    const key = world.deploy("chat");
    world.settle(key);
    expect(world.get(key).status?.state).toBe("Ready");
    expect(world.statusWrites).toBeLessThanOrEqual(4);
  });

  test("no step touches a host before the names it makes are in the status", () => {
    const world = new World();
    world.addHost("host-a");
    const key = world.deploy("chat");
    for (let pass = 0; pass < 20; pass++) {
      const written = world.get(key).status?.replicas?.[0]?.hosts[0];
      for (const command of world.pass(key).commands) {
        if (command.kind !== "StartTask" || command.step.kind !== "Pull") continue;
        expect(written).toMatchObject({ pulled: command.step.name, name: "host-a" });
        expect(written?.base).toBeDefined();
      }
      world.work();
    }
  });

  test("the download's name is gone again; base and served model stay", () => {
    const { host } = settled();
    expect([...host.models.keys()].toSorted()).toEqual([
      expect.stringMatching(/^commonhold\/chat-[0-9a-f]{8}:[0-9a-f]{12}$/),
      expect.stringMatching(/^commonhold\/chat-[0-9a-f]{8}:b-[0-9a-f]{12}$/),
    ]);
  });

  test.each(["smollm2:135m", "alice/kept:latest"])(
    "a model of a person that has the same content is copied and not pulled, and stays theirs: %s",
    (name) => {
      const models: WorldHost["models"] = new Map([[name, { digest: digest(reference), bytes: 1 }]]);
      const { world, host } = settled({ models });
      expect(host.models.has(name)).toBe(true);
      expect(host.touched).not.toContain(name);
      expect(world.commands.some((command) => command.kind === "StartTask" && command.step.kind === "Pull")).toBe(
        false,
      );
    },
  );

  test("two replicas go to two hosts, and a third waits with words", () => {
    const world = new World();
    world.addHost("host-a");
    world.addHost("host-b");
    const key = world.deploy("chat", { replicas: 3 });
    world.settle(key);
    expect(world.get(key).status).toMatchObject({ ready: "2/3", hosts: "host-a and host-b", state: "Degraded" });
    expect(condition(world, key, "Placed")).toMatchObject({ status: "False", reason: "TooFewHosts" });
    expect(condition(world, key, "Degraded")).toMatchObject({ status: "True", reason: "ReplicaMissing" });
  });

  test("a model from files is made without a registry, and its digest is the files' pin", () => {
    const world = new World();
    const host = world.addHost("host-a", { version: "0.12.0" });
    const files = [{ url: "https://example.org/tiny.gguf", sha256: "a".repeat(64), size: 10 }];
    const key = world.deploy("chat", { model: { files } });
    world.settle(key);
    expect(world.get(key).status).toMatchObject({ ready: "1/1", model: { source: "Files" } });
    expect(host.touched.every(isOurs)).toBe(true);
  });

  test("scaled to zero is healthy and leaves nothing on the hosts", () => {
    const { world, host, key } = settled();
    world.change(key, { replicas: 0 });
    world.settle(key);
    expect(condition(world, key, "Ready")).toMatchObject({ status: "True", reason: "ScaledToZero" });
    expect(world.get(key).status).toMatchObject({ ready: "0/0", state: "ScaledToZero" });
    expect([...host.models.keys()]).toEqual([]);
  });
});

describe("killed between any two commands", () => {
  test.each(Array.from({ length: 14 }, (_, index) => index))("pass %i", (dyingPass) => {
    const world = new World();
    const host = world.addHost("host-a");
    const key = world.deploy("chat");
    for (let pass = 0; pass < dyingPass; pass++) {
      world.pass(key);
      world.work();
    }
    world.pass(key, 1);
    world.settle(key);
    expect(world.get(key).status?.ready).toBe("1/1");
    expect(host.models.size).toBe(2);
    expect(host.touched.filter((name) => name === "smollm2:135m").length).toBeLessThanOrEqual(4);
  });
});

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

describe("a deployment that is deleted", () => {
  test("takes its models off the disk before its finalizer goes", () => {
    const { world, host, key } = settled();
    world.delete(key);
    world.pass(key);
    expect(world.get(key).status?.state).toBe("Removing");
    world.settle(key);
    expect(world.deployments.has(key)).toBe(false);
    expect(host.models.size).toBe(0);
  });

  test("does not wait for a host that is away, which is cleaned on return", () => {
    const { world, host, key } = settled();
    host.reachable = false;
    world.delete(key);
    world.settle(key);
    expect(world.deployments.has(key)).toBe(false);
    expect(host.models.size).toBe(2);
    host.reachable = true;
    world.work();
    expect(host.models.size).toBe(0);
  });

  test("in the middle of a pull stops that first", () => {
    const world = new World();
    const host = world.addHost("host-a", { memoryBytes: 4 * gib });
    const key = world.deploy("chat");
    for (let pass = 0; pass < 4; pass++) world.pass(key);
    expect(world.get(key).status?.replicas).toMatchObject([{ state: "Pulling" }]);
    world.delete(key);
    world.pass(key);
    expect(world.pass(key).commands).toMatchObject([{ kind: "StopTask" }]);
    world.settle(key);
    expect(host.models.size).toBe(0);
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

describe("many on one host", () => {
  test("wait for their turn with words, and go on when it comes", () => {
    const { world, key, host } = settled();
    host.models.clear();
    world.pass(key);
    const snapshot = { ...world.snapshot(key), busy: new Map([["host-a", 4]]) };
    const { status, commands, wakeAt } = plan(snapshot);
    expect(commands).toEqual([]);
    expect(status.replicas).toMatchObject([
      { state: "Pending", message: expect.stringContaining("Waits for its turn") },
    ]);
    expect(wakeAt).toBeLessThanOrEqual(world.now + world.limits.turnMs);
  });
});
