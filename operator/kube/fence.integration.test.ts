import { describe, expect } from "vitest";
import { errorOf } from "../../test/kube-faults/error-of.ts";
import { eventually, test } from "../../test/kube-faults/test.ts";
import { configMaps } from "./builtin-types.ts";
import { FencedError } from "./errors.ts";

describe("the fence", () => {
  test("a closed fence holds every kind of write back, unsent, and no read", async ({
    clientFor,
    httpProxy,
    namespace,
  }) => {
    const fenced = clientFor(httpProxy).withFence(() => false);
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name: "a" } };
    const manager = { fieldManager: "kube-tests" };
    const writes = [
      () => fenced.create(configMaps, object),
      () => fenced.replace(configMaps, object),
      () => fenced.apply(configMaps, object, manager),
      () => fenced.applyStatus(configMaps, object, manager),
      () => fenced.patch(configMaps, object.metadata, {}),
      () => fenced.remove(configMaps, object.metadata),
    ];
    for (const write of writes) expect(await errorOf(write())).toBeInstanceOf(FencedError);
    expect(httpProxy.seen).toEqual([]);
    expect((await fenced.list(configMaps, { namespace })).items).toEqual([]);
  });

  test("a fence that closes while the connection is being made holds the write back", async ({
    clientFor,
    tcpProxy,
    client,
    namespace,
  }) => {
    let open = true;
    const fenced = clientFor(tcpProxy).withFence(() => open);
    tcpProxy.freeze();
    const write = errorOf(fenced.create(configMaps, { metadata: { namespace, name: "a" } }));
    await eventually("the connection is being made", () => tcpProxy.open === 1);
    open = false;
    tcpProxy.thaw();
    expect(await write).toBeInstanceOf(FencedError);
    expect(await client.get(configMaps, { namespace, name: "a" })).toBeUndefined();
  });

  test("a fence that closes while the server asks for patience holds the second try back", async ({
    clientFor,
    httpProxy,
    namespace,
  }) => {
    let open = true;
    httpProxy.inject({ match: () => true, act: { respond: 429, headers: { "retry-after": "1" } } });
    const write = errorOf(
      clientFor(httpProxy)
        .withFence(() => open)
        .create(configMaps, { metadata: { namespace, name: "a" } }),
    );
    await eventually("the server has refused", () => httpProxy.seen.length === 1);
    open = false;
    expect(await write).toBeInstanceOf(FencedError);
    expect(httpProxy.seen).toHaveLength(1);
  });

  test("fences add up, and one that throws says why", async ({ clientFor, namespace }) => {
    const fenced = clientFor()
      .withFence(() => true)
      .withFence(() => {
        throw new Error("the lease ran out");
      });
    const error = await errorOf(fenced.remove(configMaps, { namespace, name: "a" }));
    expect(error).toBeInstanceOf(FencedError);
    expect(error.cause).toEqual(new Error("the lease ran out"));
  });
});
