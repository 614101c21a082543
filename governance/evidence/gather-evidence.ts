/**
 * Puts the evidence of one proposal together from what the forge says, what was seen when, and what the log holds. Pure.
 * Where the forge has no time of its own, it is the time at which something was first seen.
 */
import type { Account, Suspended } from "../constitution/snapshot.ts";
import type { ForgeBallot, ForgeProposal } from "../forges/forge.ts";
import type { Oid } from "../git/repository.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { Seen, Sighting } from "../sightings/sighting.ts";
import { ratifiedAt } from "../verification/ratified.ts";
import type { Evidence, EvidenceBallot } from "./evidence.ts";

export interface EvidenceInput {
  readonly repository: string;
  readonly proposal: ForgeProposal;
  /** Of this proposal, in their order. */
  readonly sightings: readonly Sighting[];
  readonly records: readonly LoggedRecord[];
  /** The last ratified commit. */
  readonly current: Oid;
  /** The tree that a merge makes or made. */
  readonly tree: Oid;
  /** With what it makes it, while nothing is merged. */
  readonly base?: Oid;
  readonly suspended: Suspended;
  /** The commit of the policy branch that merged it, where one did. */
  readonly mergedBy?: Oid;
  readonly emergencyRatifiedAt?: number;
}

/** All of a proposal that must be noted before it is judged; with the plan that is shown for its head now, where it is known already. */
export function seenOf(proposal: ForgeProposal, plan?: string): Seen[] {
  const { id, openedAt, head, ballots } = proposal;
  return [
    { kind: "proposal", proposal: id, id: "", ...timed(openedAt) },
    { kind: "head", proposal: id, id: head.oid, ...timed(head.since) },
    ...(plan === undefined ? [] : [{ kind: "plan", proposal: id, id: `${head.oid} ${plan}` } as const]),
    ...ballots.map((ballot): Seen => ({ kind: "ballot", proposal: id, id: ballot.id, ...timed(ballot.at) })),
  ];
}

function timed(at: number | undefined): { at: number } | undefined {
  return at === undefined ? undefined : { at };
}

/** Throws a TypeError where something was not noted before it is used: that is an error of the program. */
export function gatherEvidence(input: EvidenceInput): Evidence {
  const { repository, proposal, records, current, base, tree, suspended, mergedBy, emergencyRatifiedAt } = input;
  const openedAt = openingTime(input);
  const head = sightingOf(input, "head", proposal.head.oid);
  const merge = mergedBy === undefined ? undefined : sightingOf(input, "merge", mergedBy);
  const ballots = proposal.ballots.map((ballot) => evidenceBallot(ballot, input));
  return {
    format: 1,
    repository,
    proposal: {
      id: proposal.id,
      proposer: nameless(proposal.proposer),
      openedAt,
      head: {
        oid: proposal.head.oid,
        since: Math.max(openedAt, head.at),
        ...(proposal.head.pushedBy && { pushedBy: nameless(proposal.head.pushedBy) }),
      },
      ...(proposal.isEmergency && {
        emergency: emergencyRatifiedAt === undefined ? {} : { ratifiedAt: emergencyRatifiedAt },
      }),
    },
    opening: ratifiedAt(records, openedAt).commit,
    current,
    candidate: { tree },
    ...(base !== undefined && { base }),
    suspended,
    ballots,
    ...(merge && {
      merged: {
        at: Math.max(openedAt, mergeTime(proposal.mergedAt ?? merge.at, merge.sequence, ballots)),
        sequence: merge.sequence,
      },
    }),
  };
}

/** A forge that dates a merge to the second means any moment of it: what was seen before it in that second was there before. */
function mergeTime(at: number, sequence: number, ballots: readonly EvidenceBallot[]): number {
  const before = ballots.filter((ballot) => ballot.sequence < sequence && ballot.at < at + 1_000);
  return Math.max(at, ...before.map((ballot) => ballot.at));
}

/** The log's word outlives the journal of sightings. */
function openingTime({ proposal, records, ...input }: EvidenceInput): number {
  for (const { record } of records) {
    if (record.kind === "opened" && record.proposal === proposal.id) return record.openedAt;
  }
  return proposal.openedAt ?? sightingOf({ proposal, ...input }, "proposal", "").at;
}

function evidenceBallot(ballot: ForgeBallot, input: EvidenceInput): EvidenceBallot {
  const { sequence, at } = sightingOf(input, "ballot", ballot.id);
  const { signature, dismissedBy } = ballot;
  return {
    id: ballot.id,
    sequence,
    at: ballot.at ?? at,
    proposal: ballot.proposal ?? input.proposal.id,
    by: nameless(ballot.by),
    choice: ballot.choice,
    head: ballot.head,
    plan: ballot.plan ?? planShown(ballot, ballot.at ?? at, input.sightings),
    isEmergency: ballot.isEmergency,
    replaces: ballot.replaces,
    isEdited: ballot.isEdited,
    isReasoned: ballot.isReasoned,
    ...(dismissedBy && { dismissedBy: nameless(dismissedBy) }),
    ...(signature && { object: signature.object }),
  };
}

/** The plan that was shown for that head when the ballot was cast; the first one where the ballot came before any. */
function planShown(ballot: ForgeBallot, at: number, sightings: readonly Sighting[]): string {
  const plans = sightings.filter(({ kind, id }) => kind === "plan" && id.startsWith(`${ballot.head} `));
  const shown = plans.findLast((plan) => plan.at <= at) ?? plans[0];
  return shown ? shown.id.slice(ballot.head.length + 1) : "none was shown";
}

function sightingOf(
  { proposal, sightings }: Pick<EvidenceInput, "proposal" | "sightings">,
  kind: Sighting["kind"],
  id: string,
): Sighting {
  const found = sightings.find((one) => one.kind === kind && one.id === id);
  if (!found) throw new TypeError(`${kind} ${id} of ${proposal.id} was used before it was noted`);
  return found;
}

/** A login is a name, and it changes hands: the number is what counts. */
function nameless(account: Account): Account {
  return account.kind === "key" ? account : { ...account, login: `id-${account.id}` };
}
