/** Names of refs, as `git check-ref-format` takes them; always whole, from `refs/` on. */
import { printable } from "../../../operator/text/printable.ts";
import { gitLimits } from "../limits.ts";
import { GitError } from "../repository.ts";

export function isRefName(name: string): boolean {
  return (
    name.startsWith("refs/") &&
    name.length <= gitLimits.refNameCharsMax &&
    !/[\p{Cc}\p{Cs} ~^:?*[\\]|\.\.|@\{|\/\//u.test(name) &&
    name
      .split("/")
      .every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".") && !part.endsWith(".lock"))
  );
}

/** What git finds without searching: no times (`@{…}`), no words (`:/…`, `^{/…}`), one line. */
export function isRevision(text: string): boolean {
  return text !== "" && !/\p{Cc}|\p{Cs}|@\{|\{\/|^:/u.test(text);
}

/** Throws a `GitError` (`failed`). */
export function checkRefName(name: string): void {
  if (!isRefName(name))
    throw new GitError("failed", `"${printable(name, 200)}" is no name of a ref: give it from refs/ on`);
}
