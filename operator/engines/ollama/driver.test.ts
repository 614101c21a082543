import { afterEach, describe, expect, test } from "vitest";
import { type OllamaDouble, startOllamaDouble } from "../../../test/doubles/ollama/double.ts";
import type { OllamaDoubleSettings } from "../../../test/doubles/ollama/settings.ts";
import { ManualClock } from "../../clock/manual.ts";
import { systemClock } from "../../clock/system.ts";
import type { Engine, HostEndpoint } from "../engine.ts";
import { ollamaEngine } from "./driver.ts";

const started: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

async function hostWith(settings: Partial<OllamaDoubleSettings> = {}): Promise<OllamaDouble> {
  const double = await startOllamaDouble(settings);
  double.settings.registry.put("tiny");
  double.give("tiny");
  started.push(double);
  return double;
}

function engineFor(
  double: OllamaDouble,
  clock: ManualClock | typeof systemClock = systemClock,
  endpoint: Partial<HostEndpoint> = {},
): Engine {
  const engine = ollamaEngine({ url: double.url, ...endpoint }, { clock });
  started.unshift({ stop: () => engine.close() });
  return engine;
}

/** Until the host has the request, so that time can be moved. */
async function asked(double: OllamaDouble, path: string): Promise<void> {
  while (!double.requests.some((request) => request.path === path)) await systemClock.sleep(2);
}

/** Every call, and the path that it asks. */
const calls: [call: string, path: string, act: (engine: Engine, signal?: AbortSignal) => Promise<unknown>][] = [
  ["version", "/api/version", (engine, signal) => engine.version(options(signal))],
  ["models", "/api/tags", (engine, signal) => engine.models(options(signal))],
  ["loaded", "/api/ps", (engine, signal) => engine.loaded(options(signal))],
  ["inspect", "/api/show", (engine, signal) => engine.inspect("tiny", options(signal))],
  ["copy", "/api/copy", (engine, signal) => engine.copy("tiny", "other", options(signal))],
  ["remove", "/api/delete", (engine, signal) => engine.remove("tiny", options(signal))],
  ["load", "/api/generate", (engine, signal) => engine.load("tiny", options(signal))],
  ["unload", "/api/generate", (engine, signal) => engine.unload("tiny", options(signal))],
  ["probe", "/api/generate", (engine, signal) => engine.probe("tiny", options(signal))],
  ["create", "/api/create", (engine, signal) => engine.create({ name: "made", from: "tiny" }, options(signal))],
  ["pull", "/api/pull", (engine, signal) => engine.pull("fresh", options(signal))],
  [
    "hasBlob",
    `/api/blobs/sha256:${"0".repeat(64)}`,
    (engine, signal) => engine.hasBlob(`sha256:${"0".repeat(64)}`, options(signal)),
  ],
  [
    "putBlob",
    `/api/blobs/sha256:${"1".repeat(64)}`,
    (engine, signal) => engine.putBlob(`sha256:${"1".repeat(64)}`, once(), 1, options(signal)),
  ],
];

function options(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

async function* once(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("x");
}

describe("a host that answers nothing", () => {
  test.each(calls)("%s is ended by its bound, and leaves no timer", async (_, path, act) => {
    const double = await hostWith();
    const clock = new ManualClock();
    const engine = engineFor(double, clock);
    double.faults.add(path, { kind: "hang" });
    const call = act(engine).catch((error: unknown) => error);
    await asked(double, path);
    await clock.advance(31 * 60_000);
    const failure = await call;
    expect(failure).toMatchObject({ kind: "transient" });
    expect(["Timeout", "Stalled"]).toContain((failure as { code: string }).code);
    expect(clock.pending).toBe(0);
  });

  test.each(calls)("%s ends at once when its caller aborts, with the caller's reason", async (_, path, act) => {
    const double = await hostWith();
    const clock = new ManualClock();
    const engine = engineFor(double, clock);
    double.faults.add(path, { kind: "hang" });
    const abort = new AbortController();
    const call = act(engine, abort.signal);
    call.catch(() => undefined);
    await asked(double, path);
    abort.abort(new Error("the operator stops"));
    await expect(call).rejects.toThrow("the operator stops");
    expect(clock.pending).toBe(0);
  });

  test.each(calls)("%s that is aborted before it begins asks nothing", async (_, path, act) => {
    const double = await hostWith();
    const engine = engineFor(double);
    await expect(act(engine, AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
    expect(double.requests.filter((request) => request.path === path)).toEqual([]);
  });

  test("closing the engine ends what is in flight, and what comes later is refused", async () => {
    const double = await hostWith();
    const engine = engineFor(double);
    double.faults.add("/api/generate", { kind: "hang" });
    const load = engine.load("tiny");
    load.catch(() => undefined);
    await asked(double, "/api/generate");
    await engine.close();
    await expect(load).rejects.toMatchObject({ code: "Unreachable" });
    await expect(engine.version()).rejects.toMatchObject({ code: "Unreachable" });
    await engine.close();
  });
});

describe("a host that breaks", () => {
  const reading = calls.filter(([call]) => call !== "hasBlob");

  test.each(calls)("%s: it closes before its first byte", async (_, path, act) => {
    const double = await hostWith();
    double.faults.add(path, { kind: "close" });
    await expect(act(engineFor(double))).rejects.toMatchObject({ code: "Unreachable", kind: "transient" });
  });

  test.each(calls)("%s: it is not there at all", async (_, __, act) => {
    const double = await hostWith();
    const engine = engineFor(double);
    await double.stop();
    await expect(act(engine)).rejects.toMatchObject({
      code: "Unreachable",
      message: expect.stringContaining("refused"),
    });
  });

  test.each(reading)("%s: it fails with a page of a proxy", async (_, path, act) => {
    const double = await hostWith();
    const page = "<html><h1>502 Bad Gateway</h1></html>";
    double.faults.add(path, { kind: "answer", status: 502, body: page, contentType: "text/html" });
    await expect(act(engineFor(double))).rejects.toMatchObject({ code: "Unreachable", status: 502 });
  });

  test.each(reading)("%s: it wants a token that we have not", async (_, path, act) => {
    const double = await hostWith();
    double.faults.add(path, { kind: "answer", status: 401, body: { error: "missing bearer token" } });
    await expect(act(engineFor(double))).rejects.toMatchObject({ code: "Denied", kind: "terminal" });
  });

  const parsing = calls.filter(([call]) => !["hasBlob", "putBlob", "copy", "remove"].includes(call));
  test.each(parsing)("%s: it answers 200 and something else", async (_, path, act) => {
    const double = await hostWith();
    double.faults.add(path, { kind: "answer", status: 200, body: "<html>welcome</html>" });
    await expect(act(engineFor(double))).rejects.toMatchObject({ code: "BadResponse" });
  });

  test.each([
    ["/api/tags", (engine: Engine) => engine.models()],
    ["/api/show", (engine: Engine) => engine.inspect("tiny")],
    ["/api/generate", (engine: Engine) => engine.probe("tiny")],
  ])("%s: it closes in the middle of a whole answer", async (path, act) => {
    const double = await hostWith();
    double.faults.add(path, { kind: "close-midway", afterLines: 0 });
    await expect(act(engineFor(double))).rejects.toMatchObject({ code: "Unreachable" });
  });

  test("it answers half and then nothing: ended by the idle bound", async () => {
    const double = await hostWith();
    const clock = new ManualClock();
    double.faults.add("/api/tags", { kind: "hang-midway", afterLines: 0 });
    const call = engineFor(double, clock)
      .models()
      .catch((error: unknown) => error);
    await asked(double, "/api/tags");
    await clock.advance(20_000);
    expect(await call).toMatchObject({ code: "Timeout", message: expect.stringContaining("15 s") });
  });

  test("a host that restarts is asked again over a new connection", async () => {
    const double = await hostWith();
    const engine = engineFor(double);
    await engine.version();
    await double.restart();
    // A pooled connection that died meanwhile may cost one call.
    await engine.version().catch(() => undefined);
    expect(await engine.version()).toBe("0.24.0");
  });
});

describe("asking", () => {
  test("sends the bearer and nothing that names us further", async () => {
    const double = await hostWith();
    await engineFor(double, systemClock, { bearer: "s3cret" }).models();
    await engineFor(double).models();
    expect(double.requests.map((request) => request.authorization)).toEqual(["Bearer s3cret", undefined]);
  });

  test("works below a path prefix", async () => {
    const double = await hostWith();
    double.faults.add("/hosts/a/api/version", { kind: "answer", status: 200, body: { version: "0.24.0" } });
    expect(await engineFor(double, systemClock, { url: `${double.url}/hosts/a/` }).version()).toBe("0.24.0");
  });

  test("is told in milliseconds by our clock how long a host took", async () => {
    const double = await hostWith();
    const clock = new ManualClock();
    double.faults.add("/api/version", { kind: "hang" }, 1);
    const slow = engineFor(double, clock).health({ timeoutMs: 60_000 });
    slow.catch(() => undefined);
    await asked(double, "/api/version");
    await clock.advance(16_000);
    await expect(slow).rejects.toMatchObject({ code: "Timeout" });
    expect(await engineFor(double, clock).health()).toEqual({ version: "0.24.0", answeredInMs: 0 });
  });

  test("a caller's own bound replaces the driver's", async () => {
    const double = await hostWith();
    const clock = new ManualClock();
    double.faults.add("/api/generate", { kind: "hang" });
    const load = engineFor(double, clock)
      .load("tiny", { timeoutMs: 2_000 })
      .catch((error: unknown) => error);
    await asked(double, "/api/generate");
    await clock.advance(2_000);
    expect(await load).toMatchObject({ code: "Timeout", message: "loading tiny took longer than 2 s" });
  });
});

describe("loading", () => {
  test.each([
    ["forever", -1],
    [90_000, "90000ms"],
    [0, "0ms"],
  ] as const)("a keep-alive of %s is what the host keeps", async (keepAliveMs, _) => {
    const double = await hostWith();
    const engine = engineFor(double);
    await engine.load("tiny", { keepAliveMs, context: 512 });
    const [found] = await engine.loaded();
    if (keepAliveMs === 0) expect(found).toBeUndefined();
    else if (keepAliveMs === "forever") expect(found?.expiresAt).toBe("never");
    else expect(Number(found?.expiresAt) - systemClock.now()).toBeGreaterThan(80_000);
  });

  test("an abort takes the half-loaded model out again", async () => {
    const double = await hostWith({ loadMs: 60_000 });
    const engine = engineFor(double);
    const abort = new AbortController();
    const load = engine.load("tiny", { signal: abort.signal });
    load.catch(() => undefined);
    while (double.memory.runners.length === 0) await systemClock.sleep(2);
    expect(await engine.loaded()).toHaveLength(1);
    abort.abort(new Error("not wanted"));
    await expect(load).rejects.toThrow("not wanted");
    while (double.memory.runners.length > 0) await systemClock.sleep(2);
  });

  test.each([
    ["too little memory", "model requires more system memory (24.0 GiB) than is available (11.2 GiB)", "OutOfMemory"],
    ["a runner that died", "llama runner process has terminated: signal: killed", "OutOfMemory"],
    ["a runner that hangs", "timed out waiting for llama runner to start - progress 0.00 - ", "HostFailed"],
  ])("%s is told by its own name, with the host's words", async (_, words, code) => {
    const double = await hostWith();
    double.memory.failure = words;
    await expect(engineFor(double).load("tiny")).rejects.toMatchObject({ code, hostSaid: words.trim() });
  });

  test("a probe that generated nothing is none", async () => {
    const double = await hostWith();
    const body = { model: "tiny", response: "", done: true, done_reason: "stop" };
    double.faults.add("/api/generate", { kind: "answer", status: 200, body });
    await expect(engineFor(double).probe("tiny")).rejects.toMatchObject({ code: "HostFailed" });
  });

  test("what a probe generated is safe to print and short", async () => {
    const double = await hostWith({ reply: () => [`\u001b[31m${"x".repeat(10_000)}`] });
    const { text } = await engineFor(double).probe("tiny");
    expect(text.length).toBeLessThanOrEqual(200);
    expect(text).not.toMatch(/\p{Cc}/u);
  });

  test("a load that the host says is not done is none", async () => {
    const double = await hostWith();
    double.faults.add("/api/generate", { kind: "answer", status: 200, body: { done: false } });
    await expect(engineFor(double).load("tiny")).rejects.toMatchObject({ code: "BadResponse" });
  });
});
