/** Several hosts that behave as Ollama does: load spreads over them, and one that dies is not missed. */
import { describe, expect, onTestFinished, test } from "vitest";
import { createTinyModel } from "../control-plane/tiny-model.ts";
import { type OllamaDouble, startOllamaDouble } from "../doubles/ollama/double.ts";
import type { OllamaDoubleSettings } from "../doubles/ollama/settings.ts";
import { call } from "./client.ts";
import { until } from "./deadline.ts";
import { type TestGateway, testGateway } from "./gateway.ts";

const served = "commonhold/served:abc";

async function hosts(count: number, settings: Partial<OllamaDoubleSettings> = {}): Promise<OllamaDouble[]> {
  const doubles = await Promise.all(Array.from({ length: count }, () => startOllamaDouble(settings)));
  onTestFinished(async () => void (await Promise.all(doubles.map((double) => double.stop()))));
  await Promise.all(doubles.map(({ url }) => createTinyModel(url, served)));
  return doubles;
}

function gatewayFor(doubles: readonly OllamaDouble[], parallel = 1): Promise<TestGateway> {
  return testGateway({ hosts: Object.fromEntries(doubles.map(({ url }, at) => [`h${at}`, url])), parallel });
}

const chat = { model: "smollm2", messages: [{ role: "user", content: "What is the capital of France?" }] };

function asked({ requests }: OllamaDouble): number {
  return requests.filter(({ path }) => path === "/api/chat").length;
}

describe("over three hosts", () => {
  test("two dozen chats spread, each host working on one at a time, and all are answered", async () => {
    const doubles = await hosts(3, { tokenMs: 3 });
    const gateway = await gatewayFor(doubles);
    const ask = () => call(`${gateway.url}/api/chat`, { key: gateway.key, body: { ...chat, stream: false } }).reply;
    const replies = await Promise.all(Array.from({ length: 24 }, ask));
    for (const reply of replies) {
      expect(reply.json()).toMatchObject({ message: { content: "The capital of France is Paris." }, done: true });
    }
    const counts = doubles.map(asked);
    expect(counts.reduce((sum, count) => sum + count)).toBe(24);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(4);
  });

  test("one that dies while it answers costs only what it was answering", async () => {
    const reply = () => Array.from({ length: 60 }, () => " Paris");
    const doubles = await hosts(3, { tokenMs: 15, reply });
    const gateway = await gatewayFor(doubles);
    const ask = () => call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat });
    const streams = [ask(), ask(), ask()];
    await Promise.all(streams.map((stream) => stream.received(10)));
    await doubles[0]!.stop();
    const replies = await Promise.all([...streams, ...Array.from({ length: 2 }, ask)].map(({ reply }) => reply));
    const broken = replies.filter(({ text }) => text.includes("stream_broken"));
    expect(broken).toHaveLength(1);
    for (const { status, text } of replies.filter((reply) => !broken.includes(reply))) {
      expect([status, text.includes('"done":true')]).toEqual([200, true]);
    }
  });

  test("clients that leave stop the generation on every host", async () => {
    const doubles = await hosts(3, { tokenMs: 1_000 });
    const gateway = await gatewayFor(doubles);
    const streams = doubles.map(() => call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }));
    await Promise.all(streams.map((stream) => stream.received(10)));
    for (const stream of streams) stream.leave();
    await until(() => doubles.every(({ cancelled, generating }) => cancelled === 1 && generating === 0));
  });
});
