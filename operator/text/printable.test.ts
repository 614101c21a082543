import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable } from "./printable.ts";

describe("printable", () => {
  test.each([
    ["leaves plain text alone", "smollm2:135m", "smollm2:135m"],
    ["leaves letters of other scripts and emoji alone", "модель 模型 🦙", "модель 模型 🦙"],
    ["shows an escape sequence instead of obeying it", "\u001b[31mred", "\\x1b[31mred"],
    ["keeps one line one line", "a\r\nb\tc", "a\\r\\nb\\tc"],
    ["shows DEL and C1 controls", "a\u007fb\u009bc", "a\\x7fb\\x9bc"],
    ["shows text direction overrides", "abc\u202etxt.exe", "abc\\u{202e}txt.exe"],
    ["shows direction isolates and marks", "\u2066\u2069\u200f\u061c", "\\u{2066}\\u{2069}\\u{200f}\\u{61c}"],
    ["shows zero-width characters", "pay\u200bpal\u200d\ufeff", "pay\\u{200b}pal\\u{200d}\\u{feff}"],
    ["shows line and paragraph separators", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
    ["shows fillers that look like a space", "a\u3164b\u115fc", "a\\u{3164}b\\u{115f}c"],
    ["shows invisible tag characters", "a\u{e0041}", "a\\u{e0041}"],
    ["shows half a surrogate pair", "a\ud800b", "a\\u{d800}b"],
  ])("%s", (_, text, shown) => {
    expect(printable(text, 200)).toBe(shown);
  });

  test.each([
    ["cuts with an ellipsis that counts", "abcdef", 4, "abc…"],
    ["does not cut what just fits", "abcd", 4, "abcd"],
    ["cuts no escape in half", "ab\u001bcd", 5, "ab…"],
    ["takes a whole escape back to make room", "\u001b\u001b", 4, "…"],
    ["cuts no emoji in half", "a🦙🦙", 4, "a🦙…"],
    ["gives nothing where nothing may be given", "abc", 0, ""],
  ])("%s", (_, text, maxChars, shown) => {
    expect(printable(text, maxChars)).toBe(shown);
  });

  test("whatever comes in, nothing unsafe and nothing too long comes out", () => {
    const anything = fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 60 });
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 100 }), (codes, maxChars) => {
        const shown = printable(String.fromCodePoint(...codes), maxChars);
        expect(shown.length).toBeLessThanOrEqual(maxChars);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(printable(shown, maxChars)).toBe(shown);
      }),
    );
  });
});
