import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { PullProgress } from "../../../../operator/engines/engine.ts";
import { digestFor, lines, names, type Published, post, type TheHost } from "./host.ts";
import { until } from "./memory.ts";

/** Some 0.6 s for a tiny model: long enough for events, short enough for a suite. */
const slow = 500_000;

export function pullsContract(the: TheHost): void {
  describe("pulling", () => {
    afterEach(() => {
      const { registry } = the();
      registry.slowTo(undefined);
      registry.corrupt(false);
      registry.answerManifests(undefined);
    });

    let kept: Published;
    beforeAll(async () => {
      kept = await the().registry.publish("kept", 150);
      await the().engine.pull(kept.reference, { insecure: true });
    });

    test("what was pulled has the digest that the registry serves", async () => {
      expect(await digestFor(the().engine, kept.reference)).toBe(kept.digest);
    });

    test("progress only ever goes forward, through all phases, to the end", async () => {
      const { engine, registry } = the();
      const { reference } = await registry.publish("watched", 151);
      registry.slowTo(slow / 5);
      const seen: PullProgress[] = [];
      await engine.pull(reference, { insecure: true, onProgress: (progress) => seen.push(progress) });
      const order = ["manifest", "download", "verify", "write"];
      for (const [i, progress] of seen.entries()) {
        const before = seen[i - 1];
        if (!before) continue;
        expect(order.indexOf(progress.phase)).toBeGreaterThanOrEqual(order.indexOf(before.phase));
        expect(progress.completedBytes).toBeGreaterThanOrEqual(before.completedBytes);
        expect(progress.totalBytes).toBeGreaterThanOrEqual(before.totalBytes);
      }
      expect(new Set(seen.map((progress) => progress.phase))).toEqual(new Set(["download", "verify", "write"]));
      expect(seen.filter((progress) => progress.phase === "download").length).toBeGreaterThan(3);
    });

    test("a second pull finds every blob complete at once", async () => {
      const seen: PullProgress[] = [];
      await the().engine.pull(kept.reference, { insecure: true, onProgress: (progress) => seen.push(progress) });
      expect(seen.at(-1)?.completedBytes).toBe(seen.at(-1)?.totalBytes);
      expect(seen.at(-1)?.totalBytes).toBeGreaterThan(0);
      expect(seen.at(-1)?.layers.length).toBeGreaterThanOrEqual(2);
    });

    test("a moved tag brings the new digest, and an alias keeps the old one with its blobs", async () => {
      const { engine, registry } = the();
      const old = await registry.publish("moving", 153);
      await engine.pull(old.reference, { insecure: true });
      await engine.copy(old.reference, "commonhold/moving:old");
      const moved = await registry.publish("moving", 154);
      await engine.pull(moved.reference, { insecure: true });
      expect(await digestFor(engine, moved.reference)).toBe(moved.digest);
      expect(moved.digest).not.toBe(old.digest);
      expect(await digestFor(engine, "commonhold/moving:old")).toBe(old.digest);
      for (const blob of (await engine.inspect("commonhold/moving:old")).blobs) {
        expect(await engine.hasBlob(blob)).toBe(true);
      }
    });

    test("bytes that were changed on the way never become a model, and honest ones then do", async () => {
      const { engine, registry, isSound } = the();
      const { reference, digest } = await registry.publish("spoilt", 155);
      registry.corrupt(true);
      const pulling = engine.pull(reference, { insecure: true });
      await expect(pulling).rejects.toMatchObject({ code: "DigestMismatch", kind: "transient" });
      expect(await names(engine)).not.toContain(reference);
      registry.corrupt(false);
      await engine.pull(reference, { insecure: true });
      expect(await digestFor(engine, reference)).toBe(digest);
      expect(await isSound(reference)).toBe(true);
    });

    test("layers that came wrong in a pull that was cut are not taken for good by the next", async () => {
      const { engine, registry, isSound } = the();
      const { reference, digest } = await registry.publish("poisoned", 158);
      registry.corrupt(true);
      registry.slowTo(4 * slow);
      const abort = new AbortController();
      const cut = engine.pull(reference, {
        insecure: true,
        signal: abort.signal,
        // The second layer is on its way: the first lies there, and nobody has checked it.
        onProgress: ({ layers }) => layers.length > 1 && abort.abort(new Error("cut")),
      });
      await expect(cut).rejects.toThrow("cut");
      // Else the next pull would join what is on its way out.
      await until(async () => registry.downloading() === 0);
      registry.corrupt(false);
      registry.slowTo(undefined);
      // The part of the second layer that came wrong may be found by one more pull; that is an ordinary refusal.
      const again = await engine.pull(reference, { insecure: true }).catch((error: unknown) => error);
      if (again !== undefined) expect(again).toMatchObject({ code: "DigestMismatch" });
      await engine.pull(reference, { insecure: true });
      expect(await digestFor(engine, reference)).toBe(digest);
      expect(await isSound(reference)).toBe(true);
    });

    test("aborting ends the download on the host, and the next pull goes on from there", async () => {
      const { engine, registry } = the();
      const { reference, digest } = await registry.publish("resumed", 156);
      registry.slowTo(slow);
      const abort = new AbortController();
      let reached = 0;
      const pulling = engine.pull(reference, {
        insecure: true,
        signal: abort.signal,
        onProgress: (progress) => {
          reached = progress.completedBytes;
          if (reached > 50_000) abort.abort(new Error("the deployment was deleted"));
        },
      });
      await expect(pulling).rejects.toThrow("the deployment was deleted");
      await until(async () => registry.downloading() === 0);
      expect(await names(engine)).not.toContain(reference);
      let first: number | undefined;
      await engine.pull(reference, {
        insecure: true,
        onProgress: (progress) => {
          if (progress.phase === "download") first ??= progress.completedBytes;
        },
      });
      // Without an event the rest came within one tick.
      expect(first ?? reached).toBeGreaterThanOrEqual(50_000);
      expect(await digestFor(engine, reference)).toBe(digest);
    });

    test("two callers share one download, and it goes on when one leaves", async () => {
      const { engine, registry } = the();
      const { reference, digest } = await registry.publish("joined", 157);
      registry.slowTo(slow / 5);
      const abort = new AbortController();
      const leaving = engine.pull(reference, { insecure: true, signal: abort.signal });
      leaving.catch(() => undefined);
      await until(async () => registry.downloading() > 0);
      let most = 0;
      const staying = engine.pull(reference, {
        insecure: true,
        onProgress: (progress) => {
          most = Math.max(most, registry.downloading());
          if (progress.completedBytes > 50_000) abort.abort(new Error("left"));
        },
      });
      await expect(leaving).rejects.toThrow("left");
      await staying;
      expect(most).toBe(1);
      expect(await digestFor(engine, reference)).toBe(digest);
    });

    test("a model that the registry has not fails inside the 200, and nothing is listed", async () => {
      const host = the();
      const reference = host.registry.reference("nowhere");
      const raw = await post(host, "/api/pull", { model: reference, insecure: true });
      expect(raw).toMatchObject({ status: 200, type: "application/x-ndjson" });
      expect(lines(raw)).toEqual([
        { status: "pulling manifest" },
        { error: "pull model manifest: file does not exist" },
      ]);
      const whole = await post(host, "/api/pull", { model: reference, insecure: true, stream: false });
      expect(whole).toMatchObject({ status: 500, text: '{"error":"pull model manifest: file does not exist"}' });
      const pulling = host.engine.pull(reference, { insecure: true });
      await expect(pulling).rejects.toMatchObject({ code: "RegistryNotFound", kind: "terminal" });
      expect(await names(host.engine)).not.toContain(reference);
    });

    test("a registry where nothing listens is unreachable", async () => {
      const { engine, registry } = the();
      const pulling = engine.pull(registry.unreachable, { insecure: true });
      await expect(pulling).rejects.toMatchObject({ code: "RegistryUnreachable", kind: "transient" });
    });

    test.each([
      [403, "RegistryDenied"],
      [412, "TooOld"],
      [429, "RegistryUnreachable"],
      [500, "RegistryUnreachable"],
      [503, "RegistryUnreachable"],
    ])("a registry that answers %i is told as %s, and the model it had stays", async (status, code) => {
      const { engine, registry } = the();
      registry.answerManifests(status);
      await expect(engine.pull(kept.reference, { insecure: true })).rejects.toMatchObject({ code });
      expect(await digestFor(engine, kept.reference)).toBe(kept.digest);
    });
  });
}
