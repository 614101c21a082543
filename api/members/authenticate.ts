/**
 * Who asks, from what they present. A key is found by its prefix and compared by hash in constant time; a signature is checked with
 * the member's registered key, if its time is near. Then expiry and suspension. Pure: the indexes and the time come in. What is
 * refused says why only to who holds the key.
 */
import { timingSafeEqual } from "node:crypto";
import type { Member, MemberKey, MemberLimits } from "../../operator/apis/member.ts";
import { type GatewayError, gatewayError } from "../errors.ts";
import type { Credential } from "./credential.ts";
import { keyPrefix, sha256Of } from "./key.ts";
import { signatureAgeMaxS, signatureHolds } from "./signature.ts";

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

export interface KeyIndex {
  readonly byPrefix: ReadonlyMap<string, readonly KeyEntry[]>;
  /** By the base64 of an SSH public key. */
  readonly bySshKey: ReadonlyMap<string, Member>;
}

export function authenticate(presented: Credential | undefined, keys: KeyIndex, now: number): Principal | GatewayError {
  if (presented === undefined) return gatewayError("key_missing", {});
  if (presented.kind === "signature") return signedBy(presented, keys, now);
  const entry = entryOf(presented.key, keys);
  if (!entry) return gatewayError("key_unknown", {});
  return memberRefusal(entry.member) ?? keyRefusal(entry, now) ?? principalOf(entry);
}

/** Whether the key may do what the route does. */
export function scopeRefusal(principal: Principal, scope: Scope): GatewayError | undefined {
  return principal.scopes.includes(scope) ? undefined : gatewayError("scope_missing", { scope });
}

function entryOf(presented: string, keys: KeyIndex): KeyEntry | undefined {
  const prefix = keyPrefix(presented);
  if (prefix === undefined) return undefined;
  const digest = sha256Of(presented);
  return keys.byPrefix.get(prefix)?.find(({ key }) => sameDigest(digest, Buffer.from(key.sha256, "hex")));
}

function sameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function memberRefusal({ metadata, spec }: Member): GatewayError | undefined {
  if (metadata.deletionTimestamp !== undefined) return gatewayError("key_unknown", {});
  return spec.suspended ? gatewayError("member_suspended", {}) : undefined;
}

function keyRefusal({ key }: KeyEntry, now: number): GatewayError | undefined {
  // A time that cannot be read (NaN) counts as over: an expiry that nobody understands must not mean "never".
  const expired = key.expiresAt !== undefined && !(now < Date.parse(key.expiresAt));
  return expired ? gatewayError("key_expired", { expiresAt: key.expiresAt ?? "" }) : undefined;
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

type Signature = Extract<Credential, { kind: "signature" }>;

/** Whoever holds a member's SSH key may do what the member may: it has no scopes of its own. */
function signedBy({ publicKey, signed, signature, atS }: Signature, keys: KeyIndex, now: number) {
  const member = keys.bySshKey.get(publicKey);
  if (!member || !signatureHolds(publicKey, signed, signature)) return gatewayError("key_unknown", {});
  if (Math.abs(now / 1000 - atS) > signatureAgeMaxS) {
    return gatewayError("signature_too_old", { minutes: signatureAgeMaxS / 60 });
  }
  return memberRefusal(member) ?? signedPrincipal(member);
}

function signedPrincipal({ metadata, spec }: Member): Principal {
  const scopes: Scope[] = ["inference", "embeddings", "models"];
  const { roles, limits } = spec;
  return { member: metadata.name, keyId: "ssh", scopes, roles, limits, deployments: undefined };
}
