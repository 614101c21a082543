/** The real Ollama behind the gateway: clients that people use work by changing their URL, and a GPU is freed when its client leaves. */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../operator/clock/system.ts";
import { ollamaProgram, startTestOllama } from "../control-plane/ollama.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { createTinyModel } from "../control-plane/tiny-model.ts";
import { call } from "./client.ts";
import { inTime, until } from "./deadline.ts";
import { type TestGateway, testGateway } from "./gateway.ts";
import { deployment, host, memberWithKey, replica } from "./objects.ts";

const served = "commonhold/tiny:abc";
const slow = "commonhold/slow:abc";

let ollama: Awaited<ReturnType<typeof startTestOllama>>;

beforeAll(async () => {
  ollama = await startTestOllama({ parallel: 1, keepAlive: "-1" });
  await createTinyModel(ollama.url, served);
  await createTinyModel(ollama.url, slow, { layers: 4, width: 256, heads: 4, kvHeads: 2, context: 4096, name: "slow" });
});

afterAll(() => ollama?.discard());

/** `parallel`: what the gateway is told; the real server answers one at a time. */
async function gatewayFor(parallel = 1): Promise<TestGateway> {
  const gateway = await testGateway();
  const engine = { kind: "Ollama", parallel, kvCacheType: "f16" } as const;
  gateway.catalogue.set({
    hosts: [host("real", ollama.url, { engine })],
    deployments: [
      deployment("default/tiny", [replica("real", served)]),
      deployment("default/slow", [replica("real", slow)]),
    ],
  });
  return gateway;
}

const messages = [{ role: "user" as const, content: "hello" }];

describe("the openai package's client", () => {
  async function client(): Promise<OpenAI> {
    const { url, key } = await gatewayFor();
    return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  }

  test("chats in one piece, with usage", async () => {
    const answer = await (await client()).chat.completions.create({ model: "tiny", messages, max_tokens: 5 });
    expect(answer.choices[0]!.message.content).not.toBe("");
    expect(answer.usage!.completion_tokens).toBeGreaterThan(0);
  });

  test("streams a chat to its end", async () => {
    const stream = await (await client()).chat.completions.create({
      model: "tiny",
      messages,
      max_tokens: 5,
      stream: true,
    });
    let text = "";
    let reason: string | null = null;
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? "";
      reason = choices[0]?.finish_reason ?? reason;
    }
    expect(text).not.toBe("");
    expect(reason).toMatch(/^(length|stop)$/);
  });

  test("completes, embeds, lists", async () => {
    const openai = await client();
    const completion = await openai.completions.create({ model: "default/tiny", prompt: "a", max_tokens: 3 });
    expect(completion.choices[0]!.text).not.toBe("");
    const { data } = await openai.embeddings.create({ model: "tiny", input: ["a", "b"] });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([64, 64]);
    const names = (await openai.models.list()).data.map(({ id }) => id);
    expect(names).toEqual(["slow", "tiny"]);
    expect((await openai.models.retrieve("tiny")).id).toBe("tiny");
  });

  test("understands the gateway's refusals", async () => {
    const openai = await client();
    await expect(openai.chat.completions.create({ model: "tinny", messages })).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
      message: expect.stringContaining("Nearest: tiny"),
    });
    const stranger = new OpenAI({ baseURL: openai.baseURL, apiKey: "ch_wrong", maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });
});

describe("the ollama package's client", () => {
  async function client(): Promise<Ollama> {
    const { url, key } = await gatewayFor();
    return new Ollama({ host: url, headers: { authorization: `Bearer ${key}` } });
  }
  const options = { num_predict: 5 };

  test("chats and generates, in one piece and streaming", async () => {
    const api = await client();
    expect((await api.chat({ model: "tiny", messages, options })).eval_count).toBeGreaterThan(0);
    let parts = 0;
    for await (const part of await api.generate({ model: "tiny", prompt: "a", stream: true, options })) {
      parts++;
      if (part.done) expect(part.done_reason).toMatch(/^(length|stop)$/);
    }
    expect(parts).toBeGreaterThan(0);
  });

  test("embeds, lists, shows, and is told the version", async () => {
    const api = await client();
    expect((await api.embed({ model: "tiny", input: "a" })).embeddings[0]).toHaveLength(64);
    expect((await api.list()).models.map(({ name }) => name)).toEqual(["slow:latest", "tiny:latest"]);
    expect((await api.show({ model: "tiny" })).capabilities).toContain("completion");
    expect((await api.ps()).models).toHaveLength(2);
  });

  test("changes no host: neither by pull or delete, nor by options or keep_alive", async () => {
    const api = await client();
    await expect(api.pull({ model: "tiny" })).rejects.toThrow(/would change a host/);
    await expect(api.delete({ model: "tiny" })).rejects.toThrow(/would change a host/);
    await api.generate({ model: "tiny", prompt: "a", options });
    const before = await loaded();
    const forcing = { num_ctx: 512, num_batch: 64, num_gpu: 0, num_thread: 1, ...options };
    await api.generate({ model: "tiny", prompt: "a", options: forcing, keep_alive: 0 });
    expect(await loaded()).toEqual(before);
  });

  async function loaded(): Promise<unknown> {
    const { models } = (await (await fetch(`${ollama.url}/api/ps`)).json()) as { models: Record<string, unknown>[] };
    const tiny = models.find(({ name }) => name === served);
    expect(tiny).toBeDefined();
    // Each request moves the time of expiry, which is centuries away because the operator asked it to stay.
    expect(Date.parse(String(tiny!["expires_at"]))).toBeGreaterThan(Date.parse("2300-01-01T00:00:00Z"));
    return { ...tiny, expires_at: "" };
  }
});

test("the ollama command runs a model through the gateway, signing with its own key", async () => {
  const gateway = await gatewayFor();
  const home = scratchDirectory("ollama-home");
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  mkdirSync(join(home, ".ollama"));
  writeFileSync(join(home, ".ollama/id_ed25519"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const blob = Buffer.concat([
    Buffer.from("0000000b", "hex"),
    Buffer.from("ssh-ed25519"),
    Buffer.from("00000020", "hex"),
    publicKey.export({ type: "spki", format: "der" }).subarray(-32),
  ]);
  const env = { HOME: home, OLLAMA_HOST: gateway.url, OLLAMA_AUTH: "1" };
  const run = async () => runToEnd(await ollamaProgram(), ["run", "tiny", "hello"], env);
  expect((await run()).stdout).toContain("You need to be signed in");
  const bob = memberWithKey("bob", { sshKeys: [`ssh-ed25519 ${blob.toString("base64")} bob@laptop`] });
  gateway.catalogue.set({ members: [bob.member] });
  const known = await run();
  expect(known.stdout).not.toContain("signed in");
  // The tiny model ends by chance, sometimes at once: what was asked, by whom and whether it was answered tells more.
  await until(() => gateway.log.some((line) => /"route":"\/api\/(generate|chat)"/.test(line)));
  const line = gateway.log.find((text) => /"route":"\/api\/(generate|chat)"/.test(text)) ?? "{}";
  expect(JSON.parse(line)).toMatchObject({ member: "bob", keyId: "ssh", deployment: "default/tiny", status: 200 });
});

/** The command shows an answer at the pace of a reader, and the tiny model's has no end: its beginning is enough. */
const interruptAfterChars = 20;

/** With nothing to read. */
async function runToEnd(command: string, args: string[], env: Record<string, string>) {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    if (stdout.length > interruptAfterChars) child.kill("SIGINT");
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await inTime(new Promise<number | null>((resolve) => child.once("close", resolve)));
  return { code, stdout, stderr };
}

describe("a client that leaves frees the host", () => {
  // Only the likeliest 20 tokens, letters all, and each as likely as the others: the tiny model never comes to an end of its own, nor
  // says one token 30 times in a row, where Ollama breaks off (https://github.com/ollama/ollama/blob/v0.24.0/llm/server.go, tokenRepeat).
  const unending = { num_predict: -1, temperature: 100, top_k: 20, top_p: 1 };
  const forever = { model: "tiny", stream: true, options: unending };

  /** Of a stream: some hundred tokens, each a line. */
  const goesOnBytes = 20_000;
  for (const [words, parallel] of [
    ["who waits in the gateway's queue", 1],
    ["who waits in Ollama's own queue", 4],
  ] as const) {
    test(`mid-stream: ${words} begins, though the first one would never end`, async () => {
      const gateway = await gatewayFor(parallel);
      const ask = (prompt: string) =>
        call(`${gateway.url}/api/generate`, { key: gateway.key, body: { ...forever, prompt } });
      const first = ask("a");
      await first.received(1);
      const second = ask("b");
      await until(() => gateway.gateway.active.size === 2);
      const soFar = (await first.received(1)).length;
      const before = await Promise.race([
        first.reply.then(() => "the first one has ended"),
        second.received(1).then(() => "the second one has begun"),
        first.received(soFar + goesOnBytes).then(() => "the first one goes on"),
      ]);
      expect(before).toBe("the first one goes on");
      first.leave();
      await inTime(second.received(1));
      second.leave();
    });
  }

  test("not streaming: the host stops generating, too", async () => {
    const gateway = await gatewayFor();
    const ask = (stream: boolean) =>
      call(`${gateway.url}/api/generate`, { key: gateway.key, body: { ...forever, prompt: "a", stream } });
    const first = ask(false);
    await until(() => gateway.gateway.turns.inFlight({ host: "real", model: served }) === 1);
    const second = ask(true);
    await until(() => gateway.gateway.turns.waiting("default/tiny") === 1);
    first.leave();
    await inTime(second.received(1));
    second.leave();
  });

  test("in prefill: Ollama finishes the prompt it works on (ollama#11889), then the next one begins", async () => {
    const gateway = await gatewayFor();
    const ask = (prompt: string) => {
      const body = { model: "slow", prompt, stream: true, options: { num_predict: 1 } };
      return call(`${gateway.url}/api/generate`, { key: gateway.key, body });
    };
    await ask("warm").reply;
    const prompt = "abcdefg ".repeat(100);
    const wholeMs = await took(() => ask(`x${prompt}`).reply);
    const first = ask(`y${prompt}`);
    // Nobody can see from outside that a host is in prefill; a third of the time that it takes is well inside.
    await systemClock.sleep(wholeMs / 3);
    first.leave();
    await inTime(ask("b").received(1));
  });
});

async function took(act: () => Promise<unknown>): Promise<number> {
  const since = process.hrtime.bigint();
  await act();
  return Number(process.hrtime.bigint() - since) / 1e6;
}
