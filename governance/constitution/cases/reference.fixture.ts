/**
 * The textbook version of the evaluator: slow, from the definitions, and sharing no code with it but the reading of
 * documents and patterns. For every prefix of the ballots it counts everything again. It knows ordinary votes only.
 */
import type { DecisionClass } from "../documents/constitution.ts";
import type { Member } from "../documents/members.ts";
import { matchGlob } from "../paths/glob.ts";
import type { Account, Ballot, Snapshot } from "../snapshot.ts";

export interface Expected {
  readonly state: string;
  readonly yes: number;
  readonly no: number;
  readonly abstain: number;
  readonly closesAt: number;
  readonly passesAt: number | undefined;
  readonly votes: readonly string[];
}

type Votes = Map<number, { choice: string; reasoned: boolean }>;
interface Timed {
  readonly member: number;
  readonly choice: string;
  readonly reasoned: boolean;
  readonly at: number;
}

export function expected(snapshot: Snapshot, now: number): Expected {
  const { proposal, merged, current } = snapshot;
  const rules = current.constitution.value;
  const members = current.members.value.members;
  const isMerged = merged !== undefined && merged.at <= now;
  const moment = isMerged ? merged.at : now;

  const paths = proposal.changes.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]));
  const matching = (path: string): DecisionClass[] => {
    const found = rules.classes.filter((one) => one.paths.some((glob) => matchGlob(glob, path)));
    return found.length > 0 ? found : rules.classes.filter(({ name }) => name === rules.defaultClass);
  };
  const touched = rules.classes.filter((one) => paths.some((path) => matching(path).includes(one)));
  const deciding = must(touched[touched.length - 1]);

  const votesThen = snapshot.opening.members.value.members.filter((member) => mayVote(member, rules.voters));
  const entitled = members.filter(
    (member) => mayVote(member, rules.voters) && votesThen.some(({ number }) => number === member.number),
  );
  const electors = entitled.filter(({ number }) => !snapshot.suspended.members.includes(number));

  const whose = (account: Account): Member | undefined =>
    electors.find((one) =>
      account.kind === "key" ? one.sshKeys.includes(account.key) : one.github?.id === account.id,
    );
  const counts = (one: Ballot): boolean => {
    const member = whose(one.by);
    const isSigned = one.signature?.isValid === true && member?.sshKeys.includes(one.signature.key) === true;
    return (
      member !== undefined &&
      !(one.by.kind === "github" && one.by.isBot) &&
      one.proposal === proposal.id &&
      !(merged && one.sequence > merged.sequence) &&
      (one.signature ? isSigned : deciding.ballots !== "signed" && one.by.kind === "github") &&
      one.head === proposal.head.sha &&
      one.plan === proposal.plan &&
      one.isEdited !== true
    );
  };
  const start = Math.max(proposal.openedAt, proposal.head.since);
  const ordered = [...snapshot.ballots].sort((a, b) =>
    a.sequence === b.sequence ? (a.id < b.id ? -1 : 1) : a.sequence - b.sequence,
  );
  const valid = ordered.filter((one, index) => counts(one) && ordered.findIndex(({ id }) => id === one.id) === index);
  const timed: Timed[] = valid.map((one, index) => ({
    member: must(whose(one.by)).number,
    choice: one.dismissedBy && whose(one.dismissedBy)?.number === must(whose(one.by)).number ? "none" : one.choice,
    reasoned: one.isReasoned === true,
    at: Math.max(start, ...valid.slice(0, index + 1).map(({ at }) => at)),
  }));

  const end = proposal.openedAt + deciding.maxMs;
  const author = whose(proposal.proposer);
  const stands =
    author !== undefined &&
    !(proposal.proposer.kind === "github" && proposal.proposer.isBot) &&
    proposal.head.pushedBy !== undefined &&
    whose(proposal.head.pushedBy)?.number === author.number &&
    (deciding.ballots !== "signed" ||
      (proposal.head.signature?.isValid === true && author.sshKeys.includes(proposal.head.signature.key)));
  const first: Timed[] =
    stands && start <= moment && start < end
      ? [{ member: author.number, choice: "yes", reasoned: true, at: start }]
      : [];

  const votesOf = (events: readonly Timed[]): Votes => {
    const votes: Votes = new Map();
    for (const { member, choice, reasoned } of events) {
      if (choice === "none") votes.delete(member);
      else votes.set(member, { choice, reasoned });
    }
    return votes;
  };
  const tally = (votes: Votes) => {
    const sum = { yes: 0, no: 0, abstain: 0 };
    const groups = new Map<string, Member[]>();
    for (const member of electors) {
      const group = member.affiliation?.toLowerCase() ?? `${member.number}`;
      groups.set(group, [...(groups.get(group) ?? []), member]);
    }
    for (const group of groups.values()) {
      const said = (choice: string) => group.filter(({ number }) => votes.get(number)?.choice === choice).length;
      const [y, n, a] = [said("yes"), said("no"), said("abstain")];
      const cap = rules.votesPerAffiliation ?? 1_000_000;
      // The whole number nearest to the exact share; of two that are as near, the smaller.
      let kept = y;
      if (y + n > cap) {
        kept = 0;
        for (let k = 1; k <= cap; k++) {
          if (Math.abs(k * (y + n) - cap * y) < Math.abs(kept * (y + n) - cap * y)) kept = k;
        }
      }
      sum.yes += kept;
      sum.no += y + n > cap ? cap - kept : n;
      sum.abstain += Math.max(0, Math.min(a, cap - y - n));
    }
    return sum;
  };
  const hasQuorum = (votes: Votes): boolean => {
    const { yes, no, abstain } = tally(votes);
    return (deciding.quorum.of === "yes" ? yes : yes + no + abstain) >= deciding.quorum.formula.needed(entitled.length);
  };
  const hasMajority = (votes: Votes): boolean => {
    const { yes, no } = tally(votes);
    const saying = electors.filter(({ number }) => votes.get(number)?.choice === "yes");
    const groups = new Set(saying.map(({ affiliation, number }) => affiliation?.toLowerCase() ?? number));
    return (
      yes > no &&
      yes / (yes + no) >= deciding.share.num / deciding.share.den - 1e-12 &&
      touched.every(({ requires }) =>
        (["member", "maintainer"] as const).every(
          (role) => saying.filter(({ roles }) => roles.includes(role)).length >= (requires.roles[role] ?? 0),
        ),
      ) &&
      touched.every(({ requires }) => requires.affiliations === 1 || groups.size >= requires.affiliations)
    );
  };
  const owners = touched.flatMap((one) =>
    paths.flatMap((path) =>
      one.paths.flatMap((glob) => {
        const machine = matchGlob(glob, path)?.machine;
        const owner = members.find(({ machines }) => machine !== undefined && machines.includes(machine));
        return owner ? [{ owner, asks: one.requires.owner, vetoes: one.veto.owner, reason: one.veto.needsReason }] : [];
      }),
    ),
  );
  const hasConsent = (votes: Votes): boolean =>
    owners.every(({ owner, asks }) => !asks || votes.get(owner.number)?.choice === "yes");
  const isNo = (votes: Votes, number: number, reason: boolean): boolean =>
    votes.get(number)?.choice === "no" && (!reason || votes.get(number)?.reasoned === true);
  const isVetoed = (votes: Votes): boolean =>
    owners.some(({ owner, vetoes, reason }) => vetoes && isNo(votes, owner.number, reason)) ||
    touched.some(({ veto }) =>
      electors.some(
        ({ number, roles }) => veto.roles.some((role) => roles.includes(role)) && isNo(votes, number, veto.needsReason),
      ),
    );

  /** The time of the first prefix from which on `holds` is true to the end; undefined where it is not true at the end. */
  const since = (events: readonly Timed[], holds: (votes: Votes) => boolean): number | undefined => {
    let from: number | undefined;
    for (let length = events.length; length >= first.length; length--) {
      if (!holds(votesOf(events.slice(0, length)))) break;
      from = length === first.length ? start : must(events[length - 1]).at;
    }
    return from;
  };

  const inTime = [...first, ...timed.filter(({ at }) => at <= moment && at < end)];
  const quorumSince = since(inTime, hasQuorum);
  const closesAt = quorumSince === undefined ? end : Math.max(end, quorumSince + deciding.lateQuorumMs);
  const answers = timed.filter(({ at, choice }) => at <= moment && at >= end && at < closesAt && choice !== "yes");
  const all = [...inTime, ...answers];
  const votes = votesOf(all);
  const earliest = start + deciding.minMs;
  const isPassable = (now_: Votes) => hasQuorum(now_) && hasMajority(now_) && hasConsent(now_) && !isVetoed(now_);
  const passableSince = since(all, isPassable);
  const candidate =
    passableSince === undefined || quorumSince === undefined
      ? undefined
      : Math.max(earliest, quorumSince + deciding.lateQuorumMs, passableSince);
  const passesAt = candidate !== undefined && candidate <= closesAt ? candidate : undefined;
  const mergeBy = end + deciding.lateQuorumMs + deciding.mergeWithinMs;

  const state = (): string => {
    if (passesAt !== undefined && moment >= passesAt) return moment > mergeBy ? "expired" : "passed";
    if (isVetoed(votes)) return "vetoed";
    if (isMerged) return "rejected";
    const timeIsRight =
      moment >= earliest &&
      earliest <= closesAt &&
      moment >= proposal.openedAt &&
      (quorumSince === undefined || moment >= quorumSince + deciding.lateQuorumMs);
    if (moment >= closesAt) return hasQuorum(votes) && earliest <= closesAt ? "rejected" : "expired";
    return timeIsRight && hasQuorum(votes) && hasMajority(votes) && !hasConsent(votes) ? "needsConsent" : "open";
  };
  return {
    state: state(),
    ...tally(votes),
    closesAt,
    passesAt,
    votes: [...votes].sort(([a], [b]) => a - b).map(([number, { choice }]) => `${number} ${choice}`),
  };
}

function mayVote({ roles }: Member, voters: readonly string[]): boolean {
  return roles.some((role) => voters.includes(role));
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the reference went wrong");
  return value;
}
