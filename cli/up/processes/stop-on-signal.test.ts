import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { type SignalSource, stopOnSignal } from "./stop-on-signal.ts";

function world() {
  const emitter = new EventEmitter();
  const exits: number[] = [];
  const clock = new ManualClock();
  const source = Object.assign(emitter, { exit: (code: number) => void exits.push(code) }) as unknown as SignalSource;
  const stop = stopOnSignal(clock, source);
  return { stop, clock, exits, emitter, press: (name: string) => emitter.emit(name, name) };
}

test.each(["SIGINT", "SIGTERM", "SIGHUP"])("%s asks for a stop in order", (name) => {
  const { stop, exits, press } = world();
  press(name);
  expect(stop.signal.aborted).toBe(true);
  expect(String(stop.signal.reason)).toContain(`stopped by ${name}`);
  expect(exits).toEqual([]);
});

test("one press that arrives twice, from the terminal and from npm, is one", async () => {
  const { clock, exits, press } = world();
  press("SIGINT");
  await clock.advance(50);
  press("SIGINT");
  expect(exits).toEqual([]);
});

test("another press ends at once", async () => {
  const { clock, exits, press } = world();
  press("SIGINT");
  await clock.advance(500);
  press("SIGINT");
  expect(exits).toEqual([130]);
});

test("a terminal that is gone is not impatient", async () => {
  const { clock, exits, press } = world();
  press("SIGHUP");
  await clock.advance(5_000);
  press("SIGHUP");
  expect(exits).toEqual([]);
});

test("a stop can be asked for without a signal, and the first reason stays", () => {
  const { stop, press } = world();
  stop.now(new Error("nobody reads"));
  press("SIGINT");
  expect(stop.signal.reason).toEqual(new Error("nobody reads"));
});

test("once released, signals have their usual effect again", () => {
  const { stop, emitter } = world();
  stop.release();
  expect(["SIGINT", "SIGTERM", "SIGHUP"].map((name) => emitter.listenerCount(name))).toEqual([0, 0, 0]);
});
