/** The spec names something that cannot be resolved: what was served before goes on, and is cared for. */
import { describe, expect, test } from "vitest";
import { condition, reference, servedNames, settled } from "../../test/deployments/settled.ts";
import { digest, World } from "../../test/deployments/world.ts";
import type { ModelDeploymentSpec } from "../apis/model-deployment.ts";

const unknown = { code: "NotFound", terminal: true, attempts: 1, message: "no such model", retryAt: 8e15 };
const file = { url: "https://example.org/a.gguf", sha256: "a".repeat(64), size: 1 };

/** Ready on `host-a`, then the spec changes to what nobody has. */
function stranded(spec: Partial<ModelDeploymentSpec> = {}, before?: Partial<ModelDeploymentSpec>) {
  const world = new World();
  const host = world.addHost("host-a");
  const key = world.deploy("chat", before);
  world.settle(key);
  world.registryDown = unknown;
  world.change(key, { model: { ollama: "nobody/has-it" }, ...spec });
  world.settle(key);
  const replicas = () => world.get(key).status?.replicas ?? [];
  return { world, host, key, replicas };
}

const cases: [string, Partial<ModelDeploymentSpec>, Partial<ModelDeploymentSpec> | undefined][] = [
  ["of the same settings", {}, undefined],
  ["although the settings changed as well", { context: 2048 }, undefined],
  ["that came as files", {}, { model: { files: [file] } }],
  ["whose new name cannot even be read", { model: { ollama: "///" } }, undefined],
];

describe("a replica of what was resolved before", () => {
  test.each(cases)("is loaded again when it was pushed out, %s", (_, spec, before) => {
    const { world, host, key, replicas } = stranded(spec, before);
    expect(replicas()).toMatchObject([{ state: "Ready" }]);
    host.loaded.clear();
    world.settle(key);
    expect([...host.loaded.keys()]).toEqual(servedNames(host));
    expect(replicas()).toMatchObject([{ state: "Ready" }]);
    expect(condition(world, key, "Available")?.status).toBe("True");
    expect(condition(world, key, "Ready")?.status).toBe("False");
    expect(condition(world, key, "Resolved")?.status).toBe("False");
  });

  test("is made again from its base when somebody deleted it", () => {
    const { world, host, key, replicas } = stranded();
    const [served = ""] = servedNames(host);
    host.models.delete(served);
    host.loaded.clear();
    world.settle(key);
    expect(servedNames(host)).toEqual([served]);
    expect(replicas()).toMatchObject([{ state: "Ready", digest: digest(reference) }]);
  });

  test("is replaced when its host is lost", () => {
    const { world, host, key, replicas } = stranded();
    const other = world.addHost("host-b");
    host.reachable = false;
    host.since = world.now;
    world.settle(key);
    world.now += 2 * world.limits.hostLostGraceMs;
    world.settle(key);
    expect(replicas()).toMatchObject([{ state: "Ready", hosts: [{ name: "host-b" }] }]);
    expect(servedNames(other)).toHaveLength(1);
    expect(condition(world, key, "Resolved")?.reason).toBe("ModelNotFound");
  });

  test("that came as files stays with its lost host: nobody knows where to fetch it, and nothing is begun elsewhere", () => {
    const { world, host, key, replicas } = stranded({}, { model: { files: [file] } });
    const other = world.addHost("host-b");
    host.reachable = false;
    host.since = world.now;
    world.settle(key);
    world.now += 2 * world.limits.hostLostGraceMs;
    world.settle(key);
    expect(replicas()).toMatchObject([{ state: "Lost", hosts: [{ name: "host-a" }] }]);
    expect(other.touched).toEqual([]);
    host.reachable = true;
    host.since = world.now;
    world.settle(key);
    expect(replicas()).toMatchObject([{ state: "Ready" }]);
  });

  test("is not pulled for nothing where the tag is known to serve other content than is served", () => {
    const { world, host, key } = settled({}, "host-b");
    world.registry.set(reference, digest("moved"));
    world.change(key, { model: { ollama: "smollm2:135m", digest: digest("a pin nobody serves") } });
    world.settle(key);
    expect(condition(world, key, "Resolved")?.reason).toBe("PinNotServed");
    host.reachable = false;
    host.since = world.now;
    world.settle(key);
    world.now += 2 * world.limits.hostLostGraceMs;
    world.settle(key);
    expect(world.commands.filter((command) => command.kind === "StartTask" && command.host === "host-b")).toEqual([]);
  });

  test("leaves once the new one is resolved and ready", () => {
    const { world, key, replicas } = stranded();
    world.registryDown = undefined;
    world.change(key, { priority: 1 });
    world.settle(key);
    expect(world.get(key).status?.model?.reference).toContain("nobody/has-it");
    expect(replicas()).toMatchObject([{ state: "Ready" }]);
    expect(condition(world, key, "Ready")?.status).toBe("True");
  });
});
