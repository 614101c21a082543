/**
 * What somebody changed in their clone, brought into the mirror as a signed commit. Files that are not committed yet are taken as they
 * are; else it is the current branch. The clone stays as it is: no branch moves, no file is touched.
 */
import type { Oid, Signer } from "../../governance/git/repository.ts";
import { signatureOf } from "../../governance/signatures/signature-of.ts";
import { commitOfFiles, handOver } from "./folder-commit.ts";
import type { PolicyMirror } from "./mirror.ts";
import { PolicyRefusal } from "./refusal.ts";
import { oneLine } from "./show.ts";
import { askUserGit, userGit } from "./user-git.ts";

export interface Draft {
  /** In the mirror, signed by who proposes. */
  readonly head: Oid;
  /** Whether files were taken that are not committed in the clone. */
  readonly isUncommitted: boolean;
  /** As it was given, else the first line of the last commit. */
  readonly title: string;
}

/** Throws a PolicyRefusal that says what is missing. */
export async function draftFrom(policy: PolicyMirror, signer: Signer, named: string | undefined): Promise<Draft> {
  const { around, address, repository, call } = policy;
  const { clone } = address;
  if (clone === undefined) {
    throw new PolicyRefusal(
      `${around.cwd} is in no clone of the policy repository: git clone ${oneLine(address.url)}, change files there, and run it again in that folder`,
    );
  }
  const last = await askUserGit(around, clone, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  if (last === undefined) throw new PolicyRefusal(`the clone ${clone} has no commit yet: git pull first`);
  const isUncommitted = (await userGit(around, clone, ["status", "--porcelain=v1", "--untracked-files=normal"])) !== "";
  if (isUncommitted && named === undefined) {
    throw new PolicyRefusal('these changes have no title: say what they are with -m "…", or commit them first');
  }
  const given = isUncommitted ? await commitOfFiles(around, clone, last) : last;
  await handOver(around, clone, given, repository);
  const commit = await repository.commit(given, call);
  if (!commit) throw new PolicyRefusal(`commit ${given} could not be taken from ${clone}: run git fsck there`);
  const title = named ?? oneLine(commit.message.split("\n", 1)[0] ?? "");
  const signature = signatureOf(commit);
  if (!isUncommitted && signature?.isValid && signature.key === signer.publicKey)
    return { head: given, isUncommitted, title };
  // Who proposes signs what is proposed. Commits of others below it stay theirs.
  const parents = isUncommitted ? [last] : [given];
  const head = await repository.writeCommit(
    { tree: commit.tree, parents, message: `${title}\n`, at: around.clock.now(), signer },
    call,
  );
  return { head, isUncommitted, title };
}
