/** A new Ed25519 key, in the two files that OpenSSH and git take. */
import type { Signer } from "../git/repository.ts";
import { ed25519Signer, seedBytes } from "./ed25519-signer.ts";
import { formatPrivateKeyFile } from "./private-key-file.ts";

export interface NewKey {
  /** What the private file holds; to be written with the mode 0600. */
  readonly privateFile: string;
  /** What the `.pub` file holds: type, base64 and comment. */
  readonly publicFile: string;
  readonly signer: Signer;
}

export interface NewKeyOptions {
  /** So many bytes that nobody can guess: `randomBytes` of `node:crypto`. */
  readonly random: (bytes: number) => Uint8Array;
  /** One line for people; whose key it is, or what for. */
  readonly comment?: string;
}

/** Throws a `RangeError` for a comment that is not one printable line. */
export function newEd25519Key({ random, comment = "commonhold" }: NewKeyOptions): NewKey {
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(comment)) throw new RangeError("the comment of a key is one printable line");
  const seed = random(seedBytes);
  const signer = ed25519Signer(seed);
  return {
    privateFile: formatPrivateKeyFile(seed, random(4), comment),
    publicFile: `${signer.publicKey}${comment === "" ? "" : ` ${comment}`}\n`,
    signer,
  };
}
