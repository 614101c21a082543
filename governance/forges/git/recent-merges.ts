import type { Call, GitCommit, GitRepository, Oid } from "../../git/repository.ts";
import type { KnownProposal } from "./known-proposals.ts";
import { MergeClaims } from "./merge-of.ts";

/** First-parent commits of the policy branch, counted back from its head, that are looked at for merges. */
export const recentCommitsMax = 500;

/** Which proposals the policy branch merged lately, the last one first, and whether by their heads. */
export class RecentMerges {
  readonly #repository: GitRepository;
  /** Of the last pass; a commit never changes. */
  #commits: ReadonlyMap<Oid, GitCommit> = new Map();
  #head: Oid | undefined;

  constructor(repository: GitRepository) {
    this.#repository = repository;
  }

  async of(head: Oid, proposals: readonly KnownProposal[], call: Call): Promise<ReadonlyMap<KnownProposal, boolean>> {
    if (this.#head !== head) await this.#read(head, call);
    const claims = new MergeClaims(proposals);
    const merged = new Map<KnownProposal, boolean>();
    for (const commit of this.#commits.values()) {
      const claim = claims.of(commit);
      if (claim) merged.set(claim.proposal, claim.isByHead || (merged.get(claim.proposal) ?? false));
    }
    return merged;
  }

  async #read(head: Oid, call: Call): Promise<void> {
    const line = (await this.#repository.firstParents(undefined, head, call)) ?? [];
    const commits = new Map<Oid, GitCommit>();
    for (const oid of line.slice(-recentCommitsMax).toReversed()) {
      const commit = this.#commits.get(oid) ?? (await this.#repository.commit(oid, call));
      if (commit) commits.set(oid, commit);
    }
    [this.#commits, this.#head] = [commits, head];
  }
}
