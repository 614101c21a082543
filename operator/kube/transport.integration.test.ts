import { describe, expect } from "vitest";
import { errorOf } from "../../test/kube-faults/error-of.ts";
import type { Act } from "../../test/kube-faults/http-proxy.ts";
import { eventually, test } from "../../test/kube-faults/test.ts";
import { systemClock } from "../clock/system.ts";
import { configMaps } from "./builtin-types.ts";
import { isTransient } from "./errors.ts";

const any = (): boolean => true;

describe("an overloaded server", () => {
  for (const status of [429, 503]) {
    test(`${status} with Retry-After is waited for, and a write is sent again`, async ({
      clientFor,
      httpProxy,
      namespace,
    }) => {
      const client = clientFor(httpProxy);
      httpProxy.inject({ match: any, act: { respond: status, headers: { "retry-after": "1" } } });
      const startedAt = systemClock.now();
      await client.create(configMaps, { metadata: { namespace, name: "a" } });
      expect(systemClock.now() - startedAt).toBeGreaterThanOrEqual(990);
      expect(httpProxy.seen.map(({ method }) => method)).toEqual(["POST", "POST"]);
    });
  }

  test("a wait longer than the bound is not waited for: the error carries it", async ({
    clientFor,
    httpProxy,
    namespace,
  }) => {
    httpProxy.inject({ match: any, act: { respond: 429, headers: { "retry-after": "3600" } } });
    const error = await errorOf(clientFor(httpProxy).list(configMaps, { namespace }));
    expect(error).toMatchObject({ status: 429, retryAfterMs: 3_600_000 });
    expect(httpProxy.seen).toHaveLength(1);
  });

  test("a server that never relents is asked a bounded number of times", async ({
    clientFor,
    httpProxy,
    namespace,
  }) => {
    httpProxy.inject({ match: any, act: { respond: 429, headers: { "retry-after": "0" } }, times: 1_000 });
    const error = await errorOf(clientFor(httpProxy).list(configMaps, { namespace }));
    expect(error.status).toBe(429);
    expect(httpProxy.seen.length).toBeLessThanOrEqual(6);
  });

  test("an abort ends the wait at once and leaves no timer", async ({ clientFor, httpProxy, namespace }) => {
    httpProxy.inject({ match: any, act: { respond: 429, headers: { "retry-after": "15" } } });
    const abort = new AbortController();
    const call = clientFor(httpProxy).list(configMaps, { namespace, signal: abort.signal });
    await eventually("the server has refused", () => httpProxy.seen.length === 1);
    abort.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
  });

  test("500 without Retry-After is not sent again: only the caller knows whether it may be", async ({
    clientFor,
    httpProxy,
    namespace,
  }) => {
    httpProxy.inject({ match: any, act: { respond: 500 } });
    const error = await errorOf(clientFor(httpProxy).create(configMaps, { metadata: { namespace, name: "a" } }));
    expect([error.status, isTransient(error), httpProxy.seen.length]).toEqual([500, true, 1]);
  });
});

describe("a broken way", () => {
  const broken: [string, Act, string][] = [
    ["a reset before the answer", { reset: true }, "ConnectionFailed"],
    ["an answer cut in the middle", { cutAfterBytes: 20 }, "ConnectionFailed"],
  ];
  for (const [what, act, reason] of broken) {
    test(`${what}: a read is sent once more`, async ({ clientFor, httpProxy, namespace }) => {
      httpProxy.inject({ match: any, act });
      expect((await clientFor(httpProxy).list(configMaps, { namespace })).items).toEqual([]);
      expect(httpProxy.seen).toHaveLength(2);
    });

    test(`${what}: a write is not, and the error is transient`, async ({ clientFor, httpProxy, namespace }) => {
      httpProxy.inject({ match: any, act });
      const error = await errorOf(clientFor(httpProxy).create(configMaps, { metadata: { namespace, name: "a" } }));
      expect([error.reason, error.status, isTransient(error), httpProxy.seen.length]).toEqual([
        reason,
        undefined,
        true,
        1,
      ]);
    });
  }

  test("a server that is not there", async ({ clientFor, httpProxy, namespace }) => {
    const client = clientFor(httpProxy);
    await httpProxy.close();
    const error = await errorOf(client.list(configMaps, { namespace }));
    expect(error).toMatchObject({ reason: "ConnectionFailed", status: undefined });
    expect(error.message).toContain("ECONNREFUSED");
  });

  test("a server that never answers: the time limit, and the connection is closed", async ({
    clientFor,
    httpProxy,
    namespace,
  }) => {
    httpProxy.inject({ match: any, act: { hang: true } });
    const error = await errorOf(clientFor(httpProxy).list(configMaps, { namespace, timeoutMs: 150 }));
    expect(error).toMatchObject({ reason: "Timeout", status: undefined });
    expect(error.message).toBe(`GET /api/v1/namespaces/${namespace}/configmaps: no answer within 150 ms`);
    await eventually("the connection is closed", () => httpProxy.open === 0);
  });

  test("an answer that stops half-way: the time limit too", async ({ clientFor, httpProxy, namespace }) => {
    httpProxy.inject({ match: any, act: { pieces: ['{"items":['] } });
    const error = await errorOf(clientFor(httpProxy).list(configMaps, { namespace, timeoutMs: 150 }));
    expect(error.reason).toBe("Timeout");
    await eventually("the connection is closed", () => httpProxy.open === 0);
  });

  test("a slow server within the limit is waited for", async ({ clientFor, httpProxy, namespace }) => {
    httpProxy.inject({ match: any, act: { delayMs: 300 } });
    expect((await clientFor(httpProxy).list(configMaps, { namespace })).items).toEqual([]);
  });

  test("a frozen connection: the time limit, and the next call dials anew once it can", async ({
    clientFor,
    tcpProxy,
    namespace,
  }) => {
    const client = clientFor(tcpProxy);
    await client.list(configMaps, { namespace });
    tcpProxy.freeze();
    expect((await errorOf(client.list(configMaps, { namespace, timeoutMs: 200 }))).reason).toBe("Timeout");
    tcpProxy.thaw();
    expect((await client.list(configMaps, { namespace })).items).toEqual([]);
  });

  test("a half-open connection: the time limit, and the next call dials anew", async ({
    clientFor,
    tcpProxy,
    namespace,
  }) => {
    const client = clientFor(tcpProxy);
    await client.list(configMaps, { namespace });
    await new Promise(setImmediate); // undici takes a connection back one turn after its answer
    tcpProxy.halfOpen();
    expect((await errorOf(client.list(configMaps, { namespace, timeoutMs: 200 }))).reason).toBe("Timeout");
    expect((await client.list(configMaps, { namespace })).items).toEqual([]);
  });

  test("an abort during a call closes its connection and gives the signal's reason", async ({
    clientFor,
    httpProxy,
    namespace,
  }) => {
    httpProxy.inject({ match: any, act: { hang: true } });
    const abort = new AbortController();
    const call = clientFor(httpProxy).list(configMaps, { namespace, signal: abort.signal });
    await eventually("the server has the call", () => httpProxy.seen.length === 1);
    abort.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await eventually("the connection is closed", () => httpProxy.open === 0);
  });

  test("a closed client fails with words, also the call that was under way", async ({
    clientFor,
    httpProxy,
    namespace,
  }) => {
    const client = clientFor(httpProxy);
    httpProxy.inject({ match: any, act: { hang: true }, times: 2 });
    const call = errorOf(client.create(configMaps, { metadata: { namespace, name: "a" } }));
    await eventually("the server has the call", () => httpProxy.seen.length === 1);
    await client.close();
    expect((await call).reason).toBe("ClientClosed");
    expect((await errorOf(client.list(configMaps, { namespace }))).reason).toBe("ClientClosed");
  });
});

describe("an answer that is none", () => {
  const secret = "token-0123456789";
  const answers: [string, Act, string][] = [
    ["200 with HTML", { respond: 200, body: `<html>${secret}</html>` }, "BrokenAnswer"],
    ["502 with HTML of a proxy", { respond: 502, body: `<html>${secret}</html>` }, "BadGateway"],
    ["404 with JSON that is no Status", { respond: 500, body: { error: secret } }, "InternalServerError"],
  ];
  for (const [what, act, reason] of answers) {
    test(`${what}: an error that quotes nothing of it`, async ({ clientFor, httpProxy, namespace }) => {
      httpProxy.inject({ match: any, act });
      const error = await errorOf(clientFor(httpProxy).list(configMaps, { namespace }));
      expect(error.reason).toBe(reason);
      expect(JSON.stringify([error.message, error.stack, String(error.cause), error])).not.toContain(secret);
    });
  }
});
