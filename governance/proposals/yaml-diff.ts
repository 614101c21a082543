/** What changes in an object, as a unified diff of YAML in which only what people write is left and every order is one. */
import { structuredPatch } from "diff";
import { stringify } from "yaml";
import { printable } from "../../operator/text/printable.ts";
import { diffLinesMax, editsMax, lineCharsMax } from "./limits.ts";
import type { Written } from "./written.ts";

/** Empty where nothing differs. Lines are printable, and at most `diffLinesMax`. */
export function yamlDiff(before: Written | undefined, after: Written | undefined): string[] {
  const [was, becomes] = [yamlOf(before), yamlOf(after)];
  if (was === becomes) return [];
  return bounded(hunks(was, becomes).map((line) => printable(line, lineCharsMax)));
}

function yamlOf(object: Written | undefined): string {
  return object ? stringify(object, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false }) : "";
}

const contextLines = 3;

function hunks(was: string, becomes: string): string[] {
  const options = { context: contextLines, maxEditLength: editsMax };
  const patch = structuredPatch("", "", was, becomes, undefined, undefined, options);
  if (!patch) return [...signed("-", was), ...signed("+", becomes)];
  return patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
    ...lines,
  ]);
}

/** Of no lines it names the line before them. */
function range(start: number, lines: number): string {
  return `${lines === 0 ? start - 1 : start},${lines}`;
}

function signed(sign: string, text: string): string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => sign + line);
}

function bounded(lines: readonly string[]): string[] {
  if (lines.length <= diffLinesMax) return [...lines];
  return [...lines.slice(0, diffLinesMax - 1), `… ${lines.length - diffLinesMax + 1} more lines`];
}
