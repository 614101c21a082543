import { expect, test } from "vitest";
import { lastEvents, tokenEvent, wholeAnswer, writtenTimesUs } from "./answers.ts";
import { plain, promptOf, requestBody, scriptIn, sharedClockUs } from "./script.ts";

const asked = { model: "m", id: 1, atS: 1_700_000_000 };

test("the time that was written into an event is read out of it, also of several in one piece", () => {
  const times = [sharedClockUs(), sharedClockUs() + 10];
  const text = times.map((time) => tokenEvent(asked, time)).join("") + lastEvents(asked);
  expect(writtenTimesUs(text)).toEqual(times);
});

test("numbers elsewhere in an answer are no times", () => {
  expect(writtenTimesUs(wholeAnswer(asked))).toEqual([]);
  expect(writtenTimesUs(lastEvents(asked))).toEqual([]);
});

test("what the upstream is to do survives the way through a body", () => {
  const script = { chunks: 100, everyMs: 10, holdMs: 5, id: "a" };
  const body = JSON.parse(requestBody("m", true, script)) as { messages: { content: string }[] };
  expect(scriptIn(body.messages.at(-1)?.content)).toEqual(script);
  expect(scriptIn(promptOf({ ...plain, chunks: 2 })).chunks).toBe(2);
});

test.each(["What is the capital of France?", "", undefined, [{ type: "text" }]])(
  "the prompt %j of somebody else gets a plain answer",
  (prompt) => {
    expect(scriptIn(prompt)).toEqual(plain);
  },
);
