/** Text that goes into objects that we write. */
import { printable } from "../../../operator/text/printable.ts";
import { GitError } from "../repository.ts";

/** `Name <mail> seconds +0000`. Throws a `GitError` (`failed`). */
export function personLine(person: string, at: number): string {
  if (!/^[^<>\p{Cc}]+ <[^<>\s\p{Cc}]+>$/u.test(person)) {
    throw new GitError("failed", `"${printable(person, 100)}" is no author: give "Name <mail>"`);
  }
  const seconds = Math.floor(at / 1000);
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > secondsMax) {
    throw new GitError("failed", `${at} ms is no time that git can write`);
  }
  return `${person} ${seconds} +0000`;
}

/** Throws a `GitError` (`failed`) for text that would be read as other text: with NUL, or with half of a character. */
export function checkText(what: string, text: string): void {
  if (/\0|\p{Cs}/u.test(text)) {
    throw new GitError("failed", `${what} holds a NUL or half of a character`);
  }
}

/** The last second of the year 9999. */
const secondsMax = 253_402_300_799;
