import { expect, test } from "vitest";
import { eventsIn, readStart } from "./steps.ts";

const output = `
> commonhold@0.1.0 start
> node cli/commonhold.mjs up --once --json

{"event":"step","at":1500,"title":"programs"}
{"event":"progress","at":1550,"title":"programs","text":"etcd"}
{"event":"done","at":1600,"title":"programs","result":"etcd"}
{"event":"step","at":1610,"title":"model"}
{"event":"done","at":4600,"title":"model","result":"ready"}
{"event":"answer","at":5000,"text":"The"}
{"event":"answer","at":5100,"text":" capital"}
{"event":"step","at":5200,"title":"stopping"}
{"event":"done","at":6000,"title":"stopping","result":"nothing is left running"}
`;

test("the time to the answer is split into the steps before it, and they add up", () => {
  const start = readStart(1000, eventsIn(output));
  expect(start.answeredMs).toBe(4000);
  expect(start.steps).toEqual([
    { title: "npm and Node, until the first step", ms: 500 },
    { title: "programs", ms: 100 },
    { title: "model", ms: 2990 },
    { title: "question to first text", ms: 400 },
    { title: "between steps", ms: 10 },
  ]);
  expect(start.steps.reduce((sum, { ms }) => sum + ms, 0)).toBe(start.answeredMs);
});

test("a start that failed says why, in its own words", () => {
  const failed = `{"event":"step","at":1,"title":"programs"}\n{"event":"failed","at":2,"reason":"no Go"}`;
  expect(() => readStart(0, eventsIn(failed))).toThrow("no Go");
});

test.each(["", "npm error code 1\n", '{"event":"answ'])(
  "output without an answer (%j) is an error, not zero seconds",
  (text) => {
    expect(() => readStart(0, eventsIn(text))).toThrow("gave no answer");
  },
);
