/** Signs in this process, with the 32 secret bytes of an Ed25519 key. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import type { Signer } from "../git/repository.ts";
import { gitNamespace } from "./signature-of.ts";
import { formatSshSignature, signedBytes } from "./sshsig.ts";
import { string } from "./wire.ts";

/** `seed`: 32 bytes (RFC 8032). Throws a `RangeError` for another length. */
export function ed25519Signer(seed: Uint8Array, namespace: string = gitNamespace): Signer {
  const { privateKey, publicKey } = ed25519Pair(seed);
  const blob = ed25519Blob(publicKey);
  return {
    publicKey: `ssh-ed25519 ${blob.toString("base64")}`,
    sign: async (payload) => {
      const made = sign(null, signedBytes(payload, namespace, hash), privateKey);
      const signature = Buffer.concat([string("ssh-ed25519"), string(made)]);
      return formatSshSignature({ publicKey: blob, namespace: Buffer.from(namespace, "utf8"), hash, signature });
    },
  };
}

/** `publicKey`: its 32 bytes. */
export function ed25519Pair(seed: Uint8Array): { readonly privateKey: KeyObject; readonly publicKey: Buffer } {
  if (seed.length !== seedBytes) throw new RangeError(`the seed of an Ed25519 key has ${seedBytes} bytes`);
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: "der", type: "pkcs8" });
  const der = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: der.subarray(-seedBytes) };
}

/** As SSH writes it. */
export function ed25519Blob(publicKey: Uint8Array): Buffer {
  return Buffer.concat([string("ssh-ed25519"), string(publicKey)]);
}

export const seedBytes = 32;
/** As `ssh-keygen` takes it. */
const hash = "sha512";
/** What RFC 8410 writes before the 32 bytes. */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");
