import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../operator/clock/system.ts";
import { call } from "./client.ts";
import { testGateway } from "./gateway.ts";
import { answerChunks, scriptedHost } from "./scripted-host.ts";

const chat = { model: "smollm2", messages: [{ role: "user", content: "hello" }] };

describe("an answer goes through", () => {
  test("in one piece, byte for byte, with the model's name on the host put in", async () => {
    const host = await scriptedHost();
    const gateway = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat }).reply;
    expect(reply.status).toBe(200);
    expect(host.asked[0]!.path).toBe("/v1/chat/completions");
    expect(host.asked[0]!.json).toEqual({ ...chat, model: "commonhold/served:abc" });
    expect(reply.json()).toMatchObject({ done: true });
  });

  test("as a stream of events, byte for byte, however the host cuts them", async () => {
    const stream = 'data: {"a":1}\n\ndata: {"b":"é"}\n\ndata: [DONE]\n\n';
    const bytes = Buffer.from(stream);
    const chunks = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1));
    const host = await scriptedHost(answerChunks("text/event-stream", chunks));
    const gateway = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${gateway.url}/v1/chat/completions`, {
      key: gateway.key,
      body: { ...chat, stream: true },
    }).reply;
    expect(reply.text).toBe(stream);
    expect(reply.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
  });

  test("at the pace of the client: a host is not read faster than its answer is, and nothing is lost", async () => {
    const bytes = randomBytes(48 * 1024 * 1024);
    let at = 0;
    const host = await scriptedHost(({ response }) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = (): void => {
        while (at < bytes.length) {
          const chunk = bytes.subarray(at, at + 64 * 1024);
          at += chunk.length;
          if (!response.write(chunk)) break;
        }
        if (at >= bytes.length) response.end();
      };
      response.on("drain", more);
      more();
    });
    const gateway = await testGateway({ hosts: { a: host.url } });
    const client = call(`${gateway.url}/api/embed`, { key: gateway.key, body: { model: "smollm2", input: "x" } });
    (await client.socket).pause();
    await host.request(0);
    for (let before = -1; before !== at; ) {
      before = at;
      await systemClock.sleep(150);
    }
    // The buffers of four sockets hold some of it; the rest has not left the host.
    expect(at).toBeLessThan(bytes.length / 2);
    (await client.socket).resume();
    const reply = await client.reply;
    expect(createHash("sha256").update(reply.bytes).digest("hex")).toBe(
      createHash("sha256").update(bytes).digest("hex"),
    );
  });

  test("with its length, where the host told it", async () => {
    const host = await scriptedHost(({ response }) => {
      response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": "2" }).end("{}");
    });
    const gateway = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }).reply;
    expect(reply.headers).toMatchObject({ "content-length": "2", "content-type": "application/json; charset=utf-8" });
  });

  test("with an error that the host itself put into the stream, unchanged", async () => {
    const stream = '{"response":"a"}\n{"error":"unexpected EOF"}\n';
    const host = await scriptedHost(answerChunks("application/x-ndjson", [stream]));
    const gateway = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${gateway.url}/api/generate`, { key: gateway.key, body: { model: "smollm2" } }).reply;
    expect(reply.text).toBe(stream);
  });

  test("with nothing in it", async () => {
    const host = await scriptedHost(
      ({ response }) => void response.writeHead(200, { "content-type": "application/json" }).end(),
    );
    const gateway = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }).reply;
    expect([reply.status, reply.text, reply.torn]).toEqual([200, "", false]);
  });
});
