import { expect, test } from "vitest";
import { type RunningOptions, untilStopped } from "./running.ts";

const never = new Promise<never>(() => undefined);

function bench(options: Partial<RunningOptions> = {}) {
  const told: unknown[] = [];
  const stopping = new AbortController();
  const until = new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
  const close = async (): Promise<void> => void told.push(`closed, ${stopping.signal.reason.message}`);
  const onFailed = (error: unknown): void => void told.push(error);
  return { told, ...untilStopped({ stopping, reason: "it stops", work: until, onFailed, close, ...options }) };
}

test("a stop ends the work first and closes after it, once, however often it is asked for", async () => {
  const running = bench();
  await Promise.all([running.stop(), running.stop()]);
  await running.stop();
  expect(running.told).toEqual(["closed, it stops"]);
  expect(await Promise.race([running.failed, Promise.resolve("goes on")])).toBe("goes on");
});

test("work that fails is told by `failed`, and once more by the stop, which closes all the same", async () => {
  const broken = new Error("broken");
  const running = bench({ work: Promise.reject(broken) });
  await expect(running.failed).rejects.toBe(broken);
  await running.stop();
  expect(running.told).toEqual([broken, "closed, it stops"]);
});

test("a close that fails is told to everybody who stops", async () => {
  const running = bench({ close: () => Promise.reject(new Error("a socket is left")) });
  await expect(Promise.all([running.stop(), never])).rejects.toThrow("a socket is left");
  await expect(running.stop()).rejects.toThrow("a socket is left");
});
