import { describe, expect } from "vitest";
import { test } from "./test.ts";

describe("the worker's control plane", () => {
  test("gives each test a namespace of its own and a kubectl that works in it", async ({ namespace, kubectl }) => {
    const stdin = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { b: "c" } });
    await kubectl(["apply", "-f", "-"], { stdin });
    const found = JSON.parse(await kubectl(["get", "configmap", "a", "-o", "json"]));
    expect(found).toMatchObject({ data: { b: "c" }, metadata: { namespace } });
  });

  test("is the same for every test of a worker", async ({ plane, namespace, kubectl }) => {
    expect((await kubectl(["get", "configmaps", "-o", "name"])).trim()).toBe("");
    expect(plane.apiserver.exit).toBeUndefined();
    expect(namespace).toMatch(/^test-\d+-2$/);
  });
});
