/** What can be said of a YAML text before it is parsed: its size, its characters, and how deep it nests. */
import { Lexer } from "yaml";
import { printable } from "../../../operator/text/printable.ts";
import type { YamlFault } from "./plain-yaml.ts";
import type { YamlLimits } from "./yaml-limits.ts";

/**
 * Controls other than tab and line feed (a carriage return only before a line feed), the byte order mark, lone
 * surrogates, and characters that turn the direction of text, so that a reader of a diff sees another file than the
 * parser (https://trojansource.codes). Joiners stay: Persian and many Indian scripts are written with them.
 */
const forbidden =
  /\r(?!\n)|[\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]|[^\P{Cc}\t\n\r]|[\u{e0000}-\u{e007f}]/u;

export function lexicalProblem(text: string, limits: YamlLimits): YamlFault | undefined {
  const bytes = new TextEncoder().encode(text).byteLength;
  if (bytes > limits.bytesMax) {
    return {
      offset: 0,
      reason: `the file has ${bytes} bytes, ${limits.bytesMax} are the most`,
      fix: "split it, or take out what does not belong into it",
    };
  }
  const character = forbidden.exec(text);
  if (character) {
    return {
      offset: character.index,
      reason: `here is the character ${printable(character[0], 12)}, which a reader does not see or is misled by`,
      fix: "delete it",
    };
  }
  return tooMany(text, limits);
}

/** The lexer is lazy and does not call itself: a bomb costs no more than the limit. */
function tooMany(text: string, limits: YamlLimits): YamlFault | undefined {
  let tokens = 0;
  let offset = 0;
  let open = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > limits.tokensMax) {
      return { offset, reason: `the file has more than ${limits.tokensMax} parts`, fix: "split it" };
    }
    if (token === "[" || token === "{") open++;
    else if (token === "]" || token === "}") open--;
    if (open > limits.depthMax) return tooDeep(offset, limits);
    // The lexer marks documents and scalars with one control character each; those are not in the text.
    if (!markers.has(token)) offset += token.length;
  }
  return undefined;
}

const markers: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001f"]);

export function tooDeep(offset: number, { depthMax }: YamlLimits): YamlFault {
  return {
    offset,
    reason: `lists and mappings lie more than ${depthMax} deep in each other here`,
    fix: "write it flatter",
  };
}
