/**
 * The tiny models and adapters on a real Ollama, pulled through the faulty proxy too: what other tests take for
 * granted.
 */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StartedOllama } from "../../cli/up/ollama/start.ts";
import { startTestOllama } from "../control-plane/ollama.ts";
import { type RegistryProxy, startRegistryProxy } from "../doubles/registry/proxy.ts";
import { pushModel } from "../doubles/registry/push.ts";
import { type StartedRegistry, startTestRegistry } from "../doubles/registry/start.ts";
import { tinyGguf } from "./tiny-gguf.ts";
import { tinyLora } from "./tiny-lora.ts";

let ollama: StartedOllama & { discard(): Promise<void> };

beforeAll(async () => {
  ollama = await startTestOllama();
});

afterAll(() => ollama?.discard());

async function ask(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(ollama.url + path, { method: "POST", body: JSON.stringify({ stream: false, ...body }) });
  return (await response.json()) as Record<string, unknown>;
}

async function blob(bytes: Buffer): Promise<string> {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  await fetch(`${ollama.url}/api/blobs/${digest}`, { method: "POST", body: new Uint8Array(bytes) });
  return digest;
}

async function say(model: string): Promise<string> {
  const options = { num_predict: 24, temperature: 0, num_ctx: 512 };
  const { response, error } = await ask("/api/generate", { model, prompt: "Hello", options });
  expect(error).toBeUndefined();
  return String(response);
}

test.each(["llama", "qwen2", "qwen3"] as const)(
  "a tiny %s is created, loaded, and says small letters and spaces",
  async (architecture) => {
    const digest = await blob(tinyGguf({ architecture, layers: 2 }));
    expect(await ask("/api/create", { model: architecture, files: { "m.gguf": digest } })).toEqual({
      status: "success",
    });
    expect(await say(architecture)).toMatch(/^[a-z ]{24}$/);
  },
);

test("an adapter changes what its model says", async () => {
  const files = { "m.gguf": await blob(tinyGguf()) };
  const adapters = { "a.gguf": await blob(tinyLora()) };
  expect(await ask("/api/create", { model: "plain", files })).toEqual({ status: "success" });
  expect(await ask("/api/create", { model: "adapted", from: "plain", adapters })).toEqual({ status: "success" });
  expect(await say("adapted")).not.toBe(await say("plain"));
});

describe("pulled through the proxy", () => {
  let registry: StartedRegistry;
  let proxy: RegistryProxy;

  beforeAll(async () => {
    registry = await startTestRegistry();
    proxy = await startRegistryProxy(registry.origin);
    await pushModel(registry.origin, { repository: "library/tiny", tag: "latest", gguf: tinyGguf({ seed: 5 }) });
  });

  afterAll(async () => {
    await proxy?.close();
    await registry?.discard();
  });

  const pull = () => ask("/api/pull", { model: `${proxy.host}/library/tiny`, insecure: true });

  test("with a byte flipped it never arrives, and does as soon as the registry is honest", async () => {
    proxy.lay({ match: "/blobs/", act: { kind: "flip", atByte: 200_000 } });
    expect(await pull()).toMatchObject({ error: expect.stringContaining("digest mismatch") });
    proxy.heal();
    expect(await pull()).toEqual({ status: "success" });
    expect(await say(`${proxy.host}/library/tiny`)).toMatch(/^[a-z ]{24}$/);
  });
});
