import { describe, expect } from "vitest";
import { errorOf } from "../../test/kube-faults/error-of.ts";
import { eventually, installWidgets, test, widget, widgets } from "../../test/kube-faults/test.ts";
import { type ConfigMap, configMaps, nodes, tokenReviews } from "./builtin-types.ts";
import { isConflict, isForbidden, isInvalid, isNotFound } from "./errors.ts";

const manager = { fieldManager: "kube-tests" };

function configMap(namespace: string, name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data };
}

describe("reading", () => {
  test("what is not there is undefined, of a kind that is not there too", async ({ client, namespace }) => {
    expect(await client.get(configMaps, { namespace, name: "nothing" })).toBeUndefined();
    const unknown = { ...configMaps, group: "nobody.example.org", plural: "unicorns" };
    expect(await client.get(unknown, { namespace, name: "nothing" })).toBeUndefined();
    expect(isNotFound(await errorOf(client.list(unknown, { namespace })))).toBe(true);
  });

  test("400 objects come in pages, each once, with their type, in one list", async ({
    clientFor,
    httpProxy,
    namespace,
  }) => {
    const client = clientFor();
    const names = Array.from({ length: 400 }, (_, index) => `cm-${index}`);
    const workers = Array.from({ length: 32 }, async () => {
      for (let name = names.pop(); name; name = names.pop()) {
        await client.create(configMaps, configMap(namespace, name, { n: name }));
      }
    });
    await Promise.all(workers);
    let pages = 0;
    const list = await clientFor(httpProxy).list(configMaps, { namespace, pageSize: 60, onPage: () => pages++ });
    expect(new Set(list.items.map(({ metadata }) => metadata.name)).size).toBe(400);
    expect(list.items).toHaveLength(400);
    expect(pages).toBe(7);
    expect(list.items[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
    expect(Number(list.resourceVersion)).toBeGreaterThan(0);

    // The snapshot is forgotten between two pages: the list starts over and is whole again.
    const expired = {
      kind: "Status",
      message: "The provided continue parameter is too old",
      reason: "Expired",
      code: 410,
    };
    httpProxy.inject({ match: ({ query }) => query.has("continue"), act: { respond: 410, body: expired }, times: 3 });
    const again = await clientFor(httpProxy).list(configMaps, { namespace, pageSize: 160 });
    expect(new Set(again.items.map(({ metadata }) => metadata.name)).size).toBe(400);
    expect(again.items).toHaveLength(400);
    expect(httpProxy.seen.at(-1)?.query.has("limit")).toBe(false);
  });

  test("selectors choose on the server", async ({ client, namespace }) => {
    for (const colour of ["red", "blue"]) {
      const object = configMap(namespace, colour);
      await client.create(configMaps, { ...object, metadata: { ...object.metadata, labels: { colour } } });
    }
    const red = await client.list(configMaps, { namespace, labelSelector: "colour=red" });
    const blue = await client.list(configMaps, { namespace, fieldSelector: "metadata.name=blue" });
    expect([red, blue].map(({ items }) => items.map(({ metadata }) => metadata.name))).toEqual([["red"], ["blue"]]);
  });

  // Two, not one: undici may dial a second while the first is still being put back.
  test("100 calls one after the other share two connections at most", async ({ clientFor, tcpProxy, namespace }) => {
    const client = clientFor(tcpProxy);
    for (let i = 0; i < 100; i++) await client.list(configMaps, { namespace });
    expect(tcpProxy.accepted).toBeLessThanOrEqual(2);
    await client.close();
    await eventually("the connection is closed", () => tcpProxy.open === 0);
  });
});

describe("watching", () => {
  test("events, a bookmark at the end, and the end when the server ends it", async ({ client, namespace }) => {
    const { resourceVersion } = await client.list(configMaps, { namespace });
    const made = await client.create(configMaps, configMap(namespace, "a", { x: "1" }));
    await client.patch(configMaps, made.metadata, { data: { x: "2" } });
    await client.remove(configMaps, made.metadata);
    const seen: string[] = [];
    for await (const event of client.watch(configMaps, { namespace, resourceVersion, timeoutSeconds: 60 })) {
      if (event.type !== "BOOKMARK") seen.push(`${event.type} ${event.object.data?.["x"]}`);
      if (event.type === "DELETED") break;
    }
    expect(seen).toEqual(["ADDED 1", "MODIFIED 2", "DELETED 2"]);
    for await (const _ of client.watch(configMaps, { namespace, resourceVersion, timeoutSeconds: 1 }));
  });

  test("leaving the loop closes the connection", async ({ clientFor, tcpProxy, namespace }) => {
    const client = clientFor(tcpProxy);
    await client.create(configMaps, configMap(namespace, "a"));
    for await (const _ of client.watch(configMaps, { namespace, resourceVersion: "0" })) break;
    await client.close();
    await eventually("no connection is open", () => tcpProxy.open === 0);
  });

  test("an abort ends it with the signal's reason", async ({ client, namespace }) => {
    const abort = new AbortController();
    const watch = client.watch(configMaps, {
      namespace,
      resourceVersion: "0",
      signal: abort.signal,
      onContact: () => abort.abort(new Error("enough")),
    });
    const read = async (): Promise<void> => {
      for await (const _ of watch);
    };
    await expect(read()).rejects.toThrow("enough");
  });
});

describe("writing", () => {
  test("create twice is a conflict that says so", async ({ client, namespace }) => {
    await client.create(configMaps, configMap(namespace, "a"));
    const error = await errorOf(client.create(configMaps, configMap(namespace, "a")));
    expect([isConflict(error), error.reason]).toEqual([true, "AlreadyExists"]);
    expect(error.message).toContain('configmaps "a" already exists');
  });

  test("a refused object says which field and why, and is stored nowhere", async ({ client, namespace }) => {
    await installWidgets(client);
    const error = await errorOf(client.create(widgets, widget(namespace, "a", 5_000)));
    expect(isInvalid(error)).toBe(true);
    expect(error.causes).toMatchObject([{ field: "spec.size" }]);
    expect(error.message).toContain("should be less than or equal to 1000");
    expect(await client.get(widgets, { namespace, name: "a" })).toBeUndefined();
  });

  test("apply creates, owns its fields, and takes away what it no longer says", async ({ client, namespace }) => {
    await client.apply(configMaps, configMap(namespace, "a", { x: "1", y: "1" }), manager);
    await client.patch(configMaps, { namespace, name: "a" }, { data: { z: "theirs" } }, { fieldManager: "other" });
    const after = await client.apply(configMaps, configMap(namespace, "a", { x: "2" }), manager);
    expect(after.data).toEqual({ x: "2", z: "theirs" });
  });

  test("apply without force is a conflict over another's field, with force it takes it", async ({
    client,
    namespace,
  }) => {
    await client.apply(configMaps, configMap(namespace, "a", { x: "1" }), { fieldManager: "other" });
    const mine = configMap(namespace, "a", { x: "2" });
    const error = await errorOf(client.apply(configMaps, mine, { ...manager, force: false }));
    expect(isConflict(error)).toBe(true);
    expect(error.message).toContain('conflict with "other"');
    expect((await client.apply(configMaps, mine, manager)).data).toEqual({ x: "2" });
  });

  test("an object that was read, managed fields and all, can be applied", async ({ client, namespace }) => {
    await client.apply(configMaps, configMap(namespace, "a", { x: "1" }), manager);
    const read = await client.get(configMaps, { namespace, name: "a" });
    expect(read?.metadata).toHaveProperty("managedFields");
    const { resourceVersion: _, ...metadata } = read!.metadata;
    expect((await client.apply(configMaps, { ...read!, metadata }, manager)).data).toEqual({ x: "1" });
  });

  test("the status and the rest are written apart", async ({ client, namespace }) => {
    await installWidgets(client);
    const made = await client.apply(widgets, { ...widget(namespace, "a"), status: { seenSize: 7 } }, manager);
    expect(made.status).toBeUndefined();
    const status = { metadata: { namespace, name: "a" }, spec: { size: 9 }, status: { seenSize: 1 } };
    const after = await client.applyStatus(widgets, status, manager);
    expect([after.spec, after.status]).toEqual([{ size: 1 }, { seenSize: 1 }]);
    expect(after.metadata.generation).toBe(made.metadata.generation);
  });

  test("a write of a version that somebody else has changed since is a conflict", async ({ client, namespace }) => {
    const old = await client.create(configMaps, configMap(namespace, "a", { x: "1" }));
    await client.patch(configMaps, old.metadata, { data: { x: "2" } });
    expect(isConflict(await errorOf(client.replace(configMaps, old)))).toBe(true);
    const { resourceVersion } = old.metadata;
    const stale = client.patch(configMaps, old.metadata, { metadata: { resourceVersion }, data: { x: "3" } });
    expect(isConflict(await errorOf(stale))).toBe(true);
    expect((await client.get(configMaps, old.metadata))?.data).toEqual({ x: "2" });
  });

  test("a JSON patch whose test fails changes nothing", async ({ client, namespace }) => {
    const { metadata } = await client.create(configMaps, configMap(namespace, "a", { x: "1" }));
    const operations = [
      { op: "test", path: "/data/x", value: "other" },
      { op: "replace", path: "/data/x", value: "2" },
    ];
    expect(isInvalid(await errorOf(client.patch(configMaps, metadata, operations, { kind: "json" })))).toBe(true);
    const [, replace] = operations;
    expect((await client.patch(configMaps, metadata, [replace], { kind: "json" })).data).toEqual({ x: "2" });
  });

  test("a dry run answers as if, and stores nothing", async ({ client, namespace }) => {
    const made = await client.create(configMaps, configMap(namespace, "a", { x: "1" }), { dryRun: true });
    expect(made.metadata.uid).toBeTruthy();
    expect(await client.get(configMaps, { namespace, name: "a" })).toBeUndefined();
    await client.create(configMaps, configMap(namespace, "a", { x: "1" }));
    await client.apply(configMaps, configMap(namespace, "a", { x: "2" }), { ...manager, dryRun: true });
    expect(await client.remove(configMaps, { namespace, name: "a" }, { dryRun: true })).toBe("gone");
    expect((await client.get(configMaps, { namespace, name: "a" }))?.data).toEqual({ x: "1" });
  });

  test("remove with preconditions removes only what was meant", async ({ client, namespace }) => {
    const { metadata } = await client.create(configMaps, configMap(namespace, "a"));
    const other = client.remove(configMaps, metadata, { uid: "00000000-0000-0000-0000-000000000000" });
    expect(isConflict(await errorOf(other))).toBe(true);
    await client.patch(configMaps, metadata, { data: { x: "1" } });
    const stale = client.remove(configMaps, metadata, { resourceVersion: metadata.resourceVersion });
    expect(isConflict(await errorOf(stale))).toBe(true);
    expect(await client.remove(configMaps, metadata, { uid: metadata.uid, propagation: "Background" })).toBe("gone");
    expect(await client.remove(configMaps, metadata)).toBe("absent");
  });

  test("a review's answer is its result", async ({ client, plane }) => {
    const review = (token: string) => client.create(tokenReviews, { metadata: {}, spec: { token } });
    expect((await review(plane.token("admin"))).status?.authenticated).toBe(true);
    expect((await review("made-up")).status?.authenticated ?? false).toBe(false);
  });
});

describe("refusals", () => {
  test("an unknown token is 401, and nothing in the error shows it", async ({ plane, clientFor }) => {
    const token = `${plane.token("admin")}-wrong`;
    const error = await errorOf(clientFor(plane, { token }).list(nodes));
    expect(error.status).toBe(401);
    expect(JSON.stringify([error.message, error.stack, error.cause ?? null, error])).not.toContain(token);
  });

  test("who has no right is told which one", async ({ plane, clientFor, namespace }) => {
    const error = await errorOf(clientFor(plane, { token: "" }).list(configMaps, { namespace }));
    expect(isForbidden(error)).toBe(true);
    expect(error.message).toContain('cannot list resource "configmaps"');
  });
});
