/** Who signed some bytes with an SSH key, and whether the signature holds. Whose key it is, is for the caller to know. */
import { parsePublicKey } from "./public-key.ts";
import { parseSshSignature, signedBytes } from "./sshsig.ts";

export interface SignatureCheck {
  readonly payload: Uint8Array;
  /** From its `BEGIN` line to its `END` line. */
  readonly armored: string;
  readonly namespace: string;
}

export interface CheckedSignature {
  /** `type base64`, as in `Member.sshKeys`. */
  readonly key: string;
  readonly isValid: boolean;
}

/** Undefined where it is no SSH signature, or one by a kind of key that is not taken; never throws. */
export function verifySshSignature({ payload, armored, namespace }: SignatureCheck): CheckedSignature | undefined {
  const parsed = parseSshSignature(armored);
  const key = parsed && parsePublicKey(parsed.publicKey);
  if (!parsed || !key) return undefined;
  const isFor = parsed.namespace.equals(Buffer.from(namespace, "utf8"));
  return {
    key: key.text,
    isValid: isFor && key.verifies(signedBytes(payload, namespace, parsed.hash), parsed.signature),
  };
}
