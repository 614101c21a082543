import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonLines } from "./json-lines.ts";

async function read(chunks: (string | Uint8Array)[]): Promise<unknown[]> {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  }
  const lines: unknown[] = [];
  for await (const line of jsonLines(body(), "WATCH /x")) lines.push(line);
  return lines;
}

describe("jsonLines", () => {
  test("wherever the chunks are cut, also inside a letter, the lines are the same", async () => {
    const objects = fc.array(fc.record({ text: fc.string({ unit: "grapheme" }) }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(objects, fc.array(fc.nat(300), { maxLength: 8 }), async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(await read(chunks)).toEqual(lines);
      }),
    );
  });

  test("a last line without its end is dropped, even if it would parse", async () => {
    expect(await read(['{"a":1}\n{"b":2}'])).toEqual([{ a: 1 }]);
  });

  test("empty lines are skipped", async () => {
    expect(await read(["\n\n", '{"a":1}\n', "\r\n"])).toEqual([{ a: 1 }]);
  });

  test.each([
    ["no JSON", "token-abc\n"],
    ["a number", "7\n"],
    ["null", "null\n"],
  ])("%s is refused without quoting it", async (_, line) => {
    const error = await read([line]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ reason: "BrokenAnswer" });
    expect((error as Error).cause).toBeUndefined();
    expect(String(error)).not.toContain(line.trim());
  });

  test("a line without end is given up at its bound, not when memory is full", async () => {
    const megabyte = Buffer.alloc(1024 * 1024, "x");
    await expect(read(Array.from({ length: 20 }, () => megabyte))).rejects.toThrow("longer than 16777216 bytes");
  });
});
