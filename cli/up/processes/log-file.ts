import { closeSync, copyFileSync, fstatSync, mkdirSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { printable } from "../../../operator/text/printable.ts";

/**
 * A program's log: a file it appends to by itself, so that it can go on printing while we are busy and its last words
 * survive us. The size is bounded: what exceeds `bytesMax` moves to `<path>.1`, which replaces the one before.
 */
export interface LogFile {
  readonly path: string;
  /** Opened for appending; hand it to the program, then `release` it. */
  readonly descriptor: number;
  release(): void;
  /** Copies an overlong log to `<path>.1` and empties it; appending programs go on at the start. */
  trim(): void;
  /** The last lines printed since the log was opened. */
  tail(): string[];
}

export const logBytesMax = 8 * 1024 * 1024;
const tailBytesMax = 16 * 1024;
const tailLinesMax = 15;
const lineCharactersMax = 400;

export function openLog(path: string, bytesMax = logBytesMax): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  trim(path, bytesMax);
  const descriptor = openSync(path, "a", 0o600);
  let begin = fstatSync(descriptor).size;
  return {
    path,
    descriptor,
    release: () => closeSync(descriptor),
    trim: () => {
      if (trim(path, bytesMax)) begin = 0;
    },
    tail: () => tail(path, begin),
  };
}

function trim(path: string, bytesMax: number): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= bytesMax) return false;
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
  return true;
}

function tail(path: string, begin: number): string[] {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const from = Math.max(begin, size - tailBytesMax);
  if (size <= from) return [];
  const bytes = Buffer.alloc(size - from);
  const descriptor = openSync(path, "r");
  try {
    const read = readSync(descriptor, bytes, 0, bytes.length, from);
    const lines = bytes.toString("utf8", 0, read).split("\n").map(shown);
    return lines.filter((line) => line.trim() !== "").slice(-tailLinesMax);
  } finally {
    closeSync(descriptor);
  }
}

/** A log line as it may be shown on a terminal: colours dropped, other control characters spelled out, not endless. */
function shown(line: string): string {
  return printable(stripVTControlCharacters(line).replaceAll("\t", " "), lineCharactersMax);
}
