import fc from "fast-check";
import { expect, test } from "vitest";
import { anyText } from "../../test/any-text.ts";
import { runs } from "../../test/runs.ts";
import { lines } from "./lines.ts";

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function all(source: AsyncIterable<Uint8Array>, bytesMax = 100): Promise<string[]> {
  const tooLong = (max: number): Error => new Error(`a line of more than ${max} bytes`);
  const read: string[] = [];
  for await (const line of lines(source, { bytesMax, tooLong })) read.push(line);
  return read;
}

test.each([
  ["nothing", [], []],
  ["nothing but ends", ["\n\r\n"], ["", ""]],
  ["a last line without its end", ["a\nb"], ["a", "b"]],
  ["lines cut anywhere", ["a", "b\nc", "d\r", "\n"], ["ab", "cd"]],
  ["a carriage return within a line", ["a\rb\n"], ["a\rb"]],
])("%s is read", async (_, parts, expected) => {
  expect(await all(chunks(...parts))).toEqual(expected);
});

test("wherever it is cut, the lines are the same, letters of several bytes too", async () => {
  const text = fc.array(anyText(12).map((line) => Buffer.from(line.replaceAll(/[\r\n]/g, "")).toString()));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat({ max: 40 })), async (written, cuts) => {
      const bytes = Buffer.from(written.map((line) => `${line}\n`).join(""));
      const parts: Uint8Array[] = [];
      let from = 0;
      for (const size of cuts) {
        parts.push(bytes.subarray(from, from + size));
        from = Math.min(bytes.length, from + size);
      }
      expect(await all(chunks(...parts, bytes.subarray(from)))).toEqual(written);
    }),
    runs(30),
  );
});

test.each([
  ["in one piece", ["x".repeat(101), "\n"]],
  ["in many", Array(101).fill("x")],
  ["with its end in the same piece", [`${"x".repeat(101)}\n`]],
])("a line beyond the bound is refused, %s, and the source is left", async (_, parts) => {
  let left = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks(...parts);
      for (;;) yield Buffer.from("x");
    } finally {
      left = true;
    }
  }
  await expect(all(source())).rejects.toThrow("a line of more than 100 bytes");
  expect(left).toBe(true);
});

test("a line as long as the bound passes", async () => {
  expect(await all(chunks("x".repeat(100), "\n"))).toEqual(["x".repeat(100)]);
});
