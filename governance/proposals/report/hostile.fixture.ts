/** Words that try to be more than words, for the tests of whatever shows them. */
import fc from "fast-check";

/** What people try, and what GitHub makes links of. */
export const tricks = [
  "@alice",
  "#1",
  "GH-7",
  "owner/repo#7",
  "https://evil.example/x",
  "www.evil.example",
  "me@evil.example",
  "[click](https://evil.example)",
  "![x](https://evil.example/x.png)",
  "[ref]: https://evil.example",
  "<img src=x onerror=alert(1)>",
  "<!-- hidden -->",
  "<details>",
  "**bold**",
  "__bold__",
  "~~gone~~",
  "# heading",
  "===",
  "---",
  "> quote",
  "- item",
  "1. item",
  "```",
  "````\nescaped\n````",
  "`",
  "a`b``c",
  "\\`",
  "|cell|",
  "$`x`$",
  "$$x$$",
  ":shipit:",
  "&#64;alice",
  "&lt;b&gt;",
  "\u001b[31mred\u001b[0m",
  "\u202etxt.exe",
  "zero\u200bwidth",
  "line\nbreak\r\n# heading",
  "\u2028# heading",
  "0123456789abcdef0123456789abcdef01234567",
] as const;

const anything = fc
  .array(fc.oneof(fc.nat({ max: 0xff }), fc.nat({ max: 0x10ffff })), { maxLength: 8 })
  .map((codes) => String.fromCodePoint(...codes));

/** Text of any characters with tricks among them. */
export const hostile = fc
  .array(fc.oneof(fc.constantFrom(...tricks), anything, fc.constantFrom(" ", "\n", "`", "plain", ".")), {
    maxLength: 6,
  })
  .map((parts) => parts.join(""));
