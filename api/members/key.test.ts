import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyPrefix, newKey } from "./key.ts";

const bytesOf = (...values: number[]) => {
  let at = 0;
  return (count: number) => Uint8Array.from({ length: count }, () => values[at++ % values.length]!);
};

describe("a new key", () => {
  test("has the prefix by which it is found, 256 bits behind it, and the hash of the whole", () => {
    const { key, prefix, sha256 } = newKey(randomBytes);
    expect(key).toMatch(/^ch_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}$/);
    expect(key.startsWith(`${prefix}_`)).toBe(true);
    expect(sha256).toBe(createHash("sha256").update(key).digest("hex"));
    expect(keyPrefix(key)).toBe(prefix);
  });

  test("skips random bytes that would make some letters likelier than others", () => {
    expect(newKey(bytesOf(255, 248, 0, 61)).prefix).toBe("ch_A9A9A9A9");
  });

  test("is never the same twice", () => {
    expect(new Set(Array.from({ length: 100 }, () => newKey(randomBytes).key)).size).toBe(100);
  });
});

describe("what is no key has no prefix", () => {
  for (const text of [
    "",
    "ch_",
    "sk-abc",
    "ch_short_x",
    `ch_12345678_${"x".repeat(42)}`,
    `ch_12345678_${"x".repeat(44)}`,
  ]) {
    test(JSON.stringify(text), () => expect(keyPrefix(text)).toBeUndefined());
  }
  test("nor has any other text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => keyPrefix(text) === undefined || text.startsWith("ch_")),
    );
  });
});
