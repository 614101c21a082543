/**
 * API keys: `ch_<8 letters or digits>_<43 characters>`. The first two parts are the prefix by which a key is found; the last holds
 * 256 random bits. Only the SHA-256 of the whole key is stored (Member.spec.keys), so a stolen list of members opens nothing; a
 * slow hash would add nothing to 256 random bits.
 */
import { createHash } from "node:crypto";

export interface NewKey {
  /** Shown once to its owner, stored nowhere. */
  readonly key: string;
  /** For `Member.spec.keys[].prefix`. */
  readonly prefix: string;
  /** For `Member.spec.keys[].sha256`: 64 hex digits. */
  readonly sha256: string;
}

/** Gives `bytes` random bytes; `crypto.randomBytes` outside tests. */
export type RandomBytes = (bytes: number) => Uint8Array;

const prefixChars = 8;
const secretBytes = 32;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export function newKey(random: RandomBytes): NewKey {
  const prefix = `ch_${lettersFrom(random)}`;
  const key = `${prefix}_${Buffer.from(random(secretBytes)).toString("base64url")}`;
  return { key, prefix, sha256: sha256Hex(key) };
}

/** The prefix of what looks like a key; `undefined` for anything else, whose hash need not be computed. */
export function keyPrefix(text: string): string | undefined {
  return /^(ch_[A-Za-z0-9]{8})_[A-Za-z0-9_-]{43}$/.exec(text)?.[1];
}

export function sha256Of(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

function sha256Hex(key: string): string {
  return sha256Of(key).toString("hex");
}

/** Draws until enough bytes fall into a whole multiple of the alphabet: every letter is equally likely. */
function lettersFrom(random: RandomBytes): string {
  const fair = 256 - (256 % alphabet.length);
  let letters = "";
  while (letters.length < prefixChars) {
    for (const byte of random(prefixChars)) {
      if (byte < fair && letters.length < prefixChars) letters += alphabet[byte % alphabet.length];
    }
  }
  return letters;
}
