/** Every sentence that a verdict can say, so that words are read by somebody before a community reads them. */
import { describe, expect, test } from "vitest";
import { type ReasonCode, type ReasonData, reason, reasonCodes } from "./reason.ts";

const at = Date.UTC(2026, 0, 10);
const of = { ballot: "sha256:0123456789abcdef", by: "bob" };
const key = `ssh-ed25519 ${"A".repeat(40)}bobs-last-12`;
const problem = (line: number) => ({
  file: "members.yaml",
  line,
  column: 3,
  path: "members[0]",
  reason: "number is missing",
  fix: "add it",
});
const shortages = [{ rule: "policy", sentence: "policy asks for a quorum of 3, but 2 members may vote" }];
const quorum = { votes: 1, needed: 2, of: "cast" as const, electors: 3 };

const table: { [C in ReasonCode]: readonly (readonly [ReasonData[C], string])[] } = {
  DecidedAs: [
    [
      { class: "routine", classes: ["routine"], paths: ["models/a.yaml"] },
      "Decided as routine, the strictest class of what it changes: models/a.yaml.",
    ],
    [
      { class: "policy", classes: ["routine", "policy"], paths: ["routes/a.yaml"] },
      "Decided as policy, the strictest class of what it changes: routes/a.yaml (classes: routine, policy).",
    ],
  ],
  EmergencyProcedure: [[{ signers: 2 }, "Opened as an emergency: 2 signers decide, and it may only reduce."]],
  RulesChanged: [
    [
      { opening: `sha256:${"a".repeat(64)}`, current: `sha256:${"b".repeat(64)}` },
      "The constitution was changed since this was opened (aaaaaaaaaaaa, now bbbbbbbbbbbb): it has to pass under both.",
    ],
  ],
  NothingChanges: [[{}, "It changes nothing."]],
  TooManyChanges: [[{ changes: 10_001, changesMax: 10_000 }, "It changes 10001 files, 10000 are the most: split it."]],
  UnsafePaths: [
    [
      { paths: [{ path: "a\u202eb", problem: "holds characters that cannot be seen" }] },
      "Paths that are not taken: a\\u{202e}b holds characters that cannot be seen. Rename them.",
    ],
  ],
  UnsafeModes: [
    [
      { paths: [{ path: "run.sh", mode: "100755" }] },
      "Only plain files (mode 100644) are taken; not so run.sh (100755).",
    ],
  ],
  CollidingPaths: [
    [{ paths: ["a", "A"] }, "Some people and systems cannot tell these names apart: a and A. Rename one."],
  ],
  ConstitutionNotAlone: [
    [
      { others: ["a", "b"] },
      "A change of the constitution travels alone, but this also changes a and b: open a second proposal for that.",
    ],
  ],
  ConstitutionMissing: [[{}, "It takes constitution.yaml away; a community without rules cannot decide anything."]],
  ConstitutionInvalid: [
    [
      { problems: [problem(1), problem(2)] },
      "The proposed constitution cannot be taken: members.yaml:1:3: members[0]: number is missing; add it (and 1 more problem).",
    ],
  ],
  ConstitutionVersionWrong: [
    [{ ratified: 2, proposed: 2 }, "The proposed constitution has version 2; the one after version 2 is 3."],
  ],
  ConstitutionChainBroken: [
    [
      { ratified: "sha256:abc", named: undefined },
      "The proposed constitution says that it follows none, but abc is ratified: write previous: sha256:abc.",
    ],
    [
      { ratified: "sha256:abc", named: "sha256:def" },
      "The proposed constitution says that it follows def, but abc is ratified: write previous: sha256:abc.",
    ],
  ],
  ConstitutionInfeasible: [
    [
      { shortages },
      "No vote could satisfy the proposed constitution with today's members: policy asks for a quorum of 3, but 2 members may vote.",
    ],
  ],
  MembersMissing: [[{}, "It takes members.yaml away; nobody could vote any more."]],
  MembersInvalid: [
    [
      { problems: [problem(7)] },
      "The proposed members cannot be taken: members.yaml:7:3: members[0]: number is missing; add it.",
    ],
  ],
  MembersInfeasible: [
    [
      { shortages },
      "With these members no vote could satisfy the constitution: policy asks for a quorum of 3, but 2 members may vote.",
    ],
  ],
  MembersTooFew: [[{ members: 1, minMembers: 3 }, "It leaves 1 voting member; 3 are the least."]],
  SubjectsTooMany: [
    [
      { subjects: ["alice", "bob"], allowed: 1, electors: 3 },
      "It takes the membership, roles or keys of alice and bob; of 3 voters at most 1 at once.",
    ],
  ],
  NumbersReused: [[{ members: ["eve"], greatest: 6 }, "Numbers are never given again: eve must have one above 6."]],
  MachinesUnowned: [
    [
      { machines: [{ machine: "box", path: "hosts/box.yaml" }] },
      "No member owns box (hosts/box.yaml): enter it in members.yaml first, by a proposal of its own.",
    ],
  ],
  EmergencyUnknown: [[{}, "The constitution knows no emergency: open it as an ordinary proposal."]],
  EmergencyGrants: [
    [
      { grants: [{ path: "models/a.yaml", what: "changes spec.replicas" }] },
      "An emergency may only reduce, but models/a.yaml changes spec.replicas. Open it as an ordinary proposal.",
    ],
    [
      { grants: Array.from({ length: 7 }, () => ({ path: "a", what: "is added" })) },
      "An emergency may only reduce, but a is added; a is added; a is added; a is added; a is added; and 2 more. Open it as an ordinary proposal.",
    ],
  ],
  BallotDuplicate: [[of, "Ballot 0123456789ab of bob came twice and counts once."]],
  BallotForOther: [[{ ...of, proposal: "github:1/2" }, "A ballot of bob is for another proposal, github:1/2."]],
  BallotForOtherProcedure: [
    [{ ...of, isEmergency: true }, "A ballot of bob is for an ordinary vote: an emergency needs one that says so."],
    [{ ...of, isEmergency: false }, "A ballot of bob is for an emergency, and this is none."],
  ],
  BallotAfterMerge: [[of, "A ballot of bob came after the merge."]],
  BallotOfBot: [[of, "bob is a bot: bots have no vote."]],
  BallotOfNonMember: [
    [{ ...of, former: undefined }, "bob is no member."],
    [
      { ...of, former: "carol" },
      "bob is no member: the login is one that carol has in members.yaml, but the account is another.",
    ],
  ],
  BallotOfNewMember: [[of, "bob became a member after this was opened, or becomes one by it: no vote on this one."]],
  BallotOfRevoked: [[of, "bob is no longer a member with a vote."]],
  BallotOfVoteless: [[{ ...of, roles: ["member", "maintainer"] }, "bob has no vote: only member and maintainer vote."]],
  BallotOfSuspended: [[of, "The vote of bob is suspended by an emergency that is not yet ratified."]],
  BallotOfSubject: [[of, "This is about bob, who therefore has no vote on it."]],
  BallotSignatureInvalid: [[of, "The signature on a ballot of bob is not valid for what the ballot says."]],
  BallotKeyForeign: [
    [{ ...of, key }, "A ballot of bob is signed with ssh-ed25519 …bobs-last-12, which is not a key of bob."],
  ],
  BallotKeyRevoked: [
    [
      { ...of, key },
      "A ballot of bob is signed with ssh-ed25519 …bobs-last-12, which was revoked: sign again with a current key.",
    ],
  ],
  BallotKeySuspended: [
    [
      { ...of, key },
      "A ballot of bob is signed with ssh-ed25519 …bobs-last-12, which is suspended by an emergency that is not yet ratified.",
    ],
  ],
  BallotUnsigned: [
    [{ ...of, class: "policy" }, "A ballot of bob has no signature; policy counts signed ballots only."],
  ],
  BallotForOtherHead: [
    [
      { ...of, head: "1234567890abcdef", current: "abcdef1234567890" },
      "A ballot of bob is for 1234567890ab; since then abcdef123456 was pushed: look at it and vote again.",
    ],
  ],
  BallotForOtherPlan: [
    [
      { ...of, plan: "sha256:aa", current: "sha256:bb" },
      "A ballot of bob is for another effect (plan aa, now bb): look at it and vote again.",
    ],
  ],
  BallotEdited: [[of, "A ballot of bob was edited after it was written: write a new one."]],
  BallotNotYetCast: [
    [{ ...of, at }, "A ballot of bob is of 2026-01-10T00:00:00Z, which has not come yet: one of the clocks is wrong."],
  ],
  BallotTooLate: [
    [
      { ...of, at: at + 1_000, closedAt: at },
      "A ballot of bob came at 2026-01-10T00:00:01Z; voting ended at 2026-01-10T00:00:00Z.",
    ],
  ],
  BallotYesInExtension: [
    [
      { ...of, until: at },
      "A yes of bob came in the extension until 2026-01-10T00:00:00Z, which is for those who would answer a late quorum.",
    ],
  ],
  BallotReplaced: [[of, "Ballot 0123456789ab of bob came late: they had replaced it before it came."]],
  BallotSuperseded: [
    [{ ...of, later: "ballot-2" }, "Ballot 0123456789ab of bob is superseded by their later one, ballot-2."],
  ],
  BallotWithdrawn: [[of, "bob withdrew their ballot."]],
  BallotOfProposer: [[of, "bob proposed this and is counted as yes already; approving it too adds nothing."]],
  DismissalIgnored: [
    [
      { ...of, dismissedBy: "@admin (GitHub account 9)" },
      "@admin (GitHub account 9) dismissed a ballot of bob. Nobody can take away another's vote: it counts on.",
    ],
  ],
  NotesOmitted: [[{ notes: 300, spelledOut: 200 }, "There are 300 notes about ballots; 200 of them are written out."]],
  ClockBehind: [
    [
      { now: at, openedAt: at + 1_000 },
      "It is 2026-01-10T00:00:00Z here, but this was opened at 2026-01-10T00:00:01Z: a clock is wrong, so nothing passes.",
    ],
  ],
  PeriodRunning: [[{ until: at, leftMs: 90_000 }, "It may pass from 2026-01-10T00:00:00Z on, in 1 minute 30 seconds."]],
  LateQuorumRunning: [
    [
      { quorumSince: at, until: at + 1_000 },
      "The quorum was reached only at 2026-01-10T00:00:00Z: others have until 2026-01-10T00:00:01Z to answer.",
    ],
  ],
  HeadTooLate: [
    [
      { earliest: at + 1_000, closesAt: at },
      "The last push came so late that it could pass from 2026-01-10T00:00:01Z on, but voting ends at 2026-01-10T00:00:00Z: open it again.",
    ],
  ],
  QuorumReached: [[{ ...quorum, votes: 2 }, "The quorum is reached: 2 votes of 3 voters, 2 needed."]],
  QuorumMissing: [
    [quorum, "The quorum is not reached: 1 vote of 3 voters, 2 needed."],
    [{ ...quorum, of: "yes", electors: 1 }, "The quorum is not reached: 1 yes of 1 voter, 2 needed."],
    [{ ...quorum, of: "yes", votes: 0 }, "The quorum is not reached: 0 yes of 3 voters, 2 needed."],
  ],
  ShareReached: [[{ yes: 2, no: 1, share: "2/3" }, "2 yes and 1 no reach the share of 2/3."]],
  ShareMissing: [
    [{ yes: 1, no: 1, share: "2/3" }, "1 yes and 1 no do not reach the share of 2/3."],
    [{ yes: 1, no: 1, share: "1/2" }, "1 yes and 1 no do not reach the share of 1/2 (more yes than no)."],
  ],
  RoleMissing: [
    [{ role: "maintainer", yes: 0, needed: 1 }, "It needs the yes of 1 maintainer; none said so."],
    [{ role: "maintainer", yes: 1, needed: 2 }, "It needs the yes of 2 maintainers; only 1 said so."],
  ],
  AffiliationsMissing: [[{ affiliations: 0, needed: 2 }, "It needs a yes from 2 affiliations; so far none."]],
  ConsentMissing: [
    [
      { owners: [{ owner: "bob", machine: "box", path: "hosts/box.yaml" }] },
      "It needs the consent of bob (owner of box).",
    ],
  ],
  Vetoed: [
    [
      {
        by: [
          { member: "bob", as: "owner of box" },
          { member: "carol", as: "maintainer" },
        ],
      },
      "Vetoed by bob (owner of box) and carol (maintainer).",
    ],
  ],
  SignersMissing: [
    [
      { signers: [], needed: 2 },
      "An emergency needs the signed yes of 2 members of different affiliation; so far of none.",
    ],
    [
      { signers: ["bob"], needed: 2 },
      "An emergency needs the signed yes of 2 members of different affiliation; so far of bob.",
    ],
  ],
  AffiliationCapped: [
    [
      { affiliation: "Initech", votes: 5, counted: 2 },
      "Of 5 votes from Initech 2 count, in the proportion in which they were cast.",
    ],
  ],
  ProposerCounted: [[{ proposer: "alice" }, "alice proposed it, which counts as yes."]],
  ProposerNotCounted: [
    [{ proposer: "alice", why: "it is about them" }, "The proposal itself is no yes of alice: it is about them."],
  ],
  MergedUnpassed: [[{ mergedAt: at }, "It was merged at 2026-01-10T00:00:00Z without having passed."]],
  MergedTooLate: [
    [
      { mergedAt: at + 1_000, mergeBy: at },
      "It had passed, but was merged at 2026-01-10T00:00:01Z; until 2026-01-10T00:00:00Z was the time for that. Open it again.",
    ],
  ],
  NotMerged: [[{ mergeBy: at }, "It had passed, but nobody merged it until 2026-01-10T00:00:00Z: open it again."]],
  EmergencyRunning: [
    [{ expiresAt: at }, "As an emergency it ends at 2026-01-10T00:00:00Z unless an ordinary vote ratifies it."],
  ],
  EmergencyLapsed: [
    [
      { expiresAt: at },
      "The emergency ended at 2026-01-10T00:00:00Z without being ratified: what it changed is undone.",
    ],
  ],
};

describe.each(reasonCodes)("%s", (code) => {
  test.each(table[code].map(([data, sentence]) => [sentence, data] as const))("%s", (sentence, data) => {
    expect(reason(code, data as never)).toEqual({ code, data, sentence });
  });
});
