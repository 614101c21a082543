import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import { hostile } from "./hostile.fixture.ts";
import { code, fenced, prose } from "./markdown.ts";
import { outsideCode } from "./outside-code.fixture.ts";

describe("code", () => {
  test.each([
    ["shows what it is given", "models/a.yaml", "`models/a.yaml`"],
    ["is not ended by a tick", "a`b", "``a`b``"],
    ["is not ended by as many ticks as it begins with", "a``b`c", "```a``b`c```"],
    ["keeps a tick at an end apart from its own", "`", "`` ` ``"],
    ["shows a line break as what it is", "a\nb", "`a\\nb`"],
    ["shows an escape of a terminal as what it is", "\u001b[31m", "`\\x1b[31m`"],
    ["shows text that runs backwards as what it is", "\u202eexe", "`\\u{202e}exe`"],
    ["says that there is nothing", "", "(nothing)"],
  ])("%s", (_, text, shown) => expect(code(text)).toBe(shown));

  test("is cut to its limit", () => expect(code("x".repeat(50), 10)).toBe("`xxxxxxxxx…`"));
});

describe("prose", () => {
  test.each([
    ["leaves plain words alone", "It needs the consent of bob.", "It needs the consent of bob."],
    ["leaves words of other scripts alone", "модель 模型 läuft", "модель 模型 läuft"],
    ["leaves numbers, shares and hyphens alone", "5.2 of 25% is second-hand", "5.2 of 25% is second-hand"],
    ["shows a path as code, and the full stop after it not", "changes routes/a.yaml.", "changes `routes/a.yaml`."],
    ["shows a time as code", "until 2026-01-10T00:00:00Z.", "until `2026-01-10T00:00:00Z`."],
    ["mentions nobody", "@alice (GitHub account 7)", "`@alice` (GitHub account 7)"],
    ["refers to no issue", "see #7 and GH-7", "see `#7` and `GH-7`"],
    ["links to no site", "www.evil.example https://evil.example", "`www.evil.example` `https://evil.example`"],
    ["makes no list", "1. buy", "`1.` buy"],
    ["makes no rule", "--- x", "`---` x"],
    ["makes no heading", "# x", "`#` x"],
    ["makes no tag", "<img src=x>", "`<img` `src=x>`"],
    ["makes no emoji", ":shipit:", "`:shipit`:"],
    ["decodes nothing", "&#64;alice", "`&#64;alice`"],
    ["links to no commit", "deadbeef1", "`deadbeef1`"],
    ["keeps one line one line", "a\n# b", "`a\\n#` b"],
  ])("%s", (_, text, shown) => expect(prose(text)).toBe(shown));
});

describe("fenced", () => {
  test.each([
    ["has three ticks", ["+a"], "```diff\n+a\n```"],
    ["has one more than what is inside", ["+````", " ```"], "`````diff\n+````\n ```\n`````"],
    ["keeps one line one line", ["a\n```\nb"], "````diff\na\\n```\\nb\n````"],
    ["may be empty", [], "```diff\n```"],
  ])("%s", (_, lines, shown) => expect(fenced(lines, "diff")).toBe(shown));
});

describe("whatever comes in", () => {
  test("a code span holds all of it", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(outsideCode(code(text))).toMatch(/^(\(nothing\))?$/);
      }),
      runs(200),
    );
  });

  test("of a sentence nothing but letters, numbers and punctuation is outside of code", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(outsideCode(prose(text))).toMatch(/^[\p{L}\p{M}\p{N} "'’().,;:?!…%-]*$/u);
      }),
      runs(200),
    );
  });

  test("a sentence begins no list, heading or quote", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(prose(text)).not.toMatch(/^(\d+[.)](\s|$)|[-+*#>=]|\s)/);
      }),
      runs(200),
    );
  });

  test("nothing of a fenced block is outside of it", () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 5 }), (lines) => {
        expect(outsideCode(fenced(lines, "diff"))).toBe("");
      }),
      runs(200),
    );
  });
});
