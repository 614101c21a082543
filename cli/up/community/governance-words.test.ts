import { expect, test } from "vitest";
import { latestTrouble } from "./governance-words.ts";

const now = 100_000;
const line = (entry: object): string => JSON.stringify({ pid: 7, time: now - 1_000, ...entry });
const trouble = line({ event: "trouble", code: "ForgeUnreachable", msg: "forge: away" });

test.each<[string, readonly string[], string | undefined]>([
  ["the latest trouble is told", [line({ event: "trouble", msg: "old" }), trouble, line({ msg: "x" })], "forge: away"],
  ["what keeps it from being ready too", [line({ event: "waiting", msg: "not ready: no log" })], "not ready: no log"],
  ["nothing where nothing is wrong", [line({ event: "applied", msg: "the log says: applied" })], undefined],
  ["nothing of an earlier run, which shares the log", [trouble.replace('"pid":7', '"pid":8')], undefined],
  ["nothing that was said long ago", [line({ event: "trouble", msg: "x", time: now - 60_000 })], undefined],
  ["a line that was cut is passed over", [trouble, trouble.slice(0, 30), "", "not JSON"], "forge: away"],
  ["control characters are spelled out", [line({ event: "trouble", msg: "a\u001b[31m" })], "a\\x1b[31m"],
])("%s", (_, lines, said) => {
  expect(latestTrouble(lines, 7, now)).toBe(said);
});
