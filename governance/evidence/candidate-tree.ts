/**
 * The tree that a proposal would make, or made. While nothing has merged it, only the service has it: whoever recomputes a verdict
 * from a clone makes it again, from commits that were pushed.
 */
import type { Call, GitRepository, Oid } from "../git/repository.ts";
import { EvidenceError } from "./documents-at.ts";
import type { Evidence } from "./evidence.ts";

/** Throws an EvidenceError where another tree comes out than the one that was judged. */
export async function candidateTree(
  { proposal, base, candidate }: Pick<Evidence, "proposal" | "base" | "candidate">,
  repository: GitRepository,
  call: Call = {},
): Promise<Oid> {
  const { tree } = candidate;
  if (base === undefined) return tree;
  const { oid } = proposal.head;
  const merged = await repository.mergeTree(base, oid, call);
  if (merged.ok && merged.tree === tree) return tree;
  const made = merged.ok ? `makes the tree ${merged.tree}` : "makes conflicts";
  throw new EvidenceError(`${proposal.id} was judged by the tree ${tree}, but merging ${oid} into ${base} ${made}`);
}
