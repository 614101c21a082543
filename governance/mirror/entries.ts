/**
 * The decision log told by subject: for every proposal that is in it, and for every commit that no proposal brought, what was decided
 * and how far it has come. Pure; the words and conditions that `kubectl` shows are made from it in `decision-status.ts`.
 */
import type { DecisionState } from "../../operator/apis/decision.ts";
import type { Oid } from "../git/repository.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { AppliedRecord, VerdictRecord } from "../log/record.ts";
import type { GovernanceView, JudgedProposal } from "../service/governance.ts";
import { ratifiedCommits } from "../verification/ratified.ts";

export interface Entry {
  /** Name of the Decision. */
  readonly name: string;
  readonly proposal?: string;
  readonly commit?: Oid;
  readonly state: DecisionState;
  /** All that the log says of it, oldest first. */
  readonly records: readonly LoggedRecord[];
  /** The last verdict in the log. */
  readonly verdict?: VerdictRecord;
  /** As it stands now, while it is open. */
  readonly judged?: JudgedProposal;
  /** The rollout that brought it into force. */
  readonly applied?: AppliedRecord;
  /** The forge on which it was open when the community left that: nobody can vote for it any more. */
  readonly leftOn?: string;
}

/** `github:5/7` → `github-7`, `git:<genesis>/<opening>` → `git-<12 digits>`. */
export function decisionName({ proposal, commit }: { readonly proposal?: string; readonly commit?: Oid }): string {
  const [forge = "", id = ""] = proposal === undefined ? ["commit", `/${commit ?? ""}`] : proposal.split(":", 2);
  return `${forge}-${(id.split("/")[1] ?? "").slice(0, 12)}`;
}

export interface EntriesView extends Pick<GovernanceView, "open" | "rollout"> {
  /** Where proposals are made today: `git:…` or `github:…`. */
  readonly identity: string;
}

/** Of whose proposal this is: `github:5/7` → `github:5`. */
export function repositoryOf(proposal: string): string {
  return proposal.slice(0, proposal.lastIndexOf("/"));
}

/** Those of which the log spoke last, at most `max`, in the order of their last record. */
export function entriesOf(
  records: readonly LoggedRecord[],
  view: EntriesView,
  max = Number.POSITIVE_INFINITY,
): Entry[] {
  const subjects = new Map<string, LoggedRecord[]>();
  for (const logged of records) {
    const key = subjectOf(logged);
    if (key === undefined) continue;
    const own = subjects.get(key);
    if (own) own.push(logged);
    else subjects.set(key, [logged]);
  }
  const lately = [...subjects.values()].toSorted((a, b) => (a.at(-1)?.index ?? 0) - (b.at(-1)?.index ?? 0));
  return lately.slice(-Math.min(max, lately.length)).map((own) => entryOf(own, records, view));
}

function subjectOf({ record }: LoggedRecord): string | undefined {
  if ("proposal" in record && record.proposal !== undefined) return record.proposal;
  return record.kind === "unratified" ? record.commit : undefined;
}

function entryOf(
  own: readonly LoggedRecord[],
  all: readonly LoggedRecord[],
  { open, rollout, identity }: EntriesView,
): Entry {
  const [first] = own;
  const proposal = first && "proposal" in first.record ? first.record.proposal : undefined;
  const commit = first?.record.kind === "unratified" && proposal === undefined ? first.record.commit : undefined;
  const subject = { ...(proposal !== undefined && { proposal }), ...(commit !== undefined && { commit }) };
  const verdict = own.flatMap(({ record }) => ("decidedBy" in record ? [record] : [])).at(-1);
  const judged = open.find((one) => one.proposal.id === proposal);
  const applied = inForceBy(own, all);
  const state = applied ? "applied" : stateOf(own, all, judged, rollout);
  const from = proposal === undefined ? identity : repositoryOf(proposal);
  const isLeft = from !== identity && own.at(-1)?.record.kind === "opened";
  return {
    name: decisionName(subject),
    ...subject,
    state: isLeft ? "closed" : state,
    ...(isLeft && { leftOn: from }),
    records: own,
    ...(verdict && { verdict }),
    ...(judged && { judged }),
    ...(applied && { applied }),
  };
}

/** The first rollout of a commit that holds what was ratified here. */
function inForceBy(own: readonly LoggedRecord[], all: readonly LoggedRecord[]): AppliedRecord | undefined {
  const ratified = own.find(({ record }) => record.kind === "ratified");
  if (!ratified) return undefined;
  const places = new Map(ratifiedCommits(all).map(({ commit, index }) => [commit, index]));
  for (const { record } of all.slice(ratified.index)) {
    if (record.kind === "applied" && (places.get(record.commit) ?? -1) >= ratified.index) return record;
  }
  return undefined;
}

function stateOf(
  own: readonly LoggedRecord[],
  all: readonly LoggedRecord[],
  judged: JudgedProposal | undefined,
  rollout: GovernanceView["rollout"],
): DecisionState {
  const last = own.at(-1)?.record;
  // Its proposal expires beside, so that a crash between the two loses no last word on the forge; what people look for is that it was in force, and ended.
  if (last?.kind === "expired" && own.some(({ record }) => record.kind === "emergencyEnded")) return "ended";
  switch (last?.kind) {
    case "rejected":
    case "vetoed":
    case "expired":
    case "closed":
    case "emergency":
      return last.kind;
    case "emergencyEnded":
      return "ended";
    case "unratified": {
      const at = own.at(-1)?.index ?? 0;
      return all.slice(at).some(({ record }) => record.kind === "restored") ? "restored" : "unratified";
    }
    case "ratified": {
      if (rollout.commit !== last.merge?.commit) return "ratified";
      return rollout.state === "waiting" ? "applying" : rollout.state === "failed" ? "applyFailed" : "ratified";
    }
    default:
      return openState(judged);
  }
}

function openState(judged: JudgedProposal | undefined): DecisionState {
  const state = judged?.verdict?.state;
  return state === "needsConsent" || state === "passed" ? state : "open";
}
