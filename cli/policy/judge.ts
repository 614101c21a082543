/** How a proposal stands by what this machine sees: the same plan and the same rules as the service's, but no clock of its own. */
import { evaluate } from "../../governance/constitution/evaluate.ts";
import type { Verdict } from "../../governance/constitution/verdict.ts";
import { gatherEvidence, seenOf } from "../../governance/evidence/gather-evidence.ts";
import { planDigest } from "../../governance/evidence/plan-digest.ts";
import { snapshotFrom } from "../../governance/evidence/snapshot-from.ts";
import type { ForgeProposal } from "../../governance/forges/forge.ts";
import type { Oid, TreeChange } from "../../governance/git/repository.ts";
import { newSightings } from "../../governance/sightings/sighting.ts";
import { activeEmergencies, suspendedBy } from "../../governance/verification/emergencies.ts";
import { ratifiedCommits } from "../../governance/verification/ratified.ts";
import type { PolicyMirror } from "./mirror.ts";

export type Judged =
  | { readonly state: "conflicts"; readonly conflicts: readonly string[] }
  | {
      readonly state: "judged";
      /** The tree that a merge makes. */
      readonly tree: Oid;
      /** From what is ratified to that tree: what is voted on. */
      readonly changes: readonly TreeChange[];
      readonly plan: string;
      /**
       * Tally, class and reasons. Whatever has no time in git is taken as seen now, so the end of the vote is the service's to
       * say.
       */
      readonly verdict: Verdict;
    };

export async function judge(policy: PolicyMirror, proposal: ForgeProposal): Promise<Judged> {
  const { repository, decisions, ratified, head, around, call } = policy;
  const merged = await repository.mergeTree(head, proposal.head.oid, call);
  if (!merged.ok) return { state: "conflicts", conflicts: merged.conflicts };
  const { tree } = merged;
  const changes = await repository.diff(ratified.tree, tree, call);
  const plan = planDigest(changes);
  const now = around.clock.now();
  const { records, evidence: stored } = decisions;
  const emergencies = await activeEmergencies({ repository, records, evidence: stored }, now, call);
  const evidence = gatherEvidence({
    repository: policy.id,
    proposal,
    sightings: newSightings(seenOf(proposal, plan), () => false, 0, now),
    records,
    current: ratified.commit,
    base: head,
    tree,
    suspended: await suspendedBy(emergencies, ratified, repository, call),
  });
  const sources = { repository, ratified: ratifiedCommits(records).map(({ commit }) => commit) };
  const verdict = evaluate(await snapshotFrom(evidence, sources, call), now);
  return { state: "judged", tree, changes, plan, verdict };
}

/** Paths in which the policy branch differs from what is ratified; whoever votes now votes on them too. */
export async function unratifiedPaths({ repository, ratified, head, call }: PolicyMirror): Promise<readonly string[]> {
  return (await repository.diff(ratified.tree, head, call)).map(({ path }) => path);
}
