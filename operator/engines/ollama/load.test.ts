import { describe, expect, test } from "vitest";
import { until } from "../../../test/doubles/ollama/doubles.fixture.ts";
import { engineFor, hostWith } from "../../../test/doubles/ollama/engines.fixture.ts";
import { systemClock } from "../../clock/system.ts";

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
    await until(() => double.memory.runners.length > 0);
    expect(await engine.loaded()).toHaveLength(1);
    abort.abort(new Error("not wanted"));
    await expect(load).rejects.toThrow("not wanted");
    await until(() => double.memory.runners.length === 0);
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
