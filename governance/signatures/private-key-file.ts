/**
 * Files of private keys as OpenSSH writes them
 * (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key). Only a plain Ed25519 key is opened here; of any
 * other the public half is read, and `ssh-keygen` does the rest.
 */
import { armored, dearmored } from "./armor.ts";
import { ed25519Blob, ed25519Pair } from "./ed25519-signer.ts";
import { string, uint32, WireReader } from "./wire.ts";

export interface PrivateKeyFile {
  /** As SSH writes it. */
  readonly publicKey: Buffer;
  /** Of an Ed25519 key without a passphrase: its 32 secret bytes. */
  readonly seed?: Buffer;
}

/** Undefined where it is no file of OpenSSH's own form with one key, or a damaged one; never throws. */
export function parsePrivateKeyFile(text: string): PrivateKeyFile | undefined {
  const bytes = dearmored(text, label, fileCharsMax);
  if (!bytes) return undefined;
  const fields = new WireReader(bytes);
  const magic = fields.bytes(magicBytes.length);
  const cipher = fields.name();
  const derivation = fields.name();
  const derivationOptions = fields.string();
  const keys = fields.uint32();
  const publicKey = fields.string();
  const secret = fields.string();
  if (!magic?.equals(magicBytes) || keys !== 1 || !publicKey || !secret) return undefined;
  // An authenticated cipher leaves its mark behind the last field.
  if (cipher !== "none") return { publicKey };
  if (!fields.isAtEnd || derivation !== "none" || derivationOptions?.length !== 0) return undefined;
  if (new WireReader(publicKey).name() !== type) return { publicKey };
  const seed = seedOf(secret, publicKey);
  return seed && { publicKey, seed };
}

/** `check`: any four bytes; OpenSSH sees by them that a passphrase was right. */
export function formatPrivateKeyFile(seed: Uint8Array, check: Uint8Array, comment: string): string {
  const { publicKey } = ed25519Pair(seed);
  const blob = ed25519Blob(publicKey);
  const pair = Buffer.concat([seed, publicKey]);
  const secret = Buffer.concat([check, check, ...[type, publicKey, pair, comment].map(string)]);
  const padded = Buffer.concat([secret, padding(secret.length)]);
  const head = [magicBytes, ...["none", "none", ""].map(string), uint32(1)];
  return armored(Buffer.concat([...head, string(blob), string(padded)]), label);
}

function seedOf(secret: Buffer, publicKey: Buffer): Buffer | undefined {
  const fields = new WireReader(secret);
  const [check, again] = [fields.uint32(), fields.uint32()];
  const kind = fields.name();
  const own = fields.string();
  const pair = fields.string();
  const comment = fields.string();
  if (!comment || check !== again || kind !== type || pair?.length !== 64 || !own) return undefined;
  const used = 8 + [type, own, pair, comment].reduce((sum, field) => sum + 4 + field.length, 0);
  if (!secret.subarray(used).equals(padding(used))) return undefined;
  const seed = pair.subarray(0, 32);
  const made = ed25519Pair(seed).publicKey;
  const isWhole = made.equals(own) && made.equals(pair.subarray(32)) && ed25519Blob(made).equals(publicKey);
  return isWhole ? seed : undefined;
}

/** 1, 2, 3 … up to a multiple of eight bytes. */
function padding(length: number): Buffer {
  return Buffer.from(Array.from({ length: (8 - (length % 8)) % 8 }, (_, at) => at + 1));
}

const label = "OPENSSH PRIVATE KEY";
const type = "ssh-ed25519";
const magicBytes = Buffer.from("openssh-key-v1\0", "latin1");
const fileCharsMax = 65_536;
