import { describe, expect, test } from "vitest";
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
});
