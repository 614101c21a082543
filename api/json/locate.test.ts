import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { locateJsonFault } from "./locate.ts";

describe("where a text stops being JSON", () => {
  const cases: Record<string, { text: string; says: RegExp; line: number; column: number }> = {
    nothing: { text: "", says: /ends too early/, line: 1, column: 1 },
    "an object that does not end": { text: '{"a":1', says: /ends too early/, line: 1, column: 7 },
    "a comma before the end": { text: '{"a":1,}', says: /"}" where a name in double quotes/, line: 1, column: 8 },
    "a comma before the end of a list": { text: "[1,]", says: /"]" where a value/, line: 1, column: 4 },
    "a name without quotes": { text: "{\n  a: 1}", says: /"a" where a name/, line: 2, column: 3 },
    "single quotes": { text: "{'a':1}", says: /"'" where a name/, line: 1, column: 2 },
    "no colon": { text: '{"a" 1}', says: /"1" where ":"/, line: 1, column: 6 },
    "two values": { text: "1 2", says: /"2" after the end/, line: 1, column: 3 },
    "a number with a leading zero": { text: "[01]", says: /"0" where a value/, line: 1, column: 2 },
    "a number that is none": { text: '{"a":NaN}', says: /"N" where a value/, line: 1, column: 6 },
    "a string that does not end": { text: '{"a":"x', says: /a string does not end/, line: 1, column: 8 },
    "a line break inside a string": { text: '{"a":"x\ny"}', says: /raw "\\n" inside a string/, line: 1, column: 8 },
    "an unknown escape": { text: '["\\x"]', says: /unknown escape/, line: 1, column: 3 },
    "the wrong bracket": { text: '{"a":[1}', says: /"}" where "," or an end/, line: 1, column: 8 },
    "a closing bracket alone": { text: "]", says: /"]" where a value/, line: 1, column: 1 },
  };
  for (const [words, { text, says, line, column }] of Object.entries(cases)) {
    test(words, () => {
      expect(() => JSON.parse(text)).toThrow();
      const fault = locateJsonFault(text);
      expect(fault.problem).toMatch(says);
      expect([fault.line, fault.column]).toEqual([line, column]);
    });
  }

  test("it agrees with the reader on every damaged text: the text before the fault can still be continued", () => {
    const damaged = fc.tuple(fc.json(), fc.nat(), fc.string({ minLength: 1, maxLength: 2 }));
    fc.assert(
      fc.property(damaged, ([text, at, extra]) => {
        const where = at % (text.length + 1);
        const broken = text.slice(0, where) + extra + text.slice(where + 1);
        try {
          JSON.parse(broken);
        } catch {
          expect(locateJsonFault(broken).problem).not.toBe("the reader refused it");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("ten thousand brackets deep is no trouble", () => {
    expect(locateJsonFault("[".repeat(100_000)).problem).toMatch(/too early/);
  });
});
