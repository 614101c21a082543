import { afterEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import { type OllamaDouble, startOllamaDouble } from "./double.ts";
import { RegistryContent } from "./registry.ts";
import type { OllamaDoubleSettings } from "./settings.ts";

const started: OllamaDouble[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((double) => double.stop()));
});

async function start(settings: Partial<OllamaDoubleSettings> = {}): Promise<OllamaDouble> {
  const double = await startOllamaDouble(settings);
  started.push(double);
  for (const name of ["a", "b", "c", "d"]) {
    double.settings.registry.put(name, { bytes: 1_000_000 });
    double.give(name);
  }
  return double;
}

interface Asked {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(double: OllamaDouble, path: string, body?: object, signal?: AbortSignal): Promise<Asked> {
  const response = await fetch(double.url + path, {
    ...(body && { method: "POST", body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const load = (double: OllamaDouble, model: string, more: object = {}): Promise<Asked> =>
  ask(double, "/api/generate", { model, stream: false, ...more });

const say = (double: OllamaDouble, model: string, signal?: AbortSignal): Promise<Asked> =>
  ask(double, "/api/generate", { model, prompt: "hello", stream: false }, signal);

async function loaded(double: OllamaDouble): Promise<string[]> {
  const { body } = await ask(double, "/api/ps");
  return (body["models"] as { name: string }[]).map(({ name }) => name).sort();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(2);
}

describe("memory", () => {
  test("lists a model that still loads", async () => {
    const clock = new ManualClock();
    const double = await start({ clock, loadMs: 10_000 });
    const loading = load(double, "a");
    await until(() => double.memory.runners.length === 1);
    expect(await loaded(double)).toEqual(["a:latest"]);
    expect(double.isLoaded("a")).toBe(false);
    await clock.advance(10_000);
    expect((await loading).status).toBe(200);
    expect(double.isLoaded("a")).toBe(true);
  });

  test("loads one model at a time", async () => {
    const clock = new ManualClock();
    const double = await start({ clock, loadMs: 10_000 });
    const both = Promise.all([load(double, "a"), load(double, "b")]);
    await until(() => double.memory.queued === 1);
    expect(double.memory.runners).toHaveLength(1);
    await clock.advance(10_000);
    await until(() => double.memory.runners.length === 2);
    await clock.advance(10_000);
    expect((await both).map(({ status }) => status)).toEqual([200, 200]);
  });

  test("refuses one load more than its queue takes, with 503 and Ollama's words", async () => {
    const clock = new ManualClock();
    const double = await start({ clock, loadMs: 10_000, maxQueue: 1 });
    const first = load(double, "a");
    await until(() => double.memory.runners.length === 1);
    const second = load(double, "b");
    await until(() => double.memory.queued === 1);
    expect(await load(double, "c")).toEqual({
      status: 503,
      body: { error: "server busy, please try again.  maximum pending requests exceeded" },
    });
    await clock.advance(10_000);
    await until(() => double.memory.runners.length === 2);
    await clock.advance(10_000);
    await Promise.all([first, second]);
  });

  test("evicts the idle model with the shortest keep-alive when places are short", async () => {
    const double = await start({ maxLoaded: 2 });
    await load(double, "a", { keep_alive: -1 });
    await load(double, "b", { keep_alive: "1m" });
    await load(double, "c", { keep_alive: -1 });
    expect(await loaded(double)).toEqual(["a:latest", "c:latest"]);
  });

  test("evicts even what was loaded to stay when memory is short", async () => {
    const double = await start({ memoryBytes: 30_000_000 });
    await load(double, "a", { keep_alive: -1, options: { num_ctx: 8192 } });
    await load(double, "b", { keep_alive: -1, options: { num_ctx: 8192 } });
    expect(await loaded(double)).toEqual(["b:latest"]);
  });

  test("refuses a model larger than all its memory, in Ollama's words", async () => {
    const double = await start({ memoryBytes: 500_000 });
    const { status, body } = await load(double, "a");
    expect(status).toBe(500);
    expect(body["error"]).toMatch(
      /^model requires more system memory \(\d+\.\d GiB\) than is available \(\d+\.\d GiB\)$/,
    );
  });

  test("reloads when a request's context differs, after those in flight are done", async () => {
    const clock = new ManualClock();
    const double = await start({ clock, tokenMs: 1_000, reply: () => ["one", "two"] });
    const answering = ask(double, "/api/generate", {
      model: "a",
      prompt: "x",
      stream: false,
      options: { num_ctx: 512 },
    });
    await until(() => double.generating === 1);
    const reloading = load(double, "a", { options: { num_ctx: 1024 } });
    await until(() => double.requests.length === 2);
    expect(double.memory.loads).toBe(1);
    await clock.advance(1_000);
    await clock.advance(1_000);
    expect((await answering).body["response"]).toBe("onetwo");
    expect((await reloading).status).toBe(200);
    expect(double.memory.loads).toBe(2);
    expect(double.memory.runners[0]?.options.num_ctx).toBe(1024);
  });

  test("lets a model go when its keep-alive is over, counted from its last request", async () => {
    const clock = new ManualClock();
    const double = await start({ clock });
    await load(double, "a", { keep_alive: "10s" });
    await clock.advance(9_000);
    await load(double, "a");
    await clock.advance(9_000);
    expect(await loaded(double)).toEqual(["a:latest"]);
    await clock.advance(1_000);
    expect(await loaded(double)).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("falls back to the CPU in silence: the same size, none of it on the accelerator", async () => {
    const double = await start({ vramBytes: 8 * 1024 ** 3 });
    await load(double, "a");
    const before = ((await ask(double, "/api/ps")).body["models"] as Record<string, number>[])[0];
    expect(before?.["size_vram"]).toBe(before?.["size"]);
    double.fallBackToCpu();
    const after = ((await ask(double, "/api/ps")).body["models"] as Record<string, number>[])[0];
    expect(after).toMatchObject({ size: before?.["size"], size_vram: 0 });
  });

  test("can be made to evict by itself", async () => {
    const double = await start();
    await load(double, "a", { keep_alive: -1 });
    double.evict("a");
    expect(await loaded(double)).toEqual([]);
  });
});

describe("generating", () => {
  test("answers as many at once as it has slots, the rest in their order", async () => {
    const clock = new ManualClock();
    const double = await start({ clock, parallel: 2, tokenMs: 1_000, reply: () => ["x"] });
    await load(double, "a");
    const all = [say(double, "a"), say(double, "a"), say(double, "a")];
    await until(() => double.generating === 2 && double.requests.length === 4);
    await clock.advance(1_000);
    await until(() => double.generating === 1);
    await clock.advance(1_000);
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test("stops when the client leaves midway, and the next one has the slot", async () => {
    const clock = new ManualClock();
    const double = await start({ clock, tokenMs: 1_000, reply: () => ["x", "y", "z"] });
    const abort = new AbortController();
    const leaving = say(double, "a", abort.signal);
    leaving.catch(() => undefined);
    await until(() => double.generating === 1);
    const next = say(double, "a");
    await until(() => double.requests.length === 2);
    abort.abort();
    await expect(leaving).rejects.toThrow();
    await until(() => double.cancelled === 1 && double.generating === 1);
    for (let i = 0; i < 3; i++) await clock.advance(1_000);
    expect((await next).status).toBe(200);
  });

  test("goes on with the prompt when the client leaves, until the first token", async () => {
    const clock = new ManualClock();
    const double = await start({ clock, prefillMs: 5_000 });
    const abort = new AbortController();
    const leaving = say(double, "a", abort.signal);
    leaving.catch(() => undefined);
    await until(() => double.generating === 1);
    abort.abort();
    await systemClock.sleep(20);
    expect(double.generating).toBe(1);
    await clock.advance(5_000);
    await until(() => double.generating === 0);
    expect(double.cancelled).toBe(1);
  });

  test("a client that leaves while it waits for a slot gives its place up", async () => {
    const clock = new ManualClock();
    const double = await start({ clock, tokenMs: 1_000, reply: () => ["x"] });
    const first = say(double, "a");
    await until(() => double.generating === 1);
    const abort = new AbortController();
    const waiting = say(double, "a", abort.signal);
    waiting.catch(() => undefined);
    await until(() => double.requests.length === 2);
    abort.abort();
    await expect(waiting).rejects.toThrow();
    await systemClock.sleep(10);
    await clock.advance(1_000);
    expect((await first).status).toBe(200);
    await until(() => double.generating === 0);
    const runner = double.memory.runners[0];
    expect(runner?.references).toBe(0);
  });
});

describe("breaking", () => {
  const stream = (double: OllamaDouble, signal?: AbortSignal): Promise<string> =>
    fetch(`${double.url}/api/chat`, {
      method: "POST",
      body: JSON.stringify({ model: "a", messages: [{ role: "user", content: "x" }] }),
      ...(signal && { signal }),
    }).then((response) => response.text());

  test("closes before the first byte", async () => {
    const double = await start();
    double.faults.add("/api/chat", { kind: "close" });
    await expect(stream(double)).rejects.toThrow("fetch failed");
  });

  test("closes after as many lines as are told", async () => {
    const double = await start();
    double.faults.add("/api/chat", { kind: "close-midway", afterLines: 2 });
    await expect(stream(double)).rejects.toThrow("terminated");
  });

  test("ends early as if that were all", async () => {
    const double = await start();
    double.faults.add("/api/chat", { kind: "end-midway", afterLines: 2 });
    expect((await stream(double)).trim().split("\n")).toHaveLength(2);
  });

  test("says an error inside a stream", async () => {
    const double = await start();
    double.faults.add("/api/chat", { kind: "error-midway", afterLines: 1, error: "an error was encountered" });
    expect((await stream(double)).trim().split("\n").at(-1)).toBe('{"error":"an error was encountered"}');
  });

  test("stays silent after as many lines as are told, until the client leaves", async () => {
    const double = await start();
    double.faults.add("/api/chat", { kind: "hang-midway", afterLines: 1 });
    const abort = new AbortController();
    const hanging = stream(double, abort.signal);
    hanging.catch(() => undefined);
    await until(() => double.generating === 1);
    abort.abort();
    await expect(hanging).rejects.toThrow();
    await until(() => double.generating === 0);
  });

  test("fails as often as is told, newest rule first, and can be made whole", async () => {
    const double = await start();
    double.faults.add("/api/*", { kind: "answer", status: 500, body: { error: "always" } });
    const end = double.faults.add("/api/version", { kind: "answer", status: 503, body: { error: "once" } }, 1);
    expect((await ask(double, "/api/version")).status).toBe(503);
    expect((await ask(double, "/api/version")).status).toBe(500);
    end();
    double.faults.clear();
    expect((await ask(double, "/api/version")).status).toBe(200);
  });

  test("answers late", async () => {
    const clock = new ManualClock();
    const double = await start({ clock });
    double.faults.add("/api/version", { kind: "slow", delayMs: 5_000 });
    let status = 0;
    const late = ask(double, "/api/version").then((answer) => {
      status = answer.status;
    });
    await until(() => clock.pending === 1);
    expect(status).toBe(0);
    await clock.advance(5_000);
    await late;
    expect(status).toBe(200);
  });

  test("claims another digest than it has, until it is told not to", async () => {
    const double = await start();
    const digests = async (): Promise<string[]> =>
      ((await ask(double, "/api/tags")).body["models"] as { digest: string }[]).map(({ digest }) => digest);
    const [truth] = [...(await digests())].sort();
    double.claimDigest("a:latest", `sha256:${"f".repeat(64)}`);
    expect(await digests()).toContain("f".repeat(64));
    double.claimDigest("a:latest", undefined);
    expect([...(await digests())].sort()[0]).toBe(truth);
  });
});

describe("dying and coming back", () => {
  test("keeps its port and its disk, and has nothing in memory", async () => {
    const double = await start();
    const { url } = double;
    await load(double, "a", { keep_alive: -1 });
    await double.stop();
    await expect(fetch(`${url}/api/version`)).rejects.toThrow();
    await double.start();
    expect(double.url).toBe(url);
    expect(await loaded(double)).toEqual([]);
    expect(((await ask(double, "/api/tags")).body["models"] as unknown[]).length).toBe(4);
  });

  test("cuts what is in flight", async () => {
    const double = await start({ prefillMs: 20 });
    const answering = say(double, "a");
    answering.catch(() => undefined);
    await until(() => double.generating === 1);
    await double.stop();
    await expect(answering).rejects.toThrow();
  });

  test("after a long time away it has pruned what no model names", async () => {
    const double = await start();
    double.disk.partials.set(`sha256:${"a".repeat(64)}`, 10);
    double.disk.blobs.set("sha256:orphan", { kind: "model", digest: "sha256:orphan", bytes: 5 });
    await double.restart();
    expect(double.disk.blobs.has("sha256:orphan")).toBe(true);
    await double.restart({ prune: true });
    expect(double.disk.blobs.has("sha256:orphan")).toBe(false);
    expect(double.disk.partials.size).toBe(0);
  });

  test("can be of another version, and too old for a model", async () => {
    const registry = new RegistryContent();
    registry.outage = "412: \n\nThe model you are attempting to pull requires a newer version of Ollama.";
    const double = await start({ version: "0.19.0", registry });
    expect((await ask(double, "/api/version")).body).toEqual({ version: "0.19.0" });
    const { status, body } = await ask(double, "/api/pull", { model: "new", stream: false });
    expect(status).toBe(500);
    expect(body["error"]).toContain("newer version");
  });
});

test("200 doubles start, answer and stop in one process", async () => {
  const registry = new RegistryContent();
  const many = await Promise.all(Array.from({ length: 200 }, () => start({ registry })));
  const answers = await Promise.all(many.map((double) => ask(double, "/api/version")));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(new Set(many.map(({ url }) => url)).size).toBe(200);
});
