/**
 * Whether the remote is still the repository that the community began with. A path or an address can come to hold another one;
 * the first commit cannot. Its place in the history is what is looked at, not a name.
 */
import { type Call, GitError, type GitRepository, type Oid, type Remote } from "../../git/repository.ts";
import { ForgeError } from "../forge.ts";
import { fetched, remoteRefs } from "./names.ts";
import { asForgeError, remoteName } from "./remote-failure.ts";

export interface PolicyHistory {
  readonly repository: GitRepository;
  readonly remote: Remote;
  /** Name of the policy branch. */
  readonly branch: string;
  readonly genesis: Oid;
}

/** Fetches the policy branch. Throws a ForgeError (`identity`) where it does not go back to the genesis by first parents. */
export async function assertSameRepository(history: PolicyHistory, call: Call): Promise<void> {
  const { repository, remote, branch, genesis } = history;
  const ref = remoteRefs.branch(branch);
  const head = await asForgeError(() => headOf(history, ref, call));
  const line = await repository.firstParents(genesis, head, call).catch(unknownGenesis);
  if (line) return;
  throw new ForgeError(
    "identity",
    `the branch ${branch} of ${remoteName(remote)} does not go back to the commit ${genesis} with which this community began: ` +
      "somebody rewrote it or put another repository in its place; put the right one back, or give its address",
  );
}

/** As the remote has it now, with its objects here. */
async function headOf({ repository, remote, branch }: PolicyHistory, ref: string, call: Call): Promise<Oid> {
  const [there] = await repository.remoteRefs(remote, [ref], call);
  if (!there) {
    throw new ForgeError(
      "identity",
      `${remoteName(remote)} has no branch ${branch}: push it, or name the right branch`,
    );
  }
  if ((await repository.resolve(fetched(ref), call)) === there.oid) return there.oid;
  await repository.fetch(remote, [`+${ref}:${fetched(ref)}`], call);
  return (await repository.resolve(fetched(ref), call)) ?? there.oid;
}

/** Of a repository that never had it. */
function unknownGenesis(error: unknown): undefined {
  if (error instanceof GitError && !error.isTransient) return undefined;
  throw error;
}
