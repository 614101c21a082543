/**
 * A signature as `ssh-keygen -Y sign` and git write it
 * (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig):
 * `SSHSIG`, version, public key, namespace, reserved, hash, signature.
 */
import { createHash } from "node:crypto";
import { armored, dearmored } from "./armor.ts";
import { string, uint32, WireReader } from "./wire.ts";

export type HashName = "sha256" | "sha512";

export interface SshSignature {
  /** In its binary form. */
  readonly publicKey: Buffer;
  /** What the signature is for: one for a mail is none for a ballot. */
  readonly namespace: Buffer;
  readonly hash: HashName;
  /** Algorithm and what it made, in its binary form. */
  readonly signature: Buffer;
}

/** Undefined for anything that is not exactly a signature of version 1; never throws. */
export function parseSshSignature(text: string): SshSignature | undefined {
  const bytes = dearmored(text, label, armoredCharsMax);
  if (!bytes) return undefined;
  const fields = new WireReader(bytes);
  const magic = fields.bytes(magicBytes.length);
  const version = fields.uint32();
  const publicKey = fields.string();
  const namespace = fields.string();
  const reserved = fields.string();
  const hash = fields.name();
  const signature = fields.string();
  if (!fields.isAtEnd || !magic?.equals(magicBytes) || version !== 1 || reserved?.length !== 0) return undefined;
  if (!publicKey || !namespace || !signature || (hash !== "sha256" && hash !== "sha512")) return undefined;
  return { publicKey, namespace, hash, signature };
}

export function formatSshSignature({ publicKey, namespace, hash, signature }: SshSignature): string {
  const fields = [publicKey, namespace, "", hash, signature].map(string);
  return armored(Buffer.concat([magicBytes, uint32(1), ...fields]), label);
}

/** What a key really signs: never `payload` itself, so that no signature of another protocol can stand for it. */
export function signedBytes(payload: Uint8Array, namespace: string | Uint8Array, hash: HashName): Buffer {
  const fields = [namespace, "", hash, createHash(hash).update(payload).digest()].map(string);
  return Buffer.concat([magicBytes, ...fields]);
}

const label = "SSH SIGNATURE";
const magicBytes = Buffer.from("SSHSIG", "latin1");
/** RSA with 16,384 bits, the most that OpenSSH takes, has some 6,000. */
const armoredCharsMax = 16_384;
