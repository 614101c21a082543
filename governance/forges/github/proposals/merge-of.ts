/** Which pull request a commit of the policy branch merged, as GitHub says. Only a claim: git objects have to bear it out. */
import { isAbsence } from "../api/failure.ts";
import { type Pull, pullShape } from "../api/shapes.ts";
import type { Reader } from "./read-pull.ts";

const pagesMax = 3;

/** The last commit of a rebased one, the squashed one, the merge: `merge_commit_sha` is all of them. Others are asked for. */
export async function mergedPull(
  { api, actor, place }: Reader,
  branch: string,
  commit: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { owner, repo } = place;
  const route = "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls";
  try {
    const asked = { owner, repo, commit_sha: commit };
    const { items } = await api.pages(actor.authorizer, route, asked, pullShape, { pagesMax }, signal);
    const merged = items.filter(
      ({ merged_at: at, base }) => at !== null && base.ref === branch && base.repo.id === place.id,
    );
    return (merged.find(({ merge_commit_sha: oid }) => oid === commit) ?? latest(merged))?.number;
  } catch (error) {
    // Not there yet, or of a branch that GitHub does not have.
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function latest(pulls: readonly Pull[]): Pull | undefined {
  return pulls.toSorted((a, b) => (b.merged_at ?? 0) - (a.merged_at ?? 0))[0];
}
