/** The client leaves: whatever phase its request is in, the host hears of it; how soon (goal: a second) is measured by the bench. */
import { describe, expect, test } from "vitest";
import { call } from "./client.ts";
import { inTime, until } from "./deadline.ts";
import { testGateway } from "./gateway.ts";
import { type Script, scriptedHost } from "./scripted-host.ts";

const never: Script = () => undefined;
const headersOnly: Script = ({ response }) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
};
const oneEvent: Script = ({ response }) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("data: {}\n\n");
};
const oneLine: Script = ({ response }) => {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.write("{}\n");
};

const routes: Record<string, unknown> = {
  "/v1/chat/completions": { messages: [{ role: "user", content: "hi" }] },
  "/v1/completions": { prompt: "hi" },
  "/v1/embeddings": { input: "hi" },
  "/api/chat": { messages: [{ role: "user", content: "hi" }] },
  "/api/generate": { prompt: "hi" },
  "/api/embed": { input: "hi" },
  "/api/embeddings": { prompt: "hi" },
};

describe("a client that leaves before the host said anything ends the request on the host", () => {
  for (const [path, fields] of Object.entries(routes)) {
    for (const stream of [true, false]) {
      test(`${path}, stream: ${stream}`, async () => {
        const host = await scriptedHost(never);
        const gateway = await testGateway({ hosts: { a: host.url } });
        const body = { model: "smollm2", stream, ...(fields as object) };
        const client = call(gateway.url + path, { key: gateway.key, body });
        const asked = await host.request(0);
        client.leave();
        await inTime(asked.left);
        await inTime(gateway.gateway.active.idle());
        expect(gateway.gateway.turns.inFlight({ host: "a", model: "commonhold/served:abc" })).toBe(0);
      });
    }
  }
});

describe("in later phases", () => {
  test("between the host's headers and its first byte", async () => {
    const host = await scriptedHost(headersOnly);
    const gateway = await testGateway({ hosts: { a: host.url } });
    const client = call(`${gateway.url}/v1/completions`, {
      key: gateway.key,
      body: { model: "smollm2", stream: true },
    });
    const asked = await host.request(0);
    client.leave();
    await inTime(asked.left);
  });

  for (const [words, path, script] of [
    ["in the middle of a stream of events", "/v1/completions", oneEvent],
    ["in the middle of a stream of lines", "/api/generate", oneLine],
  ] as const) {
    test(words, async () => {
      const host = await scriptedHost(script);
      const gateway = await testGateway({ hosts: { a: host.url } });
      const client = call(gateway.url + path, { key: gateway.key, body: { model: "smollm2", stream: true } });
      await client.received(3);
      const asked = await host.request(0);
      client.leave();
      await inTime(asked.left);
    });
  }

  test("a client that closes only its sending half has left, too", async () => {
    const host = await scriptedHost(oneEvent);
    const gateway = await testGateway({ hosts: { a: host.url } });
    const client = call(`${gateway.url}/v1/completions`, {
      key: gateway.key,
      body: { model: "smollm2", stream: true },
    });
    await client.received(3);
    const asked = await host.request(0);
    (await client.socket).end();
    await inTime(asked.left);
  });

  test("while it waits in the queue: no host ever hears of it, and who waits behind moves up", async () => {
    const host = await scriptedHost(never);
    const gateway = await testGateway({ hosts: { a: host.url } });
    const ask = (prompt: string) =>
      call(`${gateway.url}/api/generate`, { key: gateway.key, body: { model: "smollm2", prompt } });
    const first = ask("first");
    await host.request(0);
    const second = ask("second");
    await until(() => gateway.gateway.turns.waiting("default/smollm2") === 1);
    const third = ask("third");
    await until(() => gateway.gateway.turns.waiting("default/smollm2") === 2);
    second.leave();
    await until(() => gateway.gateway.turns.waiting("default/smollm2") === 1);
    first.leave();
    expect((await inTime(host.request(1))).json["prompt"]).toBe("third");
    third.leave();
    await inTime(gateway.gateway.active.idle());
    expect(host.asked).toHaveLength(2);
  });

  test("the place that a leaving client frees is taken by the next one", async () => {
    const host = await scriptedHost(oneEvent);
    const gateway = await testGateway({ hosts: { a: host.url } });
    const body = { model: "smollm2", stream: true };
    const first = call(`${gateway.url}/v1/completions`, { key: gateway.key, body });
    await first.received(3);
    const second = call(`${gateway.url}/v1/completions`, { key: gateway.key, body });
    first.leave();
    await inTime(second.received(3));
    second.leave();
  });

  test("every cancel is counted with its phase", async () => {
    const host = await scriptedHost(never);
    const gateway = await testGateway({ hosts: { a: host.url } });
    const client = call(`${gateway.url}/api/generate`, { key: gateway.key, body: { model: "smollm2" } });
    await host.request(0);
    client.leave();
    await inTime(gateway.gateway.active.idle());
    const metrics = await call(`${gateway.url}/metrics`).reply;
    expect(metrics.text).toContain('commonhold_gateway_cancels_total{phase="before_first_byte"} 1');
    expect(metrics.text).toContain('outcome="cancelled"} 1');
  });
});
