/** Makes an API key for a member. Whoever asked has it, or a Secret has it; the cluster keeps its SHA-256 alone. */
import { type NewKey, newKey, type RandomBytes } from "../../api/members/key.ts";
import type { Member, MemberKey } from "../../operator/apis/member.ts";
import { type Clock, rfc3339 } from "../../operator/clock/clock.ts";
import { expiryOf } from "./expiry.ts";
import { KeyError } from "./key-error.ts";
import { type Access, changeKeys } from "./member-keys.ts";

export interface KeyRequest {
  /** Name of the Member. */
  readonly member: string;
  /** `Member.spec.keys[].id`; left out, the first of key-1, key-2 … that is free. */
  readonly name?: string | undefined;
  /** Left out, it is good until it is revoked. */
  readonly validMs?: number | undefined;
  /** Left out, everything. */
  readonly scopes?: MemberKey["scopes"] | undefined;
  /** `namespace/name` of the only deployments that it may use. */
  readonly deployments?: readonly string[] | undefined;
}

export interface IssuedKey {
  /** Stored nowhere. */
  readonly key: string;
  readonly entry: MemberKey;
  readonly member: Member;
}

/** Throws a KeyError where there is no such member, the name is taken, or whoever asks may not. */
export async function issueKey(
  request: KeyRequest,
  access: Access,
  { clock, random }: { readonly clock: Clock; readonly random: RandomBytes },
): Promise<IssuedKey> {
  const made = newKey(random);
  let entry: MemberKey | undefined;
  const member = await changeKeys(
    request.member,
    ({ spec: { keys = [] } }) => {
      entry = entryOf(made, request, keys, clock.now());
      return [...keys, entry];
    },
    access,
  );
  if (!entry) throw new Error("the member was changed, but no key was made");
  return { key: made.key, entry, member };
}

function entryOf({ prefix, sha256 }: NewKey, request: KeyRequest, keys: readonly MemberKey[], now: number): MemberKey {
  const { member, name, validMs, scopes = everything, deployments } = request;
  if (keys.length >= keysMax)
    throw new KeyError(`${member} has ${keys.length} keys already, and ${keysMax} are the most: revoke one first`);
  if (name !== undefined && keys.some(({ id }) => id === name))
    throw new KeyError(`${member} has a key ${name} already: give another --name, or revoke that one first`);
  return {
    id: name ?? freeName(keys),
    prefix,
    sha256,
    scopes,
    ...(deployments && { deployments: [...deployments] }),
    createdAt: rfc3339(now),
    ...(validMs !== undefined && { expiresAt: expiryOf(validMs, now) }),
  };
}

function freeName(keys: readonly MemberKey[]): string {
  const taken = new Set(keys.map(({ id }) => id));
  for (let number = 1; ; number++) if (!taken.has(`key-${number}`)) return `key-${number}`;
}

/** As the kind bounds the list (operator/apis/member.ts). */
const keysMax = 32;
const everything: MemberKey["scopes"] = ["inference", "embeddings", "models"];
