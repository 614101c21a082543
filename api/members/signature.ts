/** Checks a signature of an `ssh-ed25519` key, the kind that Ollama makes for itself (`~/.ollama/id_ed25519.pub`). */
import { createPublicKey, type KeyObject, verify } from "node:crypto";

/** How far a client's clock may be off, and how long a signature that was listened in on could be used again. */
export const signatureAgeMaxS = 300;

const algorithm = "ssh-ed25519";
const keyBytes = 32;
/** DER of an Ed25519 SubjectPublicKeyInfo before the key itself (RFC 8410). */
const spkiHead = Buffer.from("302a300506032b6570032100", "hex");

/** `publicKey`: base64 of the SSH wire form. False for everything that is not a good signature of that key. */
export function signatureHolds(publicKey: string, signed: string, signature: Buffer): boolean {
  const key = ed25519Key(Buffer.from(publicKey, "base64"));
  return key !== undefined && verify(null, Buffer.from(signed), key, signature);
}

/** The SSH wire form: two strings, each behind its length in four bytes: the algorithm's name and the key (RFC 8709). */
function ed25519Key(blob: Buffer): KeyObject | undefined {
  const head = Buffer.concat([lengthOf(algorithm.length), Buffer.from(algorithm), lengthOf(keyBytes)]);
  if (blob.length !== head.length + keyBytes || !blob.subarray(0, head.length).equals(head)) return undefined;
  return createPublicKey({ key: Buffer.concat([spkiHead, blob.subarray(head.length)]), format: "der", type: "spki" });
}

function lengthOf(count: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(count);
  return bytes;
}
