/** The list of pull requests for the policy branch: all that are open, and those that ended after a time. */
import { ForgeError } from "../../forge.ts";
import type { GitHubApi } from "../api/api.ts";
import { type Pull, pullShape } from "../api/shapes.ts";
import type { Actor } from "../credentials/credentials.ts";
import type { Place } from "../place.ts";

/** Ten thousand open ones; more than that are told, not read. */
export const openPagesMax = 100;
/** A thousand that ended. */
export const closedPagesMax = 10;

export interface Pulls {
  readonly pulls: readonly Pull[];
  /** The list was longer than it is read. */
  readonly isCut: boolean;
}

/** `since`: GitHub's time, ms. Throws a ForgeError (`identity`) where they belong to another repository. */
export async function listPulls(
  api: GitHubApi,
  actor: Actor,
  place: Place,
  branch: string,
  since: number,
  signal: AbortSignal,
): Promise<Pulls> {
  const { owner, repo } = place;
  const list = "GET /repos/{owner}/{repo}/pulls";
  const all = { owner, repo, base: branch };
  // Oldest first: pages that are full stay as they are, and cost nothing when they are asked for again.
  const open = await api.pages(
    actor.authorizer,
    list,
    { ...all, state: "open", sort: "created", direction: "asc" },
    pullShape,
    { pagesMax: openPagesMax },
    signal,
  );
  const closed = await api.pages(
    actor.authorizer,
    list,
    { ...all, state: "closed", sort: "updated", direction: "desc" },
    pullShape,
    { pagesMax: closedPagesMax, isEnough: ({ updated_at: at }) => at < since },
    signal,
  );
  // Who is in both lists ended between the two looks.
  const byNumber = new Map([...open.items, ...closed.items].map((pull) => [pull.number, pull]));
  const pulls = [...byNumber.values()].filter((pull) => pull.state === "open" || (endOf(pull) ?? 0) > since);
  const foreign = pulls.find(({ base }) => base.repo.id !== place.id);
  if (foreign) {
    throw new ForgeError("identity", `${owner}/${repo} became repository ${foreign.base.repo.id} while it was read`);
  }
  return { pulls, isCut: open.isCut };
}

export function endOf({ merged_at, closed_at }: Pull): number | undefined {
  return merged_at ?? closed_at ?? undefined;
}
