import { describe, expect, test } from "vitest";
import { GatewayError } from "../errors.ts";
import { readJsonBody, valuesMax } from "./body.ts";

const read = (text: string) => readJsonBody(Buffer.from(text));
const listOf = (member: string, count: number): string => `{"list":[${Array(count).fill(member).join(",")}]}`;

describe("a body", () => {
  const taken: Record<string, string> = {
    "with a context of a quarter of a million numbers": listOf("7", 250_000),
    "with as many commas in a text": JSON.stringify({ prompt: ",[{".repeat(valuesMax) }),
    "with as many behind a quote that is escaped": JSON.stringify({ prompt: `"${",".repeat(2 * valuesMax)}"` }),
    "with a text that ends in a backslash": JSON.stringify({ prompt: `${",".repeat(2 * valuesMax)}\\` }),
  };
  test.each(Object.entries(taken))("%s is read", (_, text) => {
    expect(read(text).value).toEqual(JSON.parse(text));
  });

  const refused: Record<string, string> = {
    "of millions of empty objects, each of which takes forty times its size": listOf("{}", 2_000_000),
    "of one list in another, without an end": "[".repeat(3_000_000),
    "of as many numbers": listOf("1", 2_000_000),
    "of as many members": `{${'"a":1,'.repeat(1_000_000)}"a":1}`,
    "of as many behind a text": `{"prompt":"\\\\","list":[${"[],".repeat(1_000_000)}[]]}`,
  };
  test.each(Object.entries(refused))("%s is refused before it is parsed", (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "body_too_intricate" }));
    expect(() => read(text)).toThrow(GatewayError);
  });
});
