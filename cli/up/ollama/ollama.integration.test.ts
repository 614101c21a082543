import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../operator/clock/system.ts";
import { ollamaProgram, startTestOllama } from "../../../test/control-plane/ollama.ts";
import { markVariable, processesMarked } from "../../../test/control-plane/parent.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { createTinyModel } from "../../../test/control-plane/tiny-model.ts";
import { openStateDirectory } from "../state/directory.ts";
import { provideOllama } from "./provide.ts";
import { startOllama } from "./start.ts";

describe("an Ollama of ours", () => {
  const mark = randomUUID();
  let ollama: Awaited<ReturnType<typeof startTestOllama>>;

  beforeAll(async () => {
    ollama = await startTestOllama({ env: { ...process.env, [markVariable]: mark }, keepAlive: "-1" });
    await createTinyModel(ollama.url, "tiny");
  });
  afterAll(() => ollama.discard());

  const load = async (): Promise<void> => {
    const body = JSON.stringify({ model: "tiny", prompt: "a", stream: false, options: { num_predict: 1 } });
    const response = await fetch(`${ollama.url}/api/generate`, { method: "POST", body });
    expect(await response.json()).toMatchObject({ done: true });
    // One that only looked for devices may still be on its way out.
    await expect.poll(() => processesMarked(mark).filter((line) => line.includes("runner"))).toHaveLength(1);
  };

  test("stopped with a model loaded, it leaves no runner, and restarts on the same port and models", async () => {
    await load();
    const { url } = ollama;
    await ollama.stop();
    // The runner has had its KILL; when the kernel gets to it is the machine's business.
    await expect.poll(() => processesMarked(mark)).toEqual([]);
    await ollama.start();
    expect(ollama.url).toBe(url);
    await load();
  });

  test("killed with a model loaded, it leaves no runner either", async () => {
    await ollama.kill();
    await expect.poll(() => processesMarked(mark)).toEqual([]);
    await ollama.restart();
    await load();
  });

  test("is used when OLLAMA_HOST names it, and not stopped", async () => {
    const state = openStateDirectory(scratchDirectory("provide"));
    const program = { path: "/nonexistent" };
    const env = { OLLAMA_HOST: ollama.url.replace("http://", "") };
    const provided = await provideOllama({ program, state, env, clock: systemClock });
    expect(provided).toMatchObject({ url: ollama.url, version: ollama.version, ours: false });
    await provided.stop();
    expect(ollama.process.exit).toBeUndefined();
  });

  test("is not taken for one when something else answers there, or nothing: one of our own is started", async () => {
    const other = createServer((_, response) => response.end("<html>a router</html>"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const state = openStateDirectory(scratchDirectory("provide"));
    const env = { ...process.env, OLLAMA_HOST: `127.0.0.1:${(other.address() as AddressInfo).port}` };
    const provided = await provideOllama({ program: { path: await ollamaProgram() }, state, env, clock: systemClock });
    other.close();
    expect(provided).toMatchObject({ ours: true, modelsPath: join(state.ollama, "models") });
    const tags = await (await fetch(`${provided.url}/api/tags`)).json();
    expect(tags).toEqual({ models: [] });
    await provided.stop();
  });
});

test("an Ollama that cannot start says why, and what to do", async () => {
  const directory = scratchDirectory("broken-ollama");
  const starting = startOllama({ command: "/bin/false", directory });
  await expect(starting).rejects.toMatchObject({ name: "ProcessFailure", program: "ollama", code: "exited" });
});

test("an abort ends a start at once and leaves nothing", async () => {
  const mark = randomUUID();
  const env = { ...process.env, [markVariable]: mark };
  const directory = scratchDirectory("aborted-ollama");
  const signal = AbortSignal.timeout(20);
  await expect(startOllama({ command: await ollamaProgram(), directory, env, signal })).rejects.toThrow(/timeout/);
  await expect.poll(() => processesMarked(mark)).toEqual([]);
});
