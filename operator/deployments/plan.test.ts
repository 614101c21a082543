import { describe, expect, test } from "vitest";
import { digest, World } from "../../test/deployments/world.ts";

const reference = "registry.ollama.ai/library/smollm2:135m";

describe("from nothing to Ready", () => {
  test("a deployment goes its whole way, and then nothing is done any more", () => {
    const world = new World();
    world.addHost("host-a");
    const key = world.deploy("chat");
    world.settle(key);
    const { status } = world.get(key);
    expect(status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({ status: "True" });
    expect(status).toMatchObject({ ready: "1/1", hosts: "host-a", state: "Ready", readyReplicas: 1 });
    const { statusWrites } = world;
    expect(world.pass(key).commands).toEqual([]);
    expect(world.statusWrites).toBe(statusWrites);
  });

  test("the download's name is gone again, base and served model stay", () => {
    const world = new World();
    const host = world.addHost("host-a");
    world.settle(world.deploy("chat"));
    expect([...host.models.keys()].toSorted()).toEqual([
      expect.stringMatching(/^commonhold\/chat-[0-9a-f]{8}:[0-9a-f]{12}$/),
      expect.stringMatching(/^commonhold\/chat-[0-9a-f]{8}:b-[0-9a-f]{12}$/),
    ]);
  });

  test("a model that a person has with the same content is copied and not pulled, and stays theirs", () => {
    const world = new World();
    const host = world.addHost("host-a");
    host.models.set("smollm2:135m", { digest: digest(reference), bytes: 1 });
    world.settle(world.deploy("chat"));
    expect(host.models.has("smollm2:135m")).toBe(true);
    expect(host.touched).not.toContain("smollm2:135m");
  });
});
