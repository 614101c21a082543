/** Offers the way back to what was ratified: a branch, pushed with git, and one pull request for it. */
import { z } from "zod";
import type { GitRepository, Remote } from "../../git/repository.ts";
import { ForgeError, type RevertOffer } from "../forge.ts";
import { remoteRefs } from "../git/names.ts";
import { asForgeError, pushRefusal } from "../git/remote-failure.ts";
import { statusOf } from "./api/failure.ts";
import { madeShape } from "./api/shapes.ts";
import type { Reader } from "./proposals/read-pull.ts";

export interface RevertTarget {
  readonly repository: GitRepository;
  readonly remote: Remote;
  /** Name of the policy branch. */
  readonly branch: string;
}

/** Once per commit: one that somebody closed is not opened again. */
export async function offerRevert(
  { api, actor, place }: Reader,
  { repository, remote, branch: base }: RevertTarget,
  offer: RevertOffer,
  signal: AbortSignal,
): Promise<void> {
  const { owner, repo } = place;
  const ref = remoteRefs.revert(offer.head);
  const head = ref.replace("refs/heads/", "");
  const list = "GET /repos/{owner}/{repo}/pulls";
  const asked = { owner, repo, head: `${owner}:${head}`, base, state: "all", per_page: 1 };
  if ((await api.get(actor.authorizer, list, asked, z.array(madeShape), signal)).length > 0) return;
  const refusal = pushRefusal(remote, ref, "the governance service's App or token");
  await asForgeError(() => repository.push(remote, [`+${offer.revert}:${ref}`], { signal }), refusal);
  const { title, body } = offer;
  const make = "POST /repos/{owner}/{repo}/pulls";
  try {
    await api.change(actor.authorizer, make, { owner, repo, head, base, title, body }, madeShape, signal);
  } catch (error) {
    // Made at the same time, or there is nothing to go back from any more.
    if (error instanceof ForgeError && statusOf(error) === 422) return;
    throw error;
  }
}
