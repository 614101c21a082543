/** The git on PATH: it is neither downloaded nor built, since every system has a package of it. */
import { gitProgram } from "../../../governance/git/program/program.ts";
import { checkVersion } from "../../../governance/git/program/version.ts";
import type { Clock } from "../../../operator/clock/clock.ts";

export interface FindGitOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Its version, `2.39.5`. Throws a GitError that says what to do where it is missing or too old. */
export async function findGit({ env, clock, signal }: FindGitOptions): Promise<string> {
  const git = gitProgram({ clock, environment: env });
  try {
    return (await checkVersion(git, signal)).replace("git version ", "");
  } finally {
    await git.close();
  }
}
