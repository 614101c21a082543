import { expect, test } from "vitest";
import { allOrNone } from "./all-or-none.ts";

/** Work that goes on until it is told to end. */
function endless(signal: AbortSignal, ended: () => void): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      ended();
      reject(new Error("told to end"));
    });
  });
}

test("both results come together", async () => {
  const both = await allOrNone(new AbortController().signal, () => [Promise.resolve(1), Promise.resolve("two")]);
  expect(both).toEqual([1, "two"]);
});

test("the first failure ends the other, and is what the person reads", async () => {
  let ended = false;
  const failing = allOrNone(new AbortController().signal, (signal) => [
    endless(signal, () => {
      ended = true;
    }),
    Promise.reject(new Error("no compiler")),
  ]);
  await expect(failing).rejects.toThrow("no compiler");
  expect(ended).toBe(true);
});

test("a stop from outside ends both", async () => {
  const stop = new AbortController();
  let ended = 0;
  const count = (): void => void ended++;
  const stopped = allOrNone(stop.signal, (signal) => [endless(signal, count), endless(signal, count)]);
  stop.abort(new Error("stopped by SIGINT"));
  await expect(stopped).rejects.toThrow("told to end");
  expect(ended).toBe(2);
});
