import type { GitRepository, Remote } from "../../governance/git/repository.ts";
import { GitError } from "../../governance/git/repository.ts";
import { printable } from "../../operator/text/printable.ts";
import { PolicyRefusal } from "./refusal.ts";
import { withAccess } from "./remote-access.ts";
import type { Surroundings } from "./surroundings.ts";

/** Pushes all or nothing. Throws a PolicyRefusal where the remote does not take it. */
export async function pushTo(
  remote: Remote,
  around: Surroundings,
  repository: GitRepository,
  refspecs: readonly string[],
): Promise<void> {
  const { signal } = around;
  try {
    await withAccess(remote, around, (way) => repository.push(way, refspecs, { signal }));
  } catch (error) {
    if (!(error instanceof GitError) || error.code !== "rejected") throw error;
    const refs = refspecs.map((refspec) => refspec.slice(refspec.indexOf(":") + 1)).join(", ");
    throw new PolicyRefusal(
      `${printable(remote.url, 300)} does not take ${refs}: ask for the right to push there, or fetch again where somebody was faster`,
      { cause: error },
    );
  }
}
