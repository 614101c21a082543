import { describe, expect } from "vitest";
import { runKubectl, test, workerControlPlane } from "./test.ts";

describe("the worker's control plane", () => {
  test("gives each test a namespace of its own and a kubectl that works in it", async ({ namespace, kubectl }) => {
    const stdin = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { b: "c" } });
    await kubectl(["apply", "-f", "-"], { stdin });
    const found = JSON.parse(await kubectl(["get", "configmap", "a", "-o", "json"]));
    expect(found).toMatchObject({ data: { b: "c" }, metadata: { namespace } });
  });

  test("is the same for every test of a worker, but the namespace is new", async ({ plane, kubectl }) => {
    expect(await workerControlPlane()).toBe(plane);
    expect((await kubectl(["get", "configmaps", "-o", "name"])).trim()).toBe("");
  });

  test("a kubectl that fails gives its exit code and what it said", async ({ plane }) => {
    const { code, stderr } = await runKubectl(plane, ["get", "unicorns"]);
    expect(code).toBe(1);
    expect(stderr).toContain('the server doesn\'t have a resource type "unicorns"');
  });
});
