import { describe, expect, test } from "vitest";
import { asked, engineFor, hostWith } from "../../../test/doubles/ollama/engines.fixture.ts";
import { ManualClock } from "../../clock/manual.ts";
import { systemClock } from "../../clock/system.ts";
import type { Engine } from "../engine.ts";

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
