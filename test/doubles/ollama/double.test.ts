import { afterEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import type { OllamaDouble } from "./double.ts";
import { ask, Doubles, load, loaded, say, until } from "./doubles.fixture.ts";
import { RegistryContent } from "./registry.ts";

const doubles = new Doubles();
const start = doubles.start.bind(doubles);
afterEach(() => doubles.stop());

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

test("100 doubles start, answer and stop in one process", async () => {
  const registry = new RegistryContent();
  const many = await Promise.all(Array.from({ length: 100 }, () => start({ registry })));
  const answers = await Promise.all(many.map((double) => ask(double, "/api/version")));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(new Set(many.map(({ url }) => url)).size).toBe(100);
});
