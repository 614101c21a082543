/** A proposal that changes some files of the policy branch, made without a clone. */
import type { Signer } from "../../governance/git/repository.ts";
import type { PolicyMirror } from "./mirror.ts";
import { submit } from "./submit.ts";

export interface FilesProposal {
  /** New text by path; everything else stays. */
  readonly files: Readonly<Record<string, string>>;
  readonly title: string;
  readonly description?: string | undefined;
}

/** Resolves to the proposal's id. Throws a PolicyRefusal where it would be refused anyway. */
export async function proposeFiles(
  policy: PolicyMirror,
  signer: Signer,
  { files, title, description }: FilesProposal,
): Promise<string> {
  const { repository, head, around, call } = policy;
  const bytes = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  const tree = await repository.writeTree(head, bytes, call);
  const commit = await repository.writeCommit(
    { tree, parents: [head], message: `${title}\n`, at: around.clock.now(), signer },
    call,
  );
  return submit(policy, signer, { head: commit, title, description, emergency: false });
}
