import { describe, expect, test } from "vitest";
import type { OllamaDouble } from "../../../test/doubles/ollama/double.ts";
import { until } from "../../../test/doubles/ollama/doubles.fixture.ts";
import { asked, emptyHost, engineFor } from "../../../test/doubles/ollama/engines.fixture.ts";
import { parseName } from "../../../test/doubles/ollama/names.ts";
import type { OllamaDoubleSettings } from "../../../test/doubles/ollama/settings.ts";
import { ManualClock } from "../../clock/manual.ts";
import { systemClock } from "../../clock/system.ts";
import type { Engine, PullProgress } from "../engine.ts";

async function start(settings: Partial<OllamaDoubleSettings> = {}): Promise<{ double: OllamaDouble; engine: Engine }> {
  const double = await emptyHost(settings);
  return { double, engine: engineFor(double, settings.clock) };
}

const arrivalMsMax = 250;
const holdAs = "commonhold/chat-5f3a9c01:b-2ab46a81f0c3";

describe("a pull that does not come on", () => {
  test("is stalled when no byte of any layer comes, however often the host says so", async () => {
    const clock = new ManualClock();
    const { double, engine } = await start({ clock, pullBytesPerSecond: 1_000, tickMs: 1_000 });
    double.settings.registry.put("large", { bytes: 1_000_000 });
    const seen: PullProgress[] = [];
    const call = engine.pull("large", { onProgress: (one) => seen.push(one) }).catch((error: unknown) => error);
    await until(() => double.downloads.running === 1);
    await clock.advance(6_000);
    await until(() => seen.length > 5);
    double.downloads.frozen = true;
    for (let second = 0; second < 185; second++) await clock.advance(1_000);
    expect(await call).toMatchObject({ code: "Stalled", kind: "transient", message: expect.stringContaining("180 s") });
    await until(() => double.downloads.running === 0);
    expect(double.disk.list()).toEqual([]);
  });

  test("is not stalled while a slow one comes on", async () => {
    const clock = new ManualClock();
    const { double, engine } = await start({ clock, pullBytesPerSecond: 100, tickMs: 10_000 });
    double.settings.registry.put("slow", { bytes: 100_000 });
    let events = 0;
    let done = false;
    const call = engine.pull("slow", { holdAs, stallTimeoutMs: 30_000, onProgress: () => events++ }).finally(() => {
      done = true;
    });
    await until(() => double.downloads.running === 1);
    for (let i = 0; i < 120 && !done; i++) {
      const before = events;
      await clock.advance(10_000);
      // The event travels over a socket, which the clock does not move.
      const deadline = systemClock.now() + arrivalMsMax;
      await until(() => done || events > before || systemClock.now() > deadline);
    }
    await call;
    expect(double.disk.list()).toHaveLength(1);
  });

  test.each([
    ["before the manifest", { kind: "hang-midway", afterLines: 1 }, 180_000],
    ["while it hashes nothing", { kind: "hang-midway", afterLines: 2 }, 180_000],
  ] as const)("is stalled by silence %s", async (_, fault, afterMs) => {
    const clock = new ManualClock();
    const { double, engine } = await start({ clock });
    double.settings.registry.put("tiny");
    double.faults.add("/api/pull", fault);
    let failure: unknown;
    void engine.pull("tiny").catch((error: unknown) => {
      failure = error;
    });
    await asked(double, "/api/pull");
    // A line that was still on its way begins the silence anew.
    await until(async () => {
      if (failure === undefined) await clock.advance(afterMs + 1_000);
      return failure !== undefined;
    });
    expect(failure).toMatchObject({ code: "Stalled" });
    expect(clock.pending).toBe(0);
  });

  test("may be silent for as long as a slow disk takes to hash what came", async () => {
    const clock = new ManualClock();
    const { double, engine } = await start({ clock, pullBytesPerSecond: 1e12 });
    const bytes = 40 * 1024 ** 3;
    double.settings.registry.put("huge", { bytes });
    // The manifest, the weights' and the config's events, and the one that says that it hashes.
    double.faults.add("/api/pull", { kind: "hang-midway", afterLines: 4 });
    const seen: PullProgress[] = [];
    let failure: unknown;
    const call = engine.pull("huge", { onProgress: (one) => seen.push(one) }).catch((error: unknown) => {
      failure = error;
    });
    await until(() => double.downloads.running === 1);
    while (seen.at(-1)?.phase !== "verify") {
      await clock.advance(60);
      await systemClock.sleep(2);
    }
    await clock.advance(30 * 60_000);
    expect(failure).toBeUndefined();
    await clock.advance(10 * 60_000);
    await call;
    expect(failure).toMatchObject({ code: "Stalled", message: expect.stringContaining("checking") });
  });
});

describe("a pull that breaks", () => {
  test.each([
    ["the connection is cut", { kind: "close-midway", afterLines: 1 }, "Unreachable"],
    ["the answer ends without a result", { kind: "end-midway", afterLines: 2 }, "BadResponse"],
    [
      "the host says so inside the 200",
      { kind: "error-midway", afterLines: 1, error: "write x: no space left on device" },
      "DiskFull",
    ],
    [
      "a line is not JSON",
      { kind: "answer", status: 200, body: '{"status":"pulling manifest"}\nboom\n' },
      "BadResponse",
    ],
    ["the host has no room for it", { kind: "answer", status: 503, body: { error: "busy" } }, "Busy"],
  ] as const)("%s", async (_, fault, code) => {
    const { double, engine } = await start();
    double.settings.registry.put("tiny");
    double.faults.add("/api/pull", fault, 1);
    await expect(engine.pull("tiny")).rejects.toMatchObject({ code, kind: "transient" });
    await engine.pull("tiny");
    expect(double.disk.list()).toHaveLength(1);
  });

  test("a disk without room is told, what came is kept, and room heals it", async () => {
    const { double, engine } = await start({ pullBytesPerSecond: 10_000_000, tickMs: 5, diskBytes: 300_000 });
    const { digest } = double.settings.registry.put("tiny");
    const failure = await engine.pull("tiny").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "DiskFull", hostSaid: expect.stringContaining("no space left on device") });
    double.disk.capacityBytes = Number.POSITIVE_INFINITY;
    await engine.pull("tiny");
    expect((await engine.models())[0]?.digest).toBe(digest);
  });

  test("a listener that throws is the caller's error, and ends the pull", async () => {
    const { double, engine } = await start();
    double.settings.registry.put("tiny");
    const onProgress = (): void => {
      throw new Error("a mistake of ours");
    };
    await expect(engine.pull("tiny", { onProgress })).rejects.toThrow("a mistake of ours");
  });
});

describe("layers that were there before the pull", () => {
  const template = "shared by two models";

  test("are renewed when nobody vouches for them, and the weights are downloaded once", async () => {
    const { double, engine } = await start({ pullBytesPerSecond: 20_000_000, tickMs: 5 });
    const { registry } = double.settings;
    const manifest = registry.put("tiny", { bytes: 1_000_000, template });
    const poisoned = manifest.layers[1]!;
    double.disk.blobs.set(poisoned.digest, { ...poisoned, spoilt: true });
    await engine.pull("tiny", { holdAs });
    expect(double.disk.isSpoilt(parseName("tiny"))).toBe(false);
    expect((await engine.models()).map(({ name, digest }) => ({ name, digest }))).toEqual([
      { name: "tiny:latest", digest: manifest.digest },
    ]);
    expect(double.requests.filter(({ path }) => path === "/api/pull")).toHaveLength(2);
  });

  test("are renewed without a name to hold the weights by downloading all of it once more, and nothing is named", async () => {
    const { double, engine } = await start({ pullBytesPerSecond: 20_000_000, tickMs: 5 });
    const manifest = double.settings.registry.put("tiny", { bytes: 1_000_000, template });
    const poisoned = manifest.layers[1]!;
    double.disk.blobs.set(poisoned.digest, { ...poisoned, spoilt: true });
    await engine.pull("tiny");
    expect(double.disk.isSpoilt(parseName("tiny"))).toBe(false);
    expect(double.requests.filter(({ path }) => path === "/api/create")).toEqual([]);
    expect((await engine.models()).map(({ name }) => name)).toEqual(["tiny:latest"]);
  });

  test("stay where another model holds them, and are not downloaded again for it", async () => {
    const { double, engine } = await start({ pullBytesPerSecond: 20_000_000, tickMs: 5 });
    const { registry } = double.settings;
    registry.put("first", { template });
    registry.put("second", { template });
    await engine.pull("first");
    await engine.pull("second");
    expect((await engine.models()).map(({ name }) => name).sort()).toEqual(["first:latest", "second:latest"]);
  });

  test("are left alone where the model was already listed with this digest", async () => {
    const { double, engine } = await start();
    double.settings.registry.put("tiny");
    await engine.pull("tiny");
    await engine.pull("tiny");
    expect(double.requests.filter(({ path }) => path === "/api/pull")).toHaveLength(2);
    expect(double.requests.filter(({ path }) => path === "/api/delete")).toEqual([]);
  });

  test("an abort while they are renewed ends at once", async () => {
    const { double, engine } = await start({ pullBytesPerSecond: 20_000_000, tickMs: 5 });
    const manifest = double.settings.registry.put("tiny", { template });
    double.disk.blobs.set(manifest.layers[1]!.digest, { ...manifest.layers[1]!, spoilt: true });
    double.faults.add("/api/delete", { kind: "hang" }, 1);
    const abort = new AbortController();
    const call = engine.pull("tiny", { holdAs, signal: abort.signal });
    call.catch(() => undefined);
    await asked(double, "/api/delete");
    abort.abort(new Error("stop"));
    await expect(call).rejects.toThrow("stop");
    await until(() => !double.disk.list().some(({ name }) => name.namespace === "commonhold"));
  });

  test("a host that says that it pulled and never lists it is not believed", async () => {
    const { double, engine } = await start();
    double.settings.registry.put("tiny");
    double.faults.add("/api/pull", { kind: "answer", status: 200, body: '{"status":"success"}\n' });
    await expect(engine.pull("tiny")).rejects.toMatchObject({ code: "BadResponse" });
  });
});
