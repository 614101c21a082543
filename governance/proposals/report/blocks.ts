/** Markdown as a list of blocks, each whole in itself, so that where a forge's limit cuts, it cuts between two of them. */
import { fenced } from "./markdown.ts";

/**
 * Of one summary, in UTF-16 code units. GitHub takes 65,535 characters in the summary of a check run and 65,536 in a
 * comment, and the one comment holds both summaries.
 */
export const summaryCharsMax = 30_000;
const listMax = 100;

/** The blocks with an empty line between them; those that do not fit are left out, which is said. */
export function joined(blocks: readonly string[], charsMax = summaryCharsMax): string {
  const whole = blocks.join("\n\n");
  if (whole.length <= charsMax) return whole;
  const kept: string[] = [];
  let chars = 0;
  for (const block of blocks) {
    if (chars + block.length + separator.length + farewellCharsMax > charsMax) break;
    kept.push(block);
    chars += block.length + separator.length;
  }
  return [...kept, farewell(blocks.length - kept.length)].join(separator);
}

const separator = "\n\n";
const farewellCharsMax = 120;

function farewell(omitted: number): string {
  const parts = omitted === 1 ? "1 part is" : `${omitted} parts are`;
  return `${parts} left out here, since there is a limit to the length: look at the files for the rest.`;
}

/** A list, cut with a line that says so; `items` are Markdown already. */
export function list(items: readonly string[], max = listMax): string {
  const hidden = items.length - max;
  const shown = hidden > 0 ? [...items.slice(0, max), `and ${hidden} more`] : items;
  return shown.map((item) => `- ${item}`).join("\n");
}

/** Lines as a fenced block, cut with a line that says so. */
export function fencedCut(lines: readonly string[], language: string, charsMax: number): string {
  let chars = 0;
  const kept = lines.findIndex((line) => {
    chars += line.length + 1;
    return chars > charsMax;
  });
  if (kept < 0) return fenced(lines, language);
  return `${fenced(lines.slice(0, kept), language)}\n\n${lines.length - kept} more lines are left out here.`;
}
