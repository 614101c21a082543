/** Since when a proposal is one, and since when its head is what is voted on. Pure. */
import type { Account } from "../../../constitution/snapshot.ts";
import type { ForgeProposal } from "../../forge.ts";
import type { Activity, IssueEvent, Pull } from "../api/shapes.ts";

/** Of a pull request that was opened for another branch and turned to the policy branch later, that is when it became one. */
export function openedAt(pull: Pull, events: readonly IssueEvent[]): number {
  return Math.max(pull.created_at, ...timesOf(events, turned));
}

const turned = new Set(["base_ref_changed", "automatic_base_change_succeeded"]);
/** While it was closed nobody looked at it. */
const reopened = new Set(["reopened"]);

/** A push that ended at the present head, as GitHub tells it. */
export interface Push {
  readonly at: number;
  readonly by: Account | undefined;
}

/** `activity`: of the branch that it comes from, latest first. */
export function pushOf({ head }: Pull, activity: Activity): Push | undefined {
  const push = activity.find(({ after, ref }) => after === head.sha && ref === `refs/heads/${head.ref}`);
  return push && { at: push.timestamp, by: push.actor ?? undefined };
}

/** Without a push that is told nothing is known of who put the head there, and when. */
export function headOf(pull: Pull, events: readonly IssueEvent[], push: Push | undefined): ForgeProposal["head"] {
  const oid = pull.head.sha;
  if (!push) return { oid };
  // What was there when it was opened, its author has proposed, whoever pushed it before.
  const by = push.at <= pull.created_at ? pull.user : push.by;
  const since = Math.max(openedAt(pull, events), push.at, ...timesOf(events, reopened));
  return { oid, since, ...(by && { pushedBy: by }) };
}

function timesOf(events: readonly IssueEvent[], names: ReadonlySet<string>): number[] {
  return events.filter(({ event }) => names.has(event)).map(({ created_at: at }) => at);
}
