import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ndjson } from "./ndjson.ts";

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function all(source: AsyncIterable<Uint8Array>, bytesMax?: number): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const line of ndjson(source, bytesMax)) lines.push(line);
  return lines;
}

describe("lines of JSON", () => {
  test.each([
    ["one line a chunk", ['{"a":1}\n', '{"a":2}\n'], [{ a: 1 }, { a: 2 }]],
    ["lines cut anywhere", ['{"a"', ":1}\n{", '"a":2', "}\n"], [{ a: 1 }, { a: 2 }]],
    ["a last line without its newline", ['{"a":1}\n{"a":2}'], [{ a: 1 }, { a: 2 }]],
    ["empty lines between", ['\n\n{"a":1}\r\n\n'], [{ a: 1 }]],
    ["nothing at all", [], []],
  ])("are read: %s", async (_, parts, lines) => {
    expect(await all(chunks(...parts))).toEqual(lines);
  });

  test("a letter cut between two chunks stays whole", async () => {
    const bytes = Buffer.from('{"a":"é"}\n');
    const at = bytes.indexOf(0xc3) + 1;
    expect(await all(chunks(bytes.subarray(0, at), bytes.subarray(at)))).toEqual([{ a: "é" }]);
  });

  test("a key that JavaScript has for itself is a key like any other", async () => {
    const [line] = await all(chunks('{"__proto__":{"polluted":true},"constructor":1}\n'));
    expect(Object.keys(line as object)).toEqual(["__proto__", "constructor"]);
    expect({}).not.toHaveProperty("polluted");
  });

  test.each([
    ["text", "hello\n", "not JSON"],
    ["a page of a proxy", "<html>\n", "not JSON"],
    ["half an object at the end", '{"a":1}\n{"b":', "not JSON"],
    ["a number", "1\n", "not a JSON object"],
    ["a list", "[]\n", "not a JSON object"],
    ["null", "null\n", "not a JSON object"],
    ["NaN", "NaN\n", "not JSON"],
    ["bytes that are no UTF-8", Buffer.from([0xff, 0xfe, 0x0a]), "not JSON"],
  ])("%s is refused", async (_, text, words) => {
    await expect(all(chunks(text))).rejects.toMatchObject({
      code: "BadResponse",
      message: expect.stringContaining(words),
    });
  });

  test.each([
    ["in one chunk", [`{"a":"${"x".repeat(200)}"}\n`]],
    ["in many chunks, its newline never sent", Array.from({ length: 30 }, () => "xxxxxxxx")],
    ["after a good one", ['{"a":1}\n', `{"a":"${"x".repeat(200)}"}\n`]],
  ])("a line beyond its bound is refused: %s", async (_, parts) => {
    await expect(all(chunks(...parts), 100)).rejects.toMatchObject({ code: "BadResponse" });
  });

  test("wherever the stream is cut, the lines are the same", async () => {
    const values = fc.array(fc.record({ a: fc.string(), b: fc.integer() }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(values, fc.array(fc.nat(400), { maxLength: 6 }), async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((x, y) => x - y), bytes.length];
        const parts = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        expect(await all(chunks(...parts))).toEqual(lines);
      }),
    );
  });
});
