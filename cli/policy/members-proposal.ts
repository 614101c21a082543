/** Proposals that change `members.yaml` and nothing else, made without a clone. */
import { createHash } from "node:crypto";
import { parseMembers } from "../../governance/constitution/documents/members.ts";
import { membersLimits } from "../../governance/constitution/documents/yaml-limits.ts";
import { membersPath } from "../../governance/constitution/paths/path-problem.ts";
import type { Signer } from "../../governance/git/repository.ts";
import { proposeFiles } from "./files-proposal.ts";
import type { PolicyMirror } from "./mirror.ts";
import { PolicyRefusal } from "./refusal.ts";
import { oneLine } from "./show.ts";

/** `members.yaml` of the policy branch. */
export async function membersText(policy: PolicyMirror): Promise<string> {
  const text = await textAt(policy, policy.head);
  if (text !== undefined) return text;
  throw new PolicyRefusal(
    `${oneLine(policy.address.url)} has no ${membersPath} on its branch ${policy.branch}: this is no policy repository`,
  );
}

export function proposeMembers(
  policy: PolicyMirror,
  signer: Signer,
  changed: string,
  { title, description }: { title: string; description?: string | undefined },
): Promise<string> {
  return proposeFiles(policy, signer, { files: { [membersPath]: changed }, title, description });
}

/** Commits that are looked at for numbers of members who left. */
const historyMax = 20_000;

/** Numbers are never given again: the next one after all that any version of `members.yaml` ever had. */
export async function nextMemberNumber(policy: PolicyMirror): Promise<number> {
  const { repository, head, call } = policy;
  const line = (await repository.firstParents(undefined, head, call)) ?? [];
  if (line.length > historyMax) {
    throw new PolicyRefusal(
      `the policy branch has ${line.length} commits, more than are looked through: give the number with --number`,
    );
  }
  const seen = new Set<string>();
  let greatest = 0;
  for (const commit of line) {
    const text = await textAt(policy, commit);
    const name = createHash("sha256")
      .update(text ?? "")
      .digest("base64");
    if (text === undefined || seen.has(name)) continue;
    seen.add(name);
    const parsed = parseMembers(text);
    // A version that could not be read was never in force.
    const members = parsed.ok ? parsed.value.value.members : [];
    greatest = Math.max(greatest, ...members.map(({ number }) => number));
  }
  return greatest + 1;
}

async function textAt({ repository, call }: PolicyMirror, commit: string): Promise<string | undefined> {
  const bytes = await repository.file(commit, membersPath, { ...call, bytesMax: membersLimits.bytesMax });
  return bytes && Buffer.from(bytes).toString("utf8");
}
