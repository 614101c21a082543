import { afterEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import { ask, Doubles, load, loaded, say, until } from "./doubles.fixture.ts";

const doubles = new Doubles();
const start = doubles.start.bind(doubles);
afterEach(() => doubles.stop());

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
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
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
