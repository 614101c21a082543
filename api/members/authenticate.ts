/**
 * Who asks, from the key they present: found by prefix, compared by hash in constant time, then expiry and suspension. Pure: the
 * index of keys and the time come in. What is refused says why only to who holds the key.
 */
import { timingSafeEqual } from "node:crypto";
import type { Member, MemberKey, MemberLimits } from "../../operator/apis/member.ts";
import { type GatewayError, gatewayError } from "../errors.ts";
import { keyPrefix, sha256Of } from "./key.ts";

export type Scope = MemberKey["scopes"][number];

/** Someone whose key was accepted. */
export interface Principal {
  /** Name of the Member. */
  readonly member: string;
  /** Id of the key, for logs. */
  readonly keyId: string;
  readonly scopes: readonly Scope[];
  readonly roles: readonly Member["spec"]["roles"][number][];
  readonly limits: MemberLimits;
  /** namespace/name of the only deployments it may use; `undefined`: all. */
  readonly deployments: ReadonlySet<string> | undefined;
}

/** A key of a member, as the catalogue indexes it by prefix. */
export interface KeyEntry {
  readonly member: Member;
  readonly key: MemberKey;
}

export type KeyIndex = ReadonlyMap<string, readonly KeyEntry[]>;

export function authenticate(presented: string | undefined, keys: KeyIndex, now: number): Principal | GatewayError {
  if (presented === undefined) return gatewayError("key_missing", {});
  const entry = entryOf(presented, keys);
  if (!entry) return gatewayError("key_unknown", {});
  return refusalOf(entry, now) ?? principalOf(entry);
}

/** Whether the key may do what the route does. */
export function scopeRefusal(principal: Principal, scope: Scope): GatewayError | undefined {
  return principal.scopes.includes(scope) ? undefined : gatewayError("scope_missing", { scope });
}

function entryOf(presented: string, keys: KeyIndex): KeyEntry | undefined {
  const prefix = keyPrefix(presented);
  if (prefix === undefined) return undefined;
  const digest = sha256Of(presented);
  return keys.get(prefix)?.find(({ key }) => sameDigest(digest, Buffer.from(key.sha256, "hex")));
}

function sameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function refusalOf({ member, key }: KeyEntry, now: number): GatewayError | undefined {
  if (member.metadata.deletionTimestamp !== undefined) return gatewayError("key_unknown", {});
  // A time that cannot be read (NaN) counts as over: an expiry that nobody understands must not mean "never".
  const expired = key.expiresAt !== undefined && !(now < Date.parse(key.expiresAt));
  if (expired) return gatewayError("key_expired", { expiresAt: key.expiresAt ?? "" });
  return member.spec.suspended ? gatewayError("member_suspended", {}) : undefined;
}

function principalOf({ member, key }: KeyEntry): Principal {
  return {
    member: member.metadata.name,
    keyId: key.id,
    scopes: key.scopes,
    roles: member.spec.roles,
    limits: member.spec.limits,
    deployments: key.deployments ? new Set(key.deployments) : undefined,
  };
}
