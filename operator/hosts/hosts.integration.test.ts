import { describe, expect } from "vitest";
import { eventually, test } from "../../test/hosts/test.ts";
import { ManualClock } from "../clock/manual.ts";
import { systemClock } from "../clock/system.ts";

describe("a host that answers", () => {
  test("is ready, with what it says of itself", async ({ community }) => {
    const ollama = await community.ollama({ version: "0.24.0" });
    ollama.settings.registry.put("tinyllama:latest");
    ollama.give("tinyllama:latest");
    const name = await community.host("a", ollama.url, { memoryShare: 50 } as never);
    const { directory } = await community.operator();
    const host = await eventually("the status says Ready", async () => {
      const object = await community.readHost(name);
      return object?.status?.state === "Ready" && object;
    });
    expect(host.status).toMatchObject({
      version: "0.24.0",
      summary: "0 B of 4.0 GiB",
      memory: { capacityBytes: 8 * 2 ** 30, allowedBytes: 4 * 2 ** 30, usedBytes: 0 },
      models: [{ name: "tinyllama:latest", ours: false }],
      modelCount: 0,
    });
    expect(directory.synced).toBe(true);
    expect(directory.get(name)).toMatchObject({ reachable: true, ready: true, version: "0.24.0" });
    expect(host.metadata.finalizers).toBeUndefined();
  });

  test("is asked again and again, and its status is not written again while nothing changes", async ({ community }) => {
    const ollama = await community.ollama();
    const name = await community.host("a", ollama.url);
    const operator = await community.operator();
    await eventually("ready", () => operator.directory.get(name)?.ready);
    const written = await eventually(
      "written",
      async () => (await community.readHost(name))?.status && community.readHost(name),
    );
    const asked = ollama.requests.length;
    await eventually("asked five times more", () => ollama.requests.length > asked + 15);
    expect((await community.readHost(name))?.metadata.resourceVersion).toBe(written?.metadata.resourceVersion);
    expect(operator.writes.count).toBe(1);
  });

  test("a model that appears on its disk shows in view and status, and listeners hear of it", async ({ community }) => {
    const ollama = await community.ollama();
    const name = await community.host("a", ollama.url);
    const { directory } = await community.operator();
    await eventually("ready", () => directory.get(name)?.ready);
    const heard: string[] = [];
    directory.onChange((change) => change.name === name && heard.push(...change.events));
    ollama.settings.registry.put("tinyllama:latest");
    ollama.give("tinyllama:latest");
    const view = await directory.refresh(name);
    expect(view?.models.map((model) => model.name)).toEqual(["tinyllama:latest"]);
    expect(heard).toContain("HostDisk");
    await eventually("in the status", async () => (await community.readHost(name))?.status?.models?.length === 1);
  });
});

describe("a host that does not answer", () => {
  test("is away, told once, and ready again when it is back", async ({ community }) => {
    const ollama = await community.ollama();
    const name = await community.host("a", ollama.url);
    const { directory } = await community.operator();
    await eventually("ready", async () => (await community.readHost(name))?.status?.state === "Ready");
    await ollama.stop();
    await eventually("away", async () => (await community.readHost(name))?.status?.state === "Away");
    expect(await community.condition(name, "Reachable")).toMatchObject({
      status: "False",
      reason: "NotAnswering",
      message: expect.stringMatching(/refused the connection/),
    });
    expect(directory.get(name)).toMatchObject({ reachable: false, ready: false });
    await ollama.start();
    await eventually("back", async () => (await community.readHost(name))?.status?.state === "Ready");
    await eventually("both told", async () => {
      const told = await community.events(name);
      return told.includes("HostLost") && told.includes("HostBack");
    });
    expect((await community.events(name)).filter((reason) => reason === "HostLost")).toHaveLength(1);
  });

  test("one that takes every question and answers none does not hold up another", async ({ community }) => {
    const slow = await community.ollama();
    slow.faults.add("/api/*", { kind: "hang" });
    const fast = await community.ollama();
    const slowName = await community.host("slow", slow.url);
    const fastName = await community.host("fast", fast.url);
    const { directory } = await community.operator({ limits: { questionTimeoutMs: 20_000, probeTimeoutMs: 40_000 } });
    await eventually("fast is ready", () => directory.get(fastName)?.ready);
    // The slow one has not been given up yet.
    expect(directory.synced).toBe(false);
    await eventually("slow is away", () => directory.get(slowName)?.placement.notReady?.reason === "NotAnswering");
    expect(directory.synced).toBe(true);
  });

  test("one that comes and goes is left alone for a while", async ({ community }) => {
    const ollama = await community.ollama();
    const name = await community.host("a", ollama.url);
    const { directory } = await community.operator({ limits: { lossesMax: 2, unstableBaseMs: 60_000 } });
    for (let loss = 0; loss < 2; loss++) {
      await eventually("up", () => directory.get(name)?.reachable);
      await ollama.stop();
      await eventually("down", () => directory.get(name)?.reachable === false);
      await ollama.start();
    }
    await eventually("unstable", async () => (await community.condition(name, "Unstable"))?.status === "True");
    expect(directory.get(name)?.placement.backOff?.failures).toBe(2);
    expect((await community.readHost(name))?.status?.state).toBe("Unstable");
  });

  test("something else that answers there is not taken for an engine", async ({ community }) => {
    const ollama = await community.ollama();
    ollama.faults.add("/api/version", { kind: "answer", status: 200, body: "<html>It works!</html>" });
    const name = await community.host("a", ollama.url);
    await community.operator();
    await eventually("bad answer", async () => (await community.condition(name, "Reachable"))?.reason === "BadAnswer");
  });
});

describe("the owner's will", () => {
  test("a pause shows, moves what runs, and is no illness", async ({ community }) => {
    const ollama = await community.ollama();
    const name = await community.host("a", ollama.url);
    const { directory } = await community.operator();
    await eventually("ready", () => directory.get(name)?.ready);
    await community.patchHost(name, { spec: { pause: true } });
    await eventually("paused", async () => (await community.readHost(name))?.status?.state === "Paused");
    expect(await community.condition(name, "Ready")).toMatchObject({
      status: "True",
      reason: "PausedByOwner",
      message:
        "Ollama 0.24.0 answers; paused by its owner alice: nothing new is placed there and what runs moves away.",
    });
    expect(directory.get(name)?.placement.paused).toBeDefined();
    await community.patchHost(name, { spec: { pause: false } });
    await eventually("on again", async () => (await community.readHost(name))?.status?.state === "Ready");
    expect(directory.get(name)?.placement.paused).toBeUndefined();
  });

  test("quiet hours begin and end by the owner's clock", async ({ community }) => {
    const clock = new ManualClock(Date.parse("2026-10-24T19:59:00Z"));
    community.clockAhead(Math.max(0, Date.parse("2026-10-26T00:00:00Z") - systemClock.now()));
    const ollama = await community.ollama();
    const quietHours = [{ start: "22:00", end: "07:00", timeZone: "Europe/Berlin" }];
    const name = await community.host("a", ollama.url, { quietHours } as never);
    const operator = await community.operator({ clock });
    const { directory } = operator;
    await eventually("ready", async () => (await community.readHost(name))?.status?.state === "Ready" && operator.idle);
    expect(directory.get(name)?.placement.quiet).toBeUndefined();
    await clock.advance(60_000);
    await eventually("quiet", async () => (await community.readHost(name))?.status?.state === "Quiet" && operator.idle);
    // The clock is turned back in this night: it is an hour longer.
    expect(directory.get(name)?.placement.quiet).toMatchObject({ until: Date.parse("2026-10-25T06:00:00Z") });
    await clock.advance(10 * 3_600_000);
    await eventually("open", async () => (await community.readHost(name))?.status?.state === "Ready");
    expect(directory.get(name)?.placement.quiet).toBeUndefined();
  });

  test("quiet hours in a zone that does not exist are told, and nothing is placed meanwhile", async ({ community }) => {
    const ollama = await community.ollama();
    const quietHours = [{ start: "22:00", end: "07:00", timeZone: "Europe/Berln" }];
    const name = await community.host("a", ollama.url, { quietHours } as never);
    const { directory } = await community.operator();
    const stalled = await eventually("stalled", async () => {
      const found = await community.condition(name, "Stalled");
      return found?.status === "True" && found;
    });
    expect(stalled.message).toMatch(/Europe\/Berln.*is Europe\/Berlin meant/);
    expect(directory.get(name)?.placement.notReady?.reason).toBe("UnknownTimeZone");
  });
});

describe("hardware", () => {
  test("is compared with what discovery wrote on the Node; the smaller memory counts, and it is told", async ({
    community,
  }) => {
    const ollama = await community.ollama();
    const node = await community.node("gpu1", {
      "nvidia.com/gpu.memory": "24576",
      "nvidia.com/gpu.product": "RTX-3090",
    });
    const hardware = { accelerator: "nvidia", memory: "48Gi" };
    const name = await community.host("a", ollama.url, { hardware, node } as never);
    const { directory } = await community.operator();
    const known = await eventually("compared", async () => {
      const found = await community.condition(name, "MemoryKnown");
      return found?.reason === "Differs" && found;
    });
    expect(known.message).toBe("The spec declares 48.0 GiB, its Node has 24.0 GiB; 24.0 GiB counts.");
    expect(directory.get(name)?.placement.memory.allowedBytes).toBe(24 * 2 ** 30);
    await eventually("told", async () => (await community.events(name)).includes("HardwareDiffers"));
  });
});

describe("what kubectl shows", () => {
  test("reads like something people want to look at", async ({ community, kubectl }) => {
    const ollama = await community.ollama();
    const ready = await community.host("a", ollama.url);
    const away = await community.host("b", "http://127.0.0.1:1");
    await community.operator();
    await eventually("both known", async () => {
      const states = await Promise.all(
        [ready, away].map(async (name) => (await community.readHost(name))?.status?.state),
      );
      return states.join() === "Ready,Away";
    });
    const table = await kubectl(["get", "mh", ready, away]);
    const rows = table
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/ {2,}/));
    expect(rows[0]).toEqual(["NAME", "OWNER", "LAYER", "STATE", "MEMORY", "MODELS", "VERSION", "AGE"]);
    expect(rows[1]?.slice(0, 7)).toEqual([ready, "alice", "community", "Ready", "0 B of 8.0 GiB", "0", "0.24.0"]);
    expect(rows[2]?.slice(0, 5)).toEqual([away, "alice", "community", "Away", "0 B of 8.0 GiB"]);
  });
});
