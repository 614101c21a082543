/** The files of a folder with a `.git` in it as a commit that no branch has, and the way of its objects into a bare repository. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GitRepository, Oid } from "../../governance/git/repository.ts";
import { PolicyRefusal } from "./refusal.ts";
import type { Surroundings } from "./surroundings.ts";
import { userGit } from "./user-git.ts";

/** All files that are not ignored, as they are. `last`: the commit below it, if there is one. The folder's own index stays as it is. */
export async function commitOfFiles(around: Surroundings, folder: string, last: Oid | undefined): Promise<Oid> {
  if ((await userGit(around, folder, ["ls-files", "--unmerged"])) !== "") {
    throw new PolicyRefusal(`a merge in ${folder} is not finished: resolve its conflicts (git status), then propose`);
  }
  const temporary = await mkdtemp(join(tmpdir(), "commonhold-files-"));
  try {
    const env = { GIT_INDEX_FILE: join(temporary, "index") };
    if (last !== undefined) await userGit(around, folder, ["read-tree", last], { env });
    await userGit(around, folder, ["add", "--all"], { env });
    const tree = await userGit(around, folder, ["write-tree"], { env });
    const parents = last === undefined ? [] : ["-p", last];
    const args = ["commit-tree", "--no-gpg-sign", tree, ...parents, "-m", "handover"];
    return await userGit(around, folder, args, { env: nobody });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** This commit is never shown: only its tree is taken. */
const nobody = {
  GIT_AUTHOR_NAME: "commonhold",
  GIT_AUTHOR_EMAIL: "ballot@commonhold.invalid",
  GIT_COMMITTER_NAME: "commonhold",
  GIT_COMMITTER_EMAIL: "ballot@commonhold.invalid",
};

/** For a moment, in the folder, so that its objects can be fetched. */
const handoverRef = "refs/commonhold/handover";

export async function handOver(
  around: Surroundings,
  folder: string,
  commit: Oid,
  repository: GitRepository,
): Promise<void> {
  const { signal } = around;
  await userGit(around, folder, ["update-ref", handoverRef, commit]);
  try {
    await repository.fetch({ url: folder }, [`+${handoverRef}:${handoverRef}`], { signal });
  } finally {
    await userGit(around, folder, ["update-ref", "-d", handoverRef]);
  }
}
