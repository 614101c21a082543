/** Any git remote as a forge: no account, no server of anybody's, only objects that people signed. */
import type { Clock } from "../../../operator/clock/clock.ts";
import type { GitRepository, Oid, Remote, Signer } from "../../git/repository.ts";
import type { Forge } from "../forge.ts";
import { assertSameRepository } from "./identity.ts";
import { MergeClaims } from "./merge-of.ts";
import { fetchRefspecs, openingOf, policyBranchDefault, repositoryId } from "./names.ts";
import { ProposalReader } from "./proposals.ts";
import { type PublicationTarget, publishCommitReport, publishReport, publishRevert } from "./publications.ts";
import { remoteName } from "./remote-failure.ts";

export interface GitForgeOptions {
  readonly repository: GitRepository;
  readonly remote: Remote;
  /** The commit with which the community began; pinned when it was installed. */
  readonly genesis: Oid;
  /** Name of the policy branch; `main` where left out. */
  readonly branch?: string;
  /** Whether a key is some member's, by what is ratified now. */
  readonly isMemberKey: (key: string) => boolean;
  /** Whether the log says already how a proposal ended: it is then listed only when the policy branch merged it lately. */
  readonly isDecided?: (proposal: string) => boolean;
  readonly clock: Clock;
  /** Signs what the service shows. */
  readonly signer?: Signer;
}

export function createGitForge(options: GitForgeOptions): Forge {
  const { repository, remote, genesis, branch = policyBranchDefault, isMemberKey, isDecided = () => false } = options;
  const target: PublicationTarget = { ...options, said: new Map() };
  const reader = new ProposalReader({ repository, genesis, branch, isMemberKey, isDecided });
  return {
    kind: "git",
    fetchRefspecs,
    remote: async () => remote,
    identify: async (signal) => {
      await assertSameRepository({ repository, remote, branch, genesis }, { signal });
      return { repository: repositoryId(genesis), name: remoteName(remote) };
    },
    // Git knows no times: what was closed is listed until the log says so.
    proposals: (_since, signal) => reader.list({ signal }),
    mergeOf: async (oid, signal) => {
      const commit = await repository.commit(oid, { signal });
      return commit && new MergeClaims(await reader.all({ signal })).of(commit)?.proposal.id;
    },
    report: async (report, signal) => {
      const opening = openingOf(genesis, report.proposal);
      // Not of this place, for example from before the community left another forge.
      if (opening !== undefined) await publishReport(target, opening, report, { signal });
    },
    reportCommit: (report, signal) => publishCommitReport(target, report, { signal }),
    offerRevert: (offer, signal) => publishRevert(target, offer, { signal }),
  };
}
