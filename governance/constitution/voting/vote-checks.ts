/**
 * What a vote must reach to pass: ordered lists, each entry one condition, none of them about time. They are asked of the
 * votes as they stand at one moment, and again at every moment before, to know since when they hold.
 */
import type { Case } from "../case.ts";
import { reachesShare, shareText } from "../documents/share.ts";
import { type Reason, reason } from "../reasons/reason.ts";
import { shown } from "../reasons/wording.ts";
import { affiliationsOf } from "./affiliations.ts";
import type { Standing } from "./standing.ts";

export type VoteCheck = (standing: Standing, the: Case) => Reason | undefined;

/** Asked alone to know when a quorum was reached. */
export const quorumCheck: VoteCheck = (standing, the) => {
  if (the.procedure.emergency) return signersMissing(standing, the);
  const { quorum } = the.classification.decidedBy;
  const electors = the.electorate.size;
  const needed = quorum.formula.needed(electors);
  const { cast, yes } = standing.tally.read();
  const votes = quorum.of === "yes" ? yes : cast;
  return votes < needed ? reason("QuorumMissing", { votes, needed, of: quorum.of, electors }) : undefined;
};

export const majorityChecks: readonly VoteCheck[] = [
  quorumCheck,
  // Enough of those who say yes or no say yes.
  ordinary((standing, the) => {
    const { share } = the.classification.decidedBy;
    const { yes, no } = standing.tally.read();
    return reachesShare(yes, no, share) ? undefined : reason("ShareMissing", { yes, no, share: shareText(share) });
  }),
  // Among them those whom the changed paths ask for.
  ordinary((standing, the) => {
    for (const { role, needed } of the.duties.roles) {
      const yes = standing.saying("yes").filter(({ roles }) => roles.includes(role)).length;
      if (yes < needed) return reason("RoleMissing", { role, yes, needed });
    }
    return undefined;
  }),
  ordinary((standing, the) => {
    const needed = the.duties.affiliations;
    const affiliations = affiliationsOf(standing.saying("yes")).size;
    // One is what any yes is from: the quorum and the share have said what there is to say.
    return needed > 1 && affiliations < needed ? reason("AffiliationsMissing", { affiliations, needed }) : undefined;
  }),
];

/** An owner decides about their machine, and only about it. */
export const consentCheck: VoteCheck = ordinary((standing, the) => {
  const missing = the.duties.owners.filter(({ owner, consent }) => consent && standing.choiceOf(owner) !== "yes");
  if (missing.length === 0) return undefined;
  const owners = missing.map(({ owner, machine, path }) => ({ owner: owner.name, machine, path }));
  return reason("ConsentMissing", { owners });
});

export const vetoCheck: VoteCheck = ordinary((standing, the) => {
  const by = [...ownerVetoes(standing, the), ...roleVetoes(standing, the)];
  return by.length > 0 ? reason("Vetoed", { by }) : undefined;
});

/** Everything that must hold for a proposal to pass, time aside. */
export const allChecks: readonly VoteCheck[] = [...majorityChecks, consentCheck, vetoCheck];

/** An emergency has signers instead of votes, and nobody's consent can be waited for. */
function ordinary(check: VoteCheck): VoteCheck {
  return (standing, the) => (the.procedure.emergency ? undefined : check(standing, the));
}

function signersMissing(standing: Standing, the: Case): Reason | undefined {
  const needed = the.procedure.emergency?.signers ?? 0;
  const signers = standing.saying("yes");
  if (affiliationsOf(signers).size >= needed) return undefined;
  return reason("SignersMissing", { signers: signers.map(({ name }) => name).toSorted(), needed });
}

function ownerVetoes(standing: Standing, { duties }: Case): { member: string; as: string }[] {
  return duties.owners.flatMap(({ owner, machine, veto, needsReason }) => {
    const says = veto && standing.saysNo(owner, needsReason);
    return says ? [{ member: shown(owner.name), as: `owner of ${machine}` }] : [];
  });
}

function roleVetoes(standing: Standing, { duties }: Case): { member: string; as: string }[] {
  const found = duties.vetoes.flatMap(({ role, needsReason }) =>
    standing
      .saying("no")
      .filter((member) => member.roles.includes(role) && standing.saysNo(member, needsReason))
      .map((member) => ({ member: shown(member.name), as: role as string })),
  );
  return found.filter(({ member }, index) => found.findIndex((other) => other.member === member) === index);
}
