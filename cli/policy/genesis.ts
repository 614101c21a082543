/** The first commit of a policy repository, signed, once everything in it can stand. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { problemSentence } from "../../governance/constitution/documents/problem.ts";
import { membersPath } from "../../governance/constitution/paths/path-problem.ts";
import { policyBranchDefault, remoteRefs } from "../../governance/forges/git/names.ts";
import { openRepository } from "../../governance/git/open.ts";
import type { GitRepository, Oid, Signer } from "../../governance/git/repository.ts";
import { loadPolicy } from "../../governance/policy/read-policy.ts";
import { namespacesIn } from "./check.ts";
import { commitOfFiles, handOver } from "./folder-commit.ts";
import { pushTo } from "./push.ts";
import { PolicyRefusal } from "./refusal.ts";
import { withAccess } from "./remote-access.ts";
import { oneLine } from "./show.ts";
import type { Surroundings } from "./surroundings.ts";
import { userGit } from "./user-git.ts";

export type Genesis =
  | { readonly state: "begun"; readonly commit: Oid; readonly members: readonly string[] }
  /** Nothing was committed: sentences that say what is wrong. */
  | { readonly state: "unfinished"; readonly problems: readonly string[] };

/** `folder`: with all files, and a `.git` without commits. `remote`: where to push it. */
export async function beginCommunity(
  folder: string,
  signer: Signer,
  remote: string | undefined,
  around: Surroundings,
): Promise<Genesis> {
  const temporary = await mkdtemp(join(tmpdir(), "commonhold-genesis-"));
  const { clock, env: environment, signal } = around;
  const repository = await openRepository({ path: join(temporary, "git"), clock, environment, signal });
  try {
    const files = await commitOfFiles(around, folder, undefined);
    await handOver(around, folder, files, repository);
    const tree = (await repository.commit(files, { signal }))?.tree ?? files;
    const checked = await check(repository, tree, signer, around);
    if (checked.state === "unfinished") return checked;
    const at = clock.now();
    const commit = await repository.writeCommit({ tree, parents: [], message: "Begin\n", at, signer }, { signal });
    await repository.updateRef(branch, commit, null, { signal });
    if (remote !== undefined) await pushGenesis(repository, commit, remote, around);
    await userGit(around, folder, ["fetch", "--quiet", repository.path, branch]);
    await userGit(around, folder, ["reset", "--quiet", "--hard", commit]);
    return { ...checked, commit };
  } finally {
    await repository.close();
    await rm(temporary, { recursive: true, force: true });
  }
}

const branch = remoteRefs.branch(policyBranchDefault);

async function check(
  repository: GitRepository,
  tree: Oid,
  signer: Signer,
  { signal }: Surroundings,
): Promise<{ state: "begun"; members: readonly string[] } | Extract<Genesis, { state: "unfinished" }>> {
  const unfinished = (...problems: string[]) => ({ state: "unfinished", problems }) as const;
  const namespaces = await namespacesIn(repository, tree, { signal });
  const policy = await loadPolicy(repository, tree, { namespaces }, { signal });
  if (!policy.ok) return unfinished(...policy.problems.map(problemSentence));
  const all = policy.value.members.value.members;
  if (!all.some(({ sshKeys }) => sshKeys.includes(signer.publicKey))) {
    return unfinished(
      `${membersPath}: the key that signs the first commit is no member's: add it, or sign with --key FILE`,
    );
  }
  return { state: "begun", members: all.map(({ name }) => name) };
}

async function pushGenesis(repository: GitRepository, commit: Oid, url: string, around: Surroundings): Promise<void> {
  const { signal } = around;
  let isTaken = false;
  const remote = await withAccess({ url }, around, async (way) => {
    isTaken = (await repository.remoteRefs(way, [branch], { signal })).length > 0;
  });
  if (isTaken) {
    throw new PolicyRefusal(
      `${oneLine(url)} has a branch ${policyBranchDefault} already: give an empty repository, a community begins only once`,
    );
  }
  await pushTo(remote, around, repository, [`${commit}:${branch}`]);
}
