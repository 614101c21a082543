import { expect, test } from "vitest";
import { metricIn, timeIn } from "./own-words.ts";

const log = `starting
{"level":30,"time":1000,"event":"applied","msg":"the log says: applied"}
{"level":30,"time":2000,"event":"ratified"}
{"level":30,"time":3000,"event":"applied"}
{"level":30,"time":40`;

test.each([
  { name: "the first one of all", event: "applied", fromMs: 0, at: 1000 },
  { name: "the first one from a time on", event: "applied", fromMs: 1001, at: 3000 },
  { name: "one at that very time", event: "ratified", fromMs: 2000, at: 2000 },
  { name: "none before that time", event: "ratified", fromMs: 2001, at: undefined },
  { name: "none of that name", event: "appl", fromMs: 0, at: undefined },
])("an event in a service's log: $name", ({ event, fromMs, at }) => {
  expect(timeIn(log, event, fromMs)).toBe(at);
});

test("an event whose line is still being written is none yet", () => {
  expect(timeIn('{"event":"applied","time":40', "applied", 0)).toBeUndefined();
});

test("a metric is found by its whole name", () => {
  const metrics = "# HELP a_sum x\na_sum_of 1\na_sum 2.5\na_count 3\n";
  expect(metricIn(metrics, "a_sum")).toBe(2.5);
  expect(metricIn(metrics, "a_count")).toBe(3);
  expect(metricIn(metrics, "a")).toBeUndefined();
});
