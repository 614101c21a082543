/**
 * What somebody changed in their clone, brought into the mirror as a signed commit. Files that are not committed yet are taken as they
 * are; else it is the current branch. The clone stays as it is: no branch moves, no file is touched.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Oid, Signer } from "../../governance/git/repository.ts";
import { signatureOf } from "../../governance/signatures/signature-of.ts";
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

/** For a moment, in the clone, so that its objects can be fetched. */
const handoverRef = "refs/commonhold/handover";

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
  const given = isUncommitted ? await commitOfFiles(policy, clone, last) : last;
  await handOver(policy, clone, given);
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

/** All files of the clone that are not ignored, as a commit that no branch has. */
async function commitOfFiles({ around }: PolicyMirror, clone: string, last: Oid): Promise<Oid> {
  if ((await userGit(around, clone, ["ls-files", "--unmerged"])) !== "") {
    throw new PolicyRefusal(`a merge in ${clone} is not finished: resolve its conflicts (git status), then propose`);
  }
  const folder = await mkdtemp(join(tmpdir(), "commonhold-propose-"));
  try {
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    await userGit(around, clone, ["read-tree", last], { env });
    await userGit(around, clone, ["add", "--all"], { env });
    const tree = await userGit(around, clone, ["write-tree"], { env });
    const person = { GIT_AUTHOR_NAME: "commonhold", GIT_AUTHOR_EMAIL: "ballot@commonhold.invalid" };
    const committer = { GIT_COMMITTER_NAME: person.GIT_AUTHOR_NAME, GIT_COMMITTER_EMAIL: person.GIT_AUTHOR_EMAIL };
    const args = ["commit-tree", "--no-gpg-sign", tree, "-p", last, "-m", "handover"];
    return await userGit(around, clone, args, { env: { ...person, ...committer } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function handOver({ around, repository, call }: PolicyMirror, clone: string, commit: Oid): Promise<void> {
  await userGit(around, clone, ["update-ref", handoverRef, commit]);
  try {
    await repository.fetch({ url: clone }, [`+${handoverRef}:${handoverRef}`], call);
  } finally {
    await userGit(around, clone, ["update-ref", "-d", handoverRef]);
  }
}
