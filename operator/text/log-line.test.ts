import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { safeLine } from "./log-line.ts";

const raw = /(?!\n$)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What a logger writes for this. */
function logged(fields: object): string {
  let written = "";
  const write = (line: string) => {
    written += line;
  };
  pino({ hooks: { streamWrite: safeLine } }, { write }).info(fields, "said");
  return written;
}

describe("a line of a log", () => {
  test.each([
    ["a C0 escape", "\u001b[31m"],
    ["a C1 escape, which terminals obey too", "\u009b31m"],
    ["DEL", "a\u007f"],
    ["text that runs backwards", "\u202egpj.exe"],
    ["letters that take no room", "a\u200bb\u{e0041}"],
    ["a line separator", "a\u2028b"],
  ])("shows %s as what it is, and means the same", (_, text) => {
    const line = logged({ text });
    expect(line).not.toMatch(raw);
    expect(JSON.parse(line)).toMatchObject({ text });
  });

  test("holds no raw control in the causes and stacks of errors", () => {
    const cause = new Error("the host said \u009b2J\u202e");
    expect(logged({ err: new Error("it failed", { cause }) })).not.toMatch(raw);
  });

  test("leaves letters of every script and emoji as they are", () => {
    expect(logged({ text: "Grüße, 你好, 👍" })).toContain("Grüße, 你好, 👍");
  });

  test("is one line of JSON with the same value, whatever is in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const line = safeLine(`${JSON.stringify({ text })}\n`);
        expect(JSON.parse(line)).toEqual({ text });
        expect(line).not.toMatch(raw);
      }),
    );
  });
});
