/** What is wrong with a governed document, where, and how to put it right. */
import { printable } from "../../../operator/text/printable.ts";

export interface Problem {
  readonly file: string;
  /** From 1; 1 where the whole file is meant. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** Where in the data: `classes[1].quorum`; empty for the document itself. */
  readonly path: string;
  readonly reason: string;
  /** What to do about it, as an instruction. */
  readonly fix: string;
}

/** A document as data, or everything that is wrong with it; never both. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] };

/** More problems than this are not listed: who made so many has another file in hand. */
export const problemsMax = 50;

/** Longest file name and path that a sentence shows, in characters. */
const shownCharsMax = 200;

/** `constitution.yaml:12:9: classes[1].quorum: atLeast is 0; write a number from 1 on`. */
export function problemSentence({ file, line, column, path, reason, fix }: Problem): string {
  const where = path === "" ? "" : `${printable(path, shownCharsMax)}: `;
  return `${printable(file, shownCharsMax)}:${line}:${column}: ${where}${reason}; ${fix}`;
}

export function failed<T>(problems: readonly Problem[]): Parsed<T> {
  const [first, ...others] = problems.slice(0, problemsMax);
  if (!first) throw new TypeError("a document failed without a problem: this is an error of the parser");
  return { ok: false, problems: [first, ...others] };
}
