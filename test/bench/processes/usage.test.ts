import { expect, test } from "vitest";
import { cpuMsBetween, parentIn, residentBytesIn, ticksIn, usageIn, usageOf, withChildren } from "./usage.ts";

test("the parent is read after the name, whatever the name holds", () => {
  expect(parentIn("42 (node) S 7 42 42 0")).toBe(7);
  expect(parentIn("42 (a) S 1 (b) R 9 42 42 0")).toBe(9);
});

test("ticks are those of the process itself, not of children that it waited for", () => {
  expect(ticksIn("42 (a b) S 7 42 42 0 -1 4194560 100 0 0 0 30 12 99 99 20 0 11 0")).toBe(42);
});

const usage = (threads: Record<string, number>, coarseCpuMs: number) => ({
  threads: new Map(Object.entries(threads)),
  coarseCpuMs,
  residentBytes: 0,
});

test.each([
  {
    name: "by thread where all go on",
    before: usage({ a: 1, b: 2 }, 0),
    after: usage({ a: 1.5, b: 2.25 }, 10),
    ms: 0.75,
  },
  {
    name: "with threads that began meanwhile",
    before: usage({ a: 1 }, 0),
    after: usage({ a: 1.5, c: 3 }, 10),
    ms: 3.5,
  },
  { name: "coarsely where one ended", before: usage({ a: 1, b: 200 }, 200), after: usage({ a: 2 }, 210), ms: 10 },
  { name: "coarsely where threads are not told", before: usage({}, 20), after: usage({}, 50), ms: 30 },
])("CPU time is counted $name, and never goes backwards", ({ before, after, ms }) => {
  expect(cpuMsBetween(before, after)).toBe(ms);
});

test("resident memory is VmRSS and not its peak", () => {
  expect(residentBytesIn("VmHWM:\t  999 kB\nVmRSS:\t  100 kB\nVmSwap:\t 1 kB\n")).toBe(102_400);
  expect(residentBytesIn("State: Z (zombie)\n")).toBeNaN();
});

test.each([
  [" 100   0:00.25\n", 250],
  [" 100   1:02.50", 62_500],
  ["100 2:00:01", 7_201_000],
  ["100 1-00:00:00", 86_400_000],
])("ps' %j is %d ms", (text, coarseCpuMs) => {
  expect(usageIn(text)).toEqual({ threads: new Map(), coarseCpuMs, residentBytes: 102_400 });
});

test("work of this process shows in its CPU time", () => {
  const before = usageOf([process.pid]);
  let sum = 0;
  for (let i = 0; i < 2e7; i++) sum += Math.sqrt(i);
  const after = usageOf([process.pid]);
  expect(sum).toBeGreaterThan(0);
  expect(cpuMsBetween(before, after)).toBeGreaterThan(0);
  expect(after.residentBytes).toBeGreaterThan(10 * 2 ** 20);
  expect(withChildren(process.ppid)).toContain(process.pid);
});

test("a process that is gone is an error, not a zero", () => {
  expect(() => usageOf([2 ** 22 + 1])).toThrow();
});
