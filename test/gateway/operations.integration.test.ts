/** What those who run a gateway rely on: readiness, metrics, lists, and an end that drops nobody. */
import { describe, expect, test } from "vitest";
import { metricsReaders } from "../../api/http/operations.ts";
import { call } from "./client.ts";
import { inTime, until } from "./deadline.ts";
import { testGateway } from "./gateway.ts";
import { deployment, memberWithKey, replica } from "./objects.ts";
import { rawSocket } from "./raw-socket.ts";
import { type Script, scriptedHost } from "./scripted-host.ts";

const chat = { model: "smollm2", messages: [{ role: "user", content: "hello" }], stream: true };

const oneEvent: Script = ({ response }) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write('data: {"n":1}\n\n');
};

describe("readiness", () => {
  test("not before everything was read once; requests are told to try again", async () => {
    const { url, key, catalogue } = await testGateway();
    catalogue.setFreshness({ state: "starting" });
    expect((await call(`${url}/readyz`).reply).status).toBe(503);
    const reply = await call(`${url}/v1/models`, { key }).reply;
    expect(reply.status).toBe(503);
    expect(reply.headers["retry-after"]).toBe("1");
    expect((await call(`${url}/healthz`).reply).status).toBe(200);
  });

  test("while the API server is away cached members go on for a stated time, and readiness says so; then everybody is refused", async () => {
    const { url, key, catalogue } = await testGateway();
    catalogue.setFreshness({ state: "cached", sinceMs: 14 * 60_000 });
    const ready = await call(`${url}/readyz`).reply;
    expect(ready.status).toBe(200);
    expect(ready.json()).toMatchObject({ ready: true, catalogue: "cached", secondsSinceHeard: 840 });
    expect((await call(`${url}/v1/models`, { key }).reply).status).toBe(200);
    catalogue.setFreshness({ state: "cached", sinceMs: 16 * 60_000 });
    expect((await call(`${url}/readyz`).reply).json()).toMatchObject({ ready: false, catalogue: "stale" });
    const refused = await call(`${url}/v1/models`, { key }).reply;
    expect(refused.status).toBe(503);
    expect(refused.text).toContain("16 minutes");
  });
});

describe("stopping", () => {
  test("a stream under way finishes; new connections are refused; the end comes as soon as it is over", async () => {
    const host = await scriptedHost(oneEvent);
    const gateway = await testGateway({ hosts: { a: host.url }, settings: { drainTimeoutMs: 120_000 } });
    const client = call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat });
    await client.received(3);
    const stopped = gateway.stop();
    await expect(call(`${gateway.url}/healthz`).reply).rejects.toThrow(/ECONNREFUSED/);
    host.asked[0]!.response.end("data: [DONE]\n\n");
    expect((await client.reply).text).toBe('data: {"n":1}\n\ndata: [DONE]\n\n');
    await inTime(stopped);
  });

  test("a stream that does not end in time gets an error event, and the host hears of it", async () => {
    const host = await scriptedHost(oneEvent);
    const gateway = await testGateway({ hosts: { a: host.url }, settings: { drainTimeoutMs: 100 } });
    const client = call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat });
    await client.received(3);
    await inTime(gateway.stop());
    const reply = await client.reply;
    expect(reply.text).toContain('"code":"gateway_stopping"');
    expect(reply.torn).toBe(false);
    await inTime(host.asked[0]!.left);
  });

  test("a request on a connection that was open before is refused with 503 and told to close", async () => {
    const host = await scriptedHost(oneEvent);
    const gateway = await testGateway({ hosts: { a: host.url }, settings: { drainTimeoutMs: 120_000 } });
    const streaming = call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat });
    await streaming.received(3);
    const socket = rawSocket(gateway.url);
    const head = `POST /api/chat HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gateway.key}\r\n`;
    socket.write(head);
    await socket.connected();
    // The gateway has seen the connection and a part of its headers: it is no idle one.
    await until(() => call(`${gateway.url}/healthz`).reply.then(({ status }) => status === 200));
    const stopped = gateway.stop();
    socket.write("content-length: 2\r\n\r\n{}");
    await socket.closed();
    expect(socket.text()).toMatch(/^HTTP\/1\.1 503 /);
    expect(socket.text()).toContain("gateway_stopping");
    expect(socket.text().toLowerCase()).toContain("connection: close");
    streaming.leave();
    await inTime(stopped);
  });

  test("nothing is left: no connection to a host, no request, no timer that keeps the process", async () => {
    const host = await scriptedHost();
    const gateway = await testGateway({ hosts: { a: host.url } });
    await Promise.all(
      Array.from({ length: 20 }, () => call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }).reply),
    );
    await gateway.stop();
    await until(async () => (await host.connections()) === 0);
    expect(gateway.gateway.active.size).toBe(0);
    expect([...gateway.gateway.turns.places()]).toEqual([]);
  });
});

describe("hosts come and go", () => {
  test("the pool of a host that is gone is closed; one whose URL changed is asked at its new place", async () => {
    const before = await scriptedHost();
    const after = await scriptedHost();
    const gateway = await testGateway({ hosts: { a: before.url } });
    const ask = () => call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }).reply;
    await ask();
    const [known] = [...gateway.catalogue.snapshot().hosts.values()];
    const moved = { ...known!, spec: { ...known!.spec, endpoint: { direct: { url: after.url } } } };
    gateway.catalogue.set({ hosts: [moved] });
    await ask();
    expect([before.asked.length, after.asked.length]).toEqual([1, 1]);
    await until(async () => (await before.connections()) === 0);
    gateway.catalogue.set({ hosts: [] });
    expect(gateway.gateway.upstreams.size).toBe(0);
    expect((await ask()).status).toBe(503);
  });

  test("who waits for a place gets one on a host that has just become ready", async () => {
    const stuck = await scriptedHost(() => undefined);
    const fresh = await scriptedHost();
    const gateway = await testGateway({ hosts: { a: stuck.url, b: fresh.url } });
    const [all] = [...gateway.catalogue.snapshot().deployments.values()];
    gateway.catalogue.set({ deployments: [deployment("default/smollm2", [replica("a")])] });
    const first = call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat });
    await stuck.request(0);
    const second = call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat });
    await until(() => gateway.gateway.turns.waiting("default/smollm2") === 1);
    gateway.catalogue.set({ deployments: [all!] });
    expect((await inTime(second.reply)).status).toBe(200);
    first.leave();
  });

  test("who waits is told at once when the deployment is deleted", async () => {
    const stuck = await scriptedHost(() => undefined);
    const gateway = await testGateway({ hosts: { a: stuck.url } });
    const first = call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat });
    await stuck.request(0);
    const second = call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat });
    await until(() => gateway.gateway.turns.waiting("default/smollm2") === 1);
    gateway.catalogue.set({ deployments: [] });
    expect((await inTime(second.reply)).status).toBe(404);
    first.leave();
  });
});

describe("busy", () => {
  test("all places taken and the queue full: 429 with Retry-After and how many wait", async () => {
    const host = await scriptedHost(() => undefined);
    const gateway = await testGateway({ hosts: { a: host.url }, settings: { queuePerPlaceMax: 1 } });
    const ask = () => call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat });
    const first = ask();
    await host.request(0);
    const second = ask();
    await until(() => gateway.gateway.turns.waiting("default/smollm2") === 1);
    const third = await ask().reply;
    expect(third.status).toBe(429);
    expect(Number(third.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect(third.json()).toMatchObject({
      error: { code: "all_hosts_busy", message: expect.stringContaining("1 wait already") },
    });
    first.leave();
    second.leave();
  });

  test("who waits too long: 429", async () => {
    const host = await scriptedHost(() => undefined);
    const gateway = await testGateway({ hosts: { a: host.url }, settings: { queueTimeoutMs: 50 } });
    const first = call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat });
    await host.request(0);
    const second = await call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }).reply;
    expect(second.status).toBe(429);
    first.leave();
  });

  test("a host never gets more at once than its owner declared, however many ask", async () => {
    let now = 0;
    let most = 0;
    const host = await scriptedHost(async ({ response }) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
    const gateway = await testGateway({ hosts: { a: host.url }, parallel: 3, settings: { queuePerPlaceMax: 100 } });
    const replies = await Promise.all(
      Array.from({ length: 60 }, () => call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }).reply),
    );
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(most).toBe(3);
  });
});

describe("metrics", () => {
  test("tell requests, tokens, queue and hosts, and nothing that a client wrote", async () => {
    const host = await scriptedHost();
    const gateway = await testGateway({ hosts: { a: host.url } });
    await call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }).reply;
    await call(`${gateway.url}/api/chat`, { key: gateway.key, body: { ...chat, model: "client-text" } }).reply;
    await call(`${gateway.url}/client-text`).reply;
    const { text } = await call(`${gateway.url}/metrics`).reply;
    expect(text).toContain('commonhold_gateway_requests_total{protocol="ollama",route="/api/chat",outcome="ok"} 1');
    expect(text).toContain('commonhold_gateway_refusals_total{code="model_not_found"} 1');
    expect(text).toContain('commonhold_gateway_tokens_total{deployment="default/smollm2",kind="generated"} 1');
    expect(text).toContain('commonhold_gateway_tokens_total{deployment="default/smollm2",kind="prompt"} 3');
    expect(text).not.toContain("client-text");
  });

  test.each([
    ["127.0.0.1", "auto", "open"],
    ["::1", "auto", "open"],
    ["localhost", "auto", "open"],
    ["0.0.0.0", "auto", "maintainers"],
    ["::", "auto", "maintainers"],
    ["10.0.0.7", "auto", "maintainers"],
    ["127.0.0.1.example.org", "auto", "maintainers"],
    ["0.0.0.0", "open", "open"],
    ["127.0.0.1", "off", "off"],
  ] as const)("listening on %s, metrics %s are read by: %s", (host, metrics, readers) => {
    expect(metricsReaders({ host, metrics })).toBe(readers);
  });

  test("may be kept for maintainers, or switched off", async () => {
    const closed = await testGateway({ settings: { metrics: "maintainers" } });
    const service = memberWithKey("prometheus", { roles: ["service"] });
    closed.catalogue.set({ members: [service.member, closed.member.member] });
    expect((await call(`${closed.url}/metrics`).reply).status).toBe(401);
    expect((await call(`${closed.url}/metrics`, { key: closed.key }).reply).status).toBe(403);
    expect((await call(`${closed.url}/metrics`, { key: service.key }).reply).status).toBe(200);
    const off = await testGateway({ settings: { metrics: "off" } });
    expect((await call(`${off.url}/metrics`).reply).status).toBe(404);
  });
});

describe("lists", () => {
  test("/v1/models and one of them, by name and by full name, encoded or not", async () => {
    const { url, key } = await testGateway({ hosts: { a: "http://127.0.0.1:9" } });
    const list = (await call(`${url}/v1/models`, { key }).reply).json();
    expect(list).toEqual({
      object: "list",
      data: [{ id: "smollm2", object: "model", created: 1767225600, owned_by: "default" }],
    });
    for (const id of ["smollm2", "default/smollm2", "default%2Fsmollm2"]) {
      const reply = await call(`${url}/v1/models/${id}`, { key }).reply;
      expect(reply.status).toBe(200);
      expect(reply.json()["id"]).toBe(decodeURIComponent(id));
    }
    expect((await call(`${url}/v1/models/other`, { key }).reply).status).toBe(404);
  });

  test("/api/tags and /api/ps in Ollama's form", async () => {
    const { url, key } = await testGateway({ hosts: { a: "http://127.0.0.1:9" } });
    const [tag] = (await call(`${url}/api/tags`, { key }).reply).json()["models"] as Record<string, unknown>[];
    expect(tag).toMatchObject({
      name: "smollm2:latest",
      model: "smollm2:latest",
      size: 270_898_672,
      digest: "ab".repeat(32),
      details: { family: "llama", parameter_size: "134.52M", quantization_level: "F16" },
    });
    const [loaded] = (await call(`${url}/api/ps`, { key }).reply).json()["models"] as Record<string, unknown>[];
    expect(loaded).toMatchObject({ name: "smollm2:latest", context_length: 4096 });
  });

  test("/ and /api/version answer probes without a key, HEAD too", async () => {
    const { url } = await testGateway({ hosts: { a: "http://127.0.0.1:9" } });
    expect((await call(`${url}/`).reply).text).toBe("Ollama is running");
    expect((await call(`${url}/`, { method: "HEAD" }).reply).status).toBe(200);
    expect((await call(`${url}/api/version`).reply).json()).toEqual({ version: "0.24.0" });
  });

  test("/api/show passes on what a client needs and keeps the host's paths to itself", async () => {
    const host = await scriptedHost(({ response }) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          modelfile: "FROM /root/.ollama/models/blobs/sha256-1",
          system: "secret",
          template: "{{ .Prompt }}",
          capabilities: ["completion"],
          model_info: { "general.architecture": "llama" },
        }),
      );
    });
    const { url, key } = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${url}/api/show`, { key, body: { model: "smollm2" } }).reply;
    expect(reply.json()).toEqual({
      template: "{{ .Prompt }}",
      capabilities: ["completion"],
      model_info: { "general.architecture": "llama" },
    });
    expect(host.asked[0]!.json).toEqual({ model: "commonhold/served:abc" });
  });
});

describe("browsers", () => {
  test("no origin is allowed by default", async () => {
    const { url, key } = await testGateway();
    const reply = await call(`${url}/v1/models`, { key, headers: { origin: "https://evil.example" } }).reply;
    expect(reply.headers).not.toHaveProperty("access-control-allow-origin");
    const preflight = await call(`${url}/v1/models`, { method: "OPTIONS", headers: { origin: "https://evil.example" } })
      .reply;
    expect(preflight.status).toBe(404);
  });

  test("a named one is, also on streamed answers and refusals", async () => {
    const origin = "https://chat.example";
    const host = await scriptedHost();
    const { url, key } = await testGateway({ hosts: { a: host.url }, settings: { corsOrigins: [origin] } });
    const headers = { origin };
    expect((await call(`${url}/api/chat`, { method: "OPTIONS", headers }).reply).status).toBe(204);
    for (const who of [key, undefined]) {
      const reply = await call(`${url}/api/chat`, { key: who, headers, body: chat }).reply;
      expect(reply.headers["access-control-allow-origin"]).toBe(origin);
    }
    const other = await call(`${url}/api/chat`, { headers: { origin: "https://evil.example" }, body: chat }).reply;
    expect(other.headers).not.toHaveProperty("access-control-allow-origin");
  });
});
