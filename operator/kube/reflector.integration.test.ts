import { describe, expect } from "vitest";
import type { Act, SeenRequest } from "../../test/kube-faults/http-proxy.ts";
import { startReflecting } from "../../test/kube-faults/reflecting.ts";
import { eventually, test } from "../../test/kube-faults/test.ts";
import { systemClock } from "../clock/system.ts";
import { type ConfigMap, configMaps } from "./builtin-types.ts";
import type { KubeClient } from "./client.ts";
import { isConnectionFailure } from "./errors.ts";

const isWatch = ({ query }: SeenRequest): boolean => query.has("watch");
const isList = ({ query, method }: SeenRequest): boolean => method === "GET" && !query.has("watch");

function put(client: KubeClient, namespace: string, name: string, value = "1"): Promise<ConfigMap> {
  return client.apply(configMaps, { metadata: { namespace, name }, data: { value } }, { fieldManager: "kube-tests" });
}

describe("following", () => {
  test("what is there is listed, what changes is followed, and nothing is told twice", async ({
    client,
    namespace,
    atEnd,
  }) => {
    await put(client, namespace, "a");
    const { reflector, told, store } = startReflecting(client, configMaps, { namespace, atEnd });
    await reflector.synced;
    expect([told, store.get(`${namespace}/a`)?.kind]).toEqual([["add a"], "ConfigMap"]);
    await put(client, namespace, "b");
    await put(client, namespace, "a", "2");
    await client.remove(configMaps, { namespace, name: "b" });
    await eventually("all is told", () => told.length === 4);
    expect(told).toEqual(["add a", "add b", "update a", "delete b"]);
    expect(store.get(`${namespace}/a`)?.data).toEqual({ value: "2" });
  });

  test("managed fields are not kept: they are often half of an object", async ({ client, namespace, atEnd }) => {
    await put(client, namespace, "a");
    const { reflector, store } = startReflecting(client, configMaps, { namespace, atEnd });
    await reflector.synced;
    await put(client, namespace, "b");
    await eventually("b is there", () => store.size === 2);
    for (const object of store.list()) expect(object.metadata).not.toHaveProperty("managedFields");
  });

  test("the watch that the server ends is taken up again, without a list", async ({
    client,
    clientFor,
    httpProxy,
    namespace,
    atEnd,
  }) => {
    const { told, reflector } = startReflecting(clientFor(httpProxy), configMaps, {
      namespace,
      atEnd,
      watchSeconds: 1,
    });
    await reflector.synced;
    await eventually("a second watch", () => httpProxy.seen.filter(isWatch).length === 2);
    await put(client, namespace, "a");
    await eventually("the change is told", () => told.length === 1);
    expect(httpProxy.seen.filter(isList)).toHaveLength(1);
  });

  test("the last contact grows while the server is heard and stands while it is not", async ({
    client,
    clientFor,
    tcpProxy,
    namespace,
    atEnd,
  }) => {
    const { reflector, told } = startReflecting(clientFor(tcpProxy), configMaps, {
      namespace,
      atEnd,
      idleTimeoutMs: 60_000,
    });
    expect(reflector.lastContact).toBeUndefined();
    await reflector.synced;
    const first = reflector.lastContact ?? 0;
    await put(client, namespace, "a");
    await eventually("the change is told", () => told.length === 1);
    expect(reflector.lastContact).toBeGreaterThanOrEqual(first);
    tcpProxy.freeze();
    const frozen = reflector.lastContact;
    await put(client, namespace, "b");
    expect(reflector.lastContact).toBe(frozen);
  });

  test("a stop ends it at once and closes its connection; synced says so if it never was", async ({
    clientFor,
    httpProxy,
    namespace,
    atEnd,
  }) => {
    httpProxy.inject({ match: isList, act: { hang: true } });
    const { reflector, stop } = startReflecting(clientFor(httpProxy), configMaps, { namespace, atEnd });
    await eventually("the list is asked for", () => httpProxy.seen.length === 1);
    const startedAt = systemClock.now();
    await stop();
    // A list that nobody answers would end by itself after 30 s.
    expect(systemClock.now() - startedAt).toBeLessThan(20_000);
    await expect(reflector.synced).rejects.toThrow("the test stops the reflector");
    expect(reflector.hasSynced).toBe(false);
    await eventually("the connection is closed", () => httpProxy.open === 0);
  });

  test("a handler that throws is reported and stops nothing", async ({ client, namespace, atEnd }) => {
    const { reflector, store, told, handlerErrors } = startReflecting(client, configMaps, { namespace, atEnd });
    store.onChange(() => {
      throw new Error("handler");
    });
    await reflector.synced;
    await put(client, namespace, "a");
    await put(client, namespace, "b");
    await eventually("both are told", () => told.length === 2);
    expect(handlerErrors).toEqual([new Error("handler"), new Error("handler")]);
  });
});

describe("a watch that breaks", () => {
  test("cut: taken up from the last version, without a list, with nothing lost or told twice", async ({
    client,
    clientFor,
    tcpProxy,
    namespace,
    atEnd,
  }) => {
    const { told, reflector, errors, converged } = startReflecting(clientFor(tcpProxy), configMaps, {
      namespace,
      atEnd,
    });
    await reflector.synced;
    await put(client, namespace, "a");
    tcpProxy.refuse();
    tcpProxy.cut();
    await put(client, namespace, "b");
    await client.remove(configMaps, { namespace, name: "a" });
    tcpProxy.accept();
    await converged(client);
    expect(told.toSorted()).toEqual(["add a", "add b", "delete a"]);
    expect(errors.every(isConnectionFailure)).toBe(true);
  });

  for (const fault of ["freeze", "halfOpen"] as const) {
    test(`${fault}: cut after the idle time and taken up again`, async ({
      client,
      clientFor,
      tcpProxy,
      namespace,
      atEnd,
    }) => {
      const options = { namespace, atEnd, idleTimeoutMs: 300 };
      const { reflector, errors, converged, told } = startReflecting(clientFor(tcpProxy), configMaps, options);
      await reflector.synced;
      await put(client, namespace, "a");
      await eventually("the watch is open", () => told.length === 1);
      tcpProxy[fault]();
      await put(client, namespace, "b");
      await eventually("the silence is noticed", () => errors.length > 0);
      if (fault === "freeze") tcpProxy.thaw();
      await converged(client);
      expect(errors[0]).toMatchObject({ reason: "WatchSilent" });
    });
  }

  test("cut in the middle of a line: the half event never was, and comes again whole", async ({
    client,
    clientFor,
    httpProxy,
    namespace,
    atEnd,
  }) => {
    httpProxy.inject({ match: isWatch, act: { cutAfterBytes: 60 } });
    const { reflector, told, converged } = startReflecting(clientFor(httpProxy), configMaps, { namespace, atEnd });
    await reflector.synced;
    await put(client, namespace, "a");
    await converged(client);
    expect(told).toEqual(["add a"]);
    expect(httpProxy.seen.filter(isList)).toHaveLength(1);
  });

  const nonsense: [string, Act][] = [
    ["a line that is no JSON", { pieces: ["<html>\n"] }],
    ["an event without an object", { pieces: ['{"type":"ADDED"}\n'] }],
    ["an ERROR event of the server's own", { pieces: ['{"type":"ERROR","object":{"kind":"Status","code":500}}\n'] }],
    ["an answer of 500", { respond: 500 }],
    ["an answer of 503", { respond: 503 }],
    ["an answer that ends at once, again and again", { respond: 200, body: "" }],
  ];
  for (const [what, act] of nonsense) {
    test(`${what}: reported, and it goes on after a wait`, async ({
      client,
      clientFor,
      httpProxy,
      namespace,
      atEnd,
    }) => {
      httpProxy.inject({ match: isWatch, act, times: 4 });
      const { reflector, converged, errors } = startReflecting(clientFor(httpProxy), configMaps, { namespace, atEnd });
      await reflector.synced;
      const startedAt = systemClock.now();
      await put(client, namespace, "a");
      await converged(client);
      // 20, 40, 80 and 160 ms of back-off: a server that answers nonsense is not asked without pause.
      await eventually("the fifth watch", () => httpProxy.seen.filter(isWatch).length === 5);
      expect(systemClock.now() - startedAt).toBeGreaterThan(150);
      if (!("body" in act)) expect(errors).toHaveLength(4);
    });
  }
});
