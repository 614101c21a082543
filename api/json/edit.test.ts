import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editMembers, foldName } from "./edit.ts";

const keep = () => "keep" as const;

describe("editing members of an object's text", () => {
  const cases: Record<string, { text: string; drop?: string; set?: [string, string]; gives: string }> = {
    "nothing to change leaves every byte": {
      text: ' { "a" : 1 , "b":[ 1,2 ]}\n',
      gives: ' { "a" : 1 , "b":[ 1,2 ]}\n',
    },
    "the empty object stays": { text: "{ }", gives: "{ }" },
    "a value is put in": {
      text: '{"model": "x", "n": 1e400}',
      set: ["model", '"y"'],
      gives: '{"model": "y","n": 1e400}',
    },
    "a member is dropped": { text: '{"a":1,"b":{"a":2},"c":3}', drop: "b", gives: '{"a":1,"c":3}' },
    "the only member is dropped": { text: '{"a":1}', drop: "a", gives: "{}" },
    "numbers keep their digits": {
      text: '{"seed":12345678901234567890,"t":1.0,"x":0}',
      drop: "x",
      gives: '{"seed":12345678901234567890,"t":1.0}',
    },
    "the same name twice is changed twice": { text: '{"m":1,"m":2}', set: ["m", "3"], gives: '{"m":3,"m":3}' },
    "a name written with escapes is the same name": {
      text: '{"\\u006dodel":1}',
      set: ["model", "2"],
      gives: '{"\\u006dodel":2}',
    },
    "brackets and quotes inside strings are no structure": {
      text: '{"a":"}\\"]{","b":["\\\\",{"c":"\\\\\\""}],"d":1}',
      drop: "a",
      gives: '{"b":["\\\\",{"c":"\\\\\\""}],"d":1}',
    },
  };
  for (const [words, { text, drop, set, gives }] of Object.entries(cases)) {
    test(words, () => {
      const decide = (name: string) => (name === drop ? "drop" : name === set?.[0] ? { value: set[1] } : "keep");
      expect(editMembers(text, decide)).toBe(gives);
    });
  }

  test("whatever the object, keeping all changes nothing, and dropping and setting do what they say", () => {
    const objects = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 4 }), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(objects, fc.integer({ min: 0, max: 2 }), (object, indent) => {
        const text = JSON.stringify(object, null, indent);
        expect(editMembers(text, keep)).toBe(text);
        const [first] = Object.keys(object);
        if (first === undefined) return;
        const { [first]: _, ...rest } = object;
        expect(JSON.parse(editMembers(text, (name) => (name === first ? "drop" : "keep")))).toEqual(
          JSON.parse(JSON.stringify(rest)),
        );
        const set = JSON.parse(editMembers(text, (name) => (name === first ? { value: "7" } : "keep"))) as object;
        expect(set).toEqual(JSON.parse(JSON.stringify({ ...object, [first]: 7 })));
      }),
    );
  });

  test("each value is shown as it is written", () => {
    const seen: [string, string][] = [];
    editMembers('{"a": [1, 2] , "b":"x" }', (name, value) => {
      seen.push([name, value]);
      return "keep";
    });
    expect(seen).toEqual([
      ["a", "[1, 2]"],
      ["b", '"x"'],
    ]);
  });
});

describe("names are compared as Go compares them", () => {
  for (const name of ["Model", "MODEL", "mOdEl"]) test(name, () => expect(foldName(name)).toBe("model"));
  test("the long s and the Kelvin sign are s and k", () => {
    expect(foldName("option\u017f")).toBe("options");
    expect(foldName("\u212aeep_alive")).toBe("keep_alive");
  });
});
