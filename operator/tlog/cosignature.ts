/**
 * What a witness says of a log (C2SP tlog-cosignature, version 1 with Ed25519): at this time, this was the largest tree of
 * this log that I saw, and it only ever grew. The time is signed too and stands before the signature, eight bytes of
 * seconds since 1970.
 */
import { sign, verify } from "node:crypto";
import { parseCheckpoint } from "./checkpoint.ts";
import { keyObjectOf, type PrivateNoteKey, type PublicNoteKey } from "./note/key.ts";
import { NoteError } from "./note/note-error.ts";
import type { NoteSignature } from "./note/signed-note.ts";
import type { Verifier } from "./note/verify.ts";

/**
 * Signs the text of a checkpoint with a witness's key. `time` in whole seconds since 1970. Only for a checkpoint that
 * `decideAddCheckpoint` accepted, after it was stored where a crash does not lose it.
 */
export function cosign(text: string, key: PrivateNoteKey, time: number): NoteSignature {
  refuseOtherKinds(key);
  parseCheckpoint(text);
  if (!Number.isSafeInteger(time) || time < 0) throw new RangeError("give the time in whole seconds since 1970");
  const stamp = Buffer.alloc(timeBytes);
  stamp.writeBigUInt64BE(BigInt(time));
  const signature = Buffer.concat([stamp, sign(null, message(text, time), key.privateKey)]);
  return { name: key.name, keyId: key.keyId, signature };
}

export function cosignatureVerifier(key: PublicNoteKey): Verifier {
  refuseOtherKinds(key);
  const publicKey = keyObjectOf(key);
  const verifies = (text: string, signature: Uint8Array): boolean => {
    const time = cosignatureTime(signature);
    return time !== undefined && verify(null, message(text, time), publicKey, signature.subarray(timeBytes));
  };
  return { name: key.name, keyId: key.keyId, verifies };
}

/** Seconds since 1970, undefined where these bytes (without key id) are no cosignature. Verify first, then believe. */
export function cosignatureTime(signature: Uint8Array): number | undefined {
  if (signature.length !== timeBytes + ed25519Bytes) return undefined;
  const time = Number(Buffer.from(signature).readBigUInt64BE());
  return Number.isSafeInteger(time) ? time : undefined;
}

function message(text: string, time: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`, "utf8");
}

function refuseOtherKinds({ name, kind }: PublicNoteKey): void {
  if (kind !== 4) throw new NoteError("key", `${name} is the key of a log, a witness has one of its own (kind 4)`);
}

const timeBytes = 8;
const ed25519Bytes = 64;
