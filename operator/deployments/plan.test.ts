import { describe, expect, test } from "vitest";
import { condition, reference, settled } from "../../test/deployments/settled.ts";
import { digest, gib, World, type WorldHost } from "../../test/deployments/world.ts";
import { isOurs } from "../models/names.ts";
import { plan } from "./plan.ts";

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
