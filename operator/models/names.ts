/**
 * What we call models on hosts. Everything that the operator makes lies in one namespace and carries its owner, so that
 * a host's list alone says what is ours to change or delete, also after the operator lost everything else; what
 * strangers put there is never taken for ours.
 *
 *     commonhold/<deployment>-<8 hex of sha256(uid)>:b-<12 hex of the digest>    the base: the model unchanged, kept from pruning
 *     commonhold/<deployment>-<8 hex of sha256(uid)>:<12 hex of the revision>    the served model, derived from it
 *
 * The uid, and not the name, is the owner: a deployment that is deleted and made again does not inherit. The
 * deployment's name is in it for people who read `ollama list`. Lower case throughout, because Ollama compares names
 * without regard to case; a model name has at most 80 characters there.
 */
import { createHash } from "node:crypto";
import type { Digest } from "./digest.ts";
import { isNamePart } from "./reference.ts";

/** A deployment, by `metadata`. */
export interface Owner {
  readonly uid: string;
  readonly name: string;
}

/** What one of our names says. */
export interface OwnedName {
  readonly slug: string;
  readonly ownerHash: string;
  readonly kind: "base" | "served";
  /** 12 hex digits: of the base's digest, or of the served model's revision. */
  readonly version: string;
}

const namespace = "commonhold";
const ownerHashDigits = 8;
export const versionDigits = 12;
const modelCharsMax = 80;
const slugCharsMax = modelCharsMax - ownerHashDigits - 1;

/** The name under which the unchanged model is kept. */
export function baseName(owner: Owner, digest: Digest): string {
  return `${namespace}/${modelPart(owner)}:b-${digest.slice("sha256:".length, "sha256:".length + versionDigits)}`;
}

/** The name under which it is served. `revision`: 12 or more lower-case hex digits, of which the first 12 count. */
export function servedName(owner: Owner, revision: string): string {
  const version = revision.slice(0, versionDigits);
  if (!/^[0-9a-f]{12}$/.test(version)) throw new TypeError(`a revision has ${versionDigits} hex digits or more`);
  return `${namespace}/${modelPart(owner)}:${version}`;
}

/** Whether the operator gave this name, whichever deployment it was for. */
export function isOurs(name: string): boolean {
  return readName(name) !== undefined;
}

/** Whether the operator gave this name for the deployment with this uid. */
export function belongsTo(name: string, uid: string): boolean {
  return readName(name)?.ownerHash === hashOf(uid);
}

/** `undefined` for a name that is not ours. Takes names as hosts list them, the default registry in front or not. */
export function readName(name: string): OwnedName | undefined {
  const bare = name.toLowerCase().replace(/^registry\.ollama\.ai\//, "");
  const match = /^commonhold\/([a-z0-9_.-]+)-([0-9a-f]{8}):(b-)?([0-9a-f]{12})$/.exec(bare);
  const [, slug, ownerHash, base, version] = match ?? [];
  if (!slug || !ownerHash || !version || !isNamePart("model", `${slug}-${ownerHash}`)) return undefined;
  return { slug, ownerHash, kind: base ? "base" : "served", version };
}

function modelPart(owner: Owner): string {
  return `${slugOf(owner.name)}-${hashOf(owner.uid)}`;
}

/** Kubernetes names fit as they are unless they are long; whatever else comes still becomes a valid name. */
function slugOf(name: string): string {
  const safe = name
    .toLowerCase()
    .replace(/[^a-z0-9_.-]/g, "-")
    .replace(/^[^a-z0-9_]+/, "");
  return safe.slice(0, slugCharsMax).replace(/[^a-z0-9_]+$/, "") || "model";
}

function hashOf(uid: string): string {
  return createHash("sha256").update(uid).digest("hex").slice(0, ownerHashDigits);
}
