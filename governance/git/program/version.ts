/** The oldest git that can merge two commits without a work tree (`merge-tree --write-tree`) and read many objects with one program. */
import { printable } from "../../../operator/text/printable.ts";
import { GitError } from "../repository.ts";
import type { GitProgram } from "./program.ts";

export const oldestGit = { major: 2, minor: 38 } as const;

/** Resolves to what `git version` prints. Throws a `GitError` (`unusable`) where git is missing or too old. */
export async function checkVersion(git: GitProgram, signal?: AbortSignal): Promise<string> {
  const { stdout } = await git.run(["version"], { signal, outputBytesMax: 10_000 });
  const text = stdout.toString("utf8").trim();
  if (!isNewEnough(text)) {
    throw new GitError(
      "unusable",
      `git ${oldestGit.major}.${oldestGit.minor} or newer is needed, and this machine has "${printable(text, 80)}": install a newer git`,
    );
  }
  return text;
}

/** `text` as `git version` prints it: `git version 2.39.5`, with anything behind it. */
export function isNewEnough(text: string): boolean {
  const [, major, minor] = /^git version (\d{1,4})\.(\d{1,4})(?:\D|$)/.exec(text) ?? [];
  if (major === undefined || minor === undefined) return false;
  if (Number(major) !== oldestGit.major) return Number(major) > oldestGit.major;
  return Number(minor) >= oldestGit.minor;
}
