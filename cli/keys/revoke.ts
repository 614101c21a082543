/** Takes a key from a member: the gateway refuses it as soon as it sees that. */
import type { MemberKey } from "../../operator/apis/member.ts";
import { nearestNames } from "../../operator/text/nearest.ts";
import { printable } from "../../operator/text/printable.ts";
import { KeyError } from "./key-error.ts";
import { type Access, changeKeys } from "./member-keys.ts";

/** Throws a KeyError where there is no such member or key, or whoever asks may not. */
export async function revokeKey(member: string, name: string, access: Access): Promise<void> {
  await changeKeys(member, ({ spec: { keys = [] } }) => without(name, keys, member), access);
}

function without(name: string, keys: readonly MemberKey[], member: string): readonly MemberKey[] {
  const left = keys.filter(({ id }) => id !== name);
  if (left.length < keys.length) return left;
  const names = keys.map(({ id }) => id);
  const [near] = nearestNames(name, names, 1);
  const hint = near ? `did you mean ${near}?` : names.length > 0 ? `there are ${names.join(", ")}` : "there is none";
  throw new KeyError(`${member} has no key ${printable(name, 100)}: ${hint}`);
}
