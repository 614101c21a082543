import { expect, test } from "vitest";
import { entriesIn } from "./audit-log.ts";

test("a line that is still being written is left for the next look; a broken one before it is an error", () => {
  const line = JSON.stringify({ verb: "patch", user: { username: "operator" } });
  expect(entriesIn(`${line}\n${line.slice(0, 20)}`)).toHaveLength(1);
  expect(entriesIn(`${line}\n${line}`)).toHaveLength(2);
  expect(entriesIn("")).toEqual([]);
  expect(() => entriesIn(`${line.slice(0, 20)}\n${line}\n`)).toThrow();
});
