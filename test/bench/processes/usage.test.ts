import { expect, test } from "vitest";
import { parentIn, residentBytesIn, usageIn, usageOf, withChildren } from "./usage.ts";

test("the parent is read after the name, whatever the name holds", () => {
  expect(parentIn("42 (node) S 7 42 42 0")).toBe(7);
  expect(parentIn("42 (a) S 1 (b) R 9 42 42 0")).toBe(9);
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
])("ps' %j is %d ms", (text, cpuMs) => {
  expect(usageIn(text)).toEqual({ cpuMs, residentBytes: 102_400 });
});

test("work of this process shows in its CPU time", () => {
  const before = usageOf([process.pid]);
  let sum = 0;
  for (let i = 0; i < 2e7; i++) sum += Math.sqrt(i);
  const after = usageOf([process.pid]);
  expect(sum).toBeGreaterThan(0);
  expect(after.cpuMs).toBeGreaterThan(before.cpuMs);
  expect(after.residentBytes).toBeGreaterThan(10 * 2 ** 20);
  expect(withChildren(process.ppid)).toContain(process.pid);
});

test("a process that is gone is an error, not a zero", () => {
  expect(() => usageOf([2 ** 22 + 1])).toThrow();
});
