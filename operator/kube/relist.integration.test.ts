import { describe, expect } from "vitest";
import type { Act, SeenRequest } from "../../test/kube-faults/http-proxy.ts";
import { startReflecting } from "../../test/kube-faults/reflecting.ts";
import { eventually, test } from "../../test/kube-faults/test.ts";
import { systemClock } from "../clock/system.ts";
import { type ConfigMap, configMaps } from "./builtin-types.ts";
import type { KubeClient } from "./client.ts";
import { isForbidden, isGone, KubeError } from "./errors.ts";

const isWatch = ({ query }: SeenRequest): boolean => query.has("watch");
const isList = ({ query, method }: SeenRequest): boolean => method === "GET" && !query.has("watch");

function put(client: KubeClient, namespace: string, name: string, value = "1"): Promise<ConfigMap> {
  return client.apply(configMaps, { metadata: { namespace, name }, data: { value } }, { fieldManager: "kube-tests" });
}

describe("a version that is gone", () => {
  const expired = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
  const ways: [string, Act][] = [
    ["as an answer", { respond: 410, body: expired }],
    ["as an event", { pieces: [`${JSON.stringify({ type: "ERROR", object: expired })}\n`] }],
  ];
  for (const [way, act] of ways) {
    test(`${way}: listed anew, and what was deleted and made again is told as both`, async ({
      client,
      clientFor,
      httpProxy,
      namespace,
      atEnd,
    }) => {
      const { reflector, told, errors, store, converged } = startReflecting(clientFor(httpProxy), configMaps, {
        namespace,
        atEnd,
      });
      await reflector.synced;
      const old = await put(client, namespace, "a");
      await put(client, namespace, "gone");
      await converged(client);
      const down = httpProxy.inject({ match: isWatch, act: { respond: 503 }, times: 1_000 });
      httpProxy.cut();
      await eventually("the watch is broken", () => errors.length > 0);
      await client.remove(configMaps, old.metadata);
      await client.remove(configMaps, { namespace, name: "gone" });
      const made = await put(client, namespace, "a");
      down();
      httpProxy.inject({ match: isWatch, act });
      await converged(client);
      expect(told).toEqual(["add a", "add gone", "delete a", "delete gone", "add a"]);
      expect(store.get(`${namespace}/a`)?.metadata.uid).toBe(made.metadata.uid);
      expect(errors.filter(isGone)).toHaveLength(1);
    });
  }

  test("a version that the server does not know yet (its data went back): listed anew", async ({
    client,
    clientFor,
    httpProxy,
    namespace,
    atEnd,
  }) => {
    const details = { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }] };
    httpProxy.inject({
      match: isWatch,
      act: { respond: 504, body: { kind: "Status", code: 504, reason: "Timeout", details } },
    });
    const { reflector, converged } = startReflecting(clientFor(httpProxy), configMaps, { namespace, atEnd });
    await reflector.synced;
    await put(client, namespace, "a");
    await converged(client);
    expect(httpProxy.seen.filter(isList)).toHaveLength(2);
  });
});

describe("a server that refuses", () => {
  test("403, again and again: reported each time, never given up, synced once it is granted", async ({
    clientFor,
    httpProxy,
    namespace,
    atEnd,
  }) => {
    httpProxy.inject({ match: isList, act: { respond: 403 }, times: 3 });
    const { reflector, errors } = startReflecting(clientFor(httpProxy), configMaps, { namespace, atEnd });
    await reflector.synced;
    expect(errors).toHaveLength(3);
    expect(errors.every(isForbidden)).toBe(true);
  });

  test("429 with Retry-After on the watch: waited for, and gone on from the same version", async ({
    client,
    clientFor,
    httpProxy,
    namespace,
    atEnd,
  }) => {
    httpProxy.inject({ match: isWatch, act: { respond: 429, headers: { "retry-after": "1" } } });
    const { reflector, converged, errors } = startReflecting(clientFor(httpProxy), configMaps, { namespace, atEnd });
    await reflector.synced;
    const startedAt = systemClock.now();
    await put(client, namespace, "a");
    await converged(client);
    expect(systemClock.now() - startedAt).toBeGreaterThan(900);
    expect(errors[0]).toBeInstanceOf(KubeError);
    expect(httpProxy.seen.filter(isList)).toHaveLength(1);
  });

  test("a slow server is waited for", async ({ client, clientFor, httpProxy, namespace, atEnd }) => {
    httpProxy.inject({ match: () => true, act: { delayMs: 300 }, times: 2 });
    const { reflector, converged, errors } = startReflecting(clientFor(httpProxy), configMaps, { namespace, atEnd });
    await reflector.synced;
    await put(client, namespace, "a");
    await converged(client);
    expect(errors).toEqual([]);
  });
});
