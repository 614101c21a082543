/**
 * `spec.keys` of one Member, read and written back whole. Everything else of a Member is the policy's: a field manager of its own keeps
 * what is written here out of governance's hands, and the version that was read keeps two who write at once from undoing each other.
 */
import { fieldManagers } from "../../operator/apis/group.ts";
import { type Member, type MemberKey, members } from "../../operator/apis/member.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { isConflict, isForbidden, isInvalid, isNotFound } from "../../operator/kube/errors.ts";
import { nearestNames } from "../../operator/text/nearest.ts";
import { printable } from "../../operator/text/printable.ts";
import { KeyError } from "./key-error.ts";

/** API keys are in no policy: nobody but these verbs and `commonhold up` writes under this name. */
export const keysFieldManager = `${fieldManagers.cli}-keys`;

export interface Access {
  readonly client: KubeClient;
  readonly signal: AbortSignal;
}

/** What `change` makes of a member's keys becomes them; it may be asked anew where somebody else wrote meanwhile. Throws a KeyError. */
export async function changeKeys(
  name: string,
  change: (member: Member) => readonly MemberKey[],
  access: Access,
): Promise<Member> {
  for (let attempt = 1; ; attempt++) {
    const member = await memberNamed(name, access);
    const keys = change(member);
    const { resourceVersion } = member.metadata;
    const body = { metadata: { resourceVersion }, spec: { keys: keys.length > 0 ? keys : null } };
    const { signal } = access;
    try {
      return await access.client.patch<Member>(members, { name }, body, { fieldManager: keysFieldManager, signal });
    } catch (error) {
      if (isConflict(error) && attempt < attemptsMax) continue;
      throw refusalOf(error, name);
    }
  }
}

export async function listMembers({ client, signal }: Access): Promise<readonly Member[]> {
  try {
    return (await client.list<Member>(members, { signal })).items;
  } catch (error) {
    throw refusalOf(error, undefined);
  }
}

const attemptsMax = 5;

async function memberNamed(name: string, access: Access): Promise<Member> {
  const everybody = await listMembers(access);
  const member = everybody.find(({ metadata }) => metadata.name === name);
  if (!member) throw new KeyError(unknownMember(name, everybody));
  if (member.metadata.deletionTimestamp === undefined) return member;
  throw new KeyError(`Member ${printable(name, 100)} is being removed: it can have no keys any more`);
}

function unknownMember(name: string, everybody: readonly Member[]): string {
  const names = everybody.flatMap(({ metadata }) => metadata.name ?? []);
  const near = nearestNames(name, names);
  const unknown = `there is no Member ${printable(name, 100)}`;
  if (near.length > 0) return `${unknown}: did you mean ${near.join(" or ")}?`;
  if (names.length > 0) return `${unknown}: \`commonhold key list\` shows who there is`;
  return `${unknown}, nor any other: governance makes those of members.yaml, once it has read the policy; without governance make one with kubectl apply (docs/guides/install.md)`;
}

function refusalOf(error: unknown, name: string | undefined): Error {
  const of = name === undefined ? "" : ` of ${printable(name, 100)}`;
  if (isForbidden(error)) return new KeyError(noRight(name), { cause: error });
  if (isNotFound(error))
    return new KeyError("this cluster knows no Members: install the chart first, or name another cluster", {
      cause: error,
    });
  if (isConflict(error))
    return new KeyError(`the keys${of} are being changed by somebody else all the time: try again`, { cause: error });
  if (isInvalid(error)) return new KeyError(`the keys${of} cannot be like that`, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

function noRight(name: string | undefined): string {
  const verbs = name === undefined ? "list members" : "patch members and update members/keys";
  return (
    `you may not: it takes the right to ${verbs} (commonhold.dev). Where governance is installed the ClusterRole commonhold-key-issuer has it; ` +
    "an administrator gives it to you: kubectl create clusterrolebinding YOU-issue-keys --clusterrole=commonhold-key-issuer --user=YOU"
  );
}
