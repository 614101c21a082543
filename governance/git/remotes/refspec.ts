/** Refspecs `[+][from]:to` and patterns of refs. What git would take as an option or expand by its own rules is refused. */
import { printable } from "../../../operator/text/printable.ts";
import { gitLimits } from "../limits.ts";
import { isRefName } from "../refs/name.ts";
import { GitError } from "../repository.ts";

/** Throws a `GitError` (`failed`). `from` is a whole name or an object id, `to` a whole name; either may have one `*`, then both. */
export function checkRefspecs(refspecs: readonly string[]): void {
  if (refspecs.length === 0 || refspecs.length > gitLimits.refspecsMax) {
    throw new GitError("failed", `${refspecs.length} refspecs were given, and 1 to ${gitLimits.refspecsMax} can be`);
  }
  for (const refspec of refspecs) {
    if (!isRefspec(refspec))
      throw new GitError("failed", `"${printable(refspec, 200)}" is no refspec: give [+]refs/…:refs/…`);
  }
}

export function isRefspec(refspec: string): boolean {
  const [from, to, ...more] = refspec.replace(/^\+/, "").split(":");
  if (from === undefined || to === undefined || more.length > 0) return false;
  const isFrom = from === "" || /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(from) || isPattern(from);
  return isFrom && isPattern(to) && (from === "" || stars(from) === stars(to)) && !(from === "" && stars(to) > 0);
}

/** A name, or one with a `*` that stands for anything. Throws a `GitError` (`failed`). */
export function patternOf(pattern: string): RegExp {
  if (!isPattern(pattern))
    throw new GitError("failed", `"${printable(pattern, 200)}" is no pattern of refs: give refs/… with at most one *`);
  const [before = "", after] = pattern.split("*").map((text) => text.replace(/[.+^${}()|[\]\\?/-]/g, "\\$&"));
  return new RegExp(after === undefined ? `^${before}$` : `^${before}.+${after}$`, "s");
}

function isPattern(text: string): boolean {
  return stars(text) <= 1 && isRefName(text.replace("*", "x"));
}

function stars(text: string): number {
  return text.split("*").length - 1;
}
