/**
 * Markdown that holds words from outside: names, paths, licences, sentences with any of them inside. Everybody who reads a
 * proposal reads this, and whoever opens one chooses some of the words; so nothing in them may become a link, a mention, an
 * image, a heading, or a sentence that seems to be ours.
 *
 * Escaping character by character does not do: GitHub looks for @mentions, #numbers and addresses after the Markdown is
 * rendered, when a backslash is gone. What is left alone is code. So each word that is not plain letters or numbers is
 * shown as code, and what is shown as code cannot end it. The rules are those of https://github.github.com/gfm/.
 */
import { printable } from "../../../operator/text/printable.ts";

/** Of a name, a path or the like. */
const codeCharsMax = 200;
/** Of a sentence. */
const proseCharsMax = 2_000;
/** Of a line in a fenced block. */
export const fencedLineCharsMax = 400;

/** A code span that shows `text` and nothing but it. Not for tables: in them `|` would end it. */
export function code(text: string, charsMax = codeCharsMax): string {
  const shown = printable(text, charsMax);
  if (shown === "") return "(nothing)";
  const ticks = "`".repeat(longestRun(shown) + 1);
  // A tick at an end would join the delimiter; one space at both ends is taken away again by the renderer.
  const pad = /^`|`$/.test(shown) ? " " : "";
  return `${ticks}${pad}${shown}${pad}${ticks}`;
}

/** A sentence of ours with words from outside in it: readable as it is, each word that could mean something shown as code. */
export function prose(sentence: string, charsMax = proseCharsMax): string {
  return printable(sentence, charsMax)
    .split(/\p{Zs}+/u)
    .filter((word) => word !== "")
    .map((word, index) => (index === 0 && opensList.test(word) ? code(word) : wordOf(word)))
    .join(" ");
}

/** `1.` or `1)` at the beginning of a line. */
const opensList = /^\d+[.)]+$/;

/** A fenced block of lines; none of them can close it. */
export function fenced(lines: readonly string[], language = ""): string {
  const shown = lines.map((line) => printable(line, fencedLineCharsMax));
  const ticks = "`".repeat(Math.max(2, ...shown.map(longestRun)) + 1);
  return [ticks + language, ...shown, ticks].join("\n");
}

/** Punctuation around a word means nothing in Markdown and may stay outside of the code. */
const wordParts = /^(?<before>["'(]*)(?<core>.*?)(?<after>[)"'.,;:?!…]*)$/su;

function wordOf(word: string): string {
  const { before = "", core = "", after = "" } = wordParts.exec(word)?.groups ?? {};
  // What is open inside is closed inside: `f(x)`.
  if (core.includes("(") && after.startsWith(")")) return `${before}${code(`${core})`)}${after.slice(1)}`;
  return core === "" || isPlain(core) ? word : `${before}${code(core, core.length)}${after}`;
}

/** Letters and numbers, also `isn't`, `second-hand`, `5.2`, `25%`. */
const plain = /^(?:[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*|\d+(?:\.\d+)+|\d+%)$/u;
/** What GitHub makes links of: `GH-7` and its like, and what could be a commit. */
const linked = /-\d|^[0-9a-f]{7,}$/i;

function isPlain(word: string): boolean {
  return plain.test(word) && (!linked.test(word) || /^\d+$/.test(word));
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
