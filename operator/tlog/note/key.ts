/**
 * Keys that sign notes, as C2SP signed-note and Go's `sumdb/note` write them down:
 * `<name>+<id>+<base64>` for the public half, `PRIVATE+KEY+<name>+<id>+<base64>` for the private one. The base 64 holds one
 * byte for the kind of signature and 32 bytes of Ed25519; the id is the first four bytes of SHA-256 over name, line feed,
 * kind and public key. The same 32 bytes thus have one id as a log's key and another one as a witness's.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { fromBase64, toBase64 } from "./base64.ts";
import { NoteError } from "./note-error.ts";

/** 1: Ed25519 over the text. 4: a witness's cosignature with its time (`cosignature.ts`). */
export type SignatureKind = 1 | 4;

export interface PublicNoteKey {
  readonly name: string;
  readonly keyId: number;
  readonly kind: SignatureKind;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface PrivateNoteKey extends PublicNoteKey {
  readonly privateKey: KeyObject;
}

/** Throws a `NoteError` with the code `key` for a name with spaces or `+`, and for anything but 32 bytes. */
export function publicNoteKey(name: string, kind: SignatureKind, publicKey: Uint8Array): PublicNoteKey {
  if (!isKeyName(name)) throw new NoteError("key", "the name of a key is not empty and has neither spaces nor +");
  if (publicKey.length !== keyBytes) throw new NoteError("key", `an Ed25519 key has ${keyBytes} bytes`);
  return { name, kind, publicKey, keyId: keyIdOf(name, kind, publicKey) };
}

/** From the 32 secret bytes (the seed of RFC 8032). */
export function privateNoteKey(name: string, kind: SignatureKind, seed: Uint8Array): PrivateNoteKey {
  if (seed.length !== keyBytes) throw new NoteError("key", `the seed of an Ed25519 key has ${keyBytes} bytes`);
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: "der", type: "pkcs8" });
  const der = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { ...publicNoteKey(name, kind, der.subarray(-keyBytes)), privateKey };
}

/** `keyId` is shown as eight hex digits. */
export function formatPublicKey({ name, keyId, kind, publicKey }: PublicNoteKey): string {
  return `${name}+${hexOf(keyId)}+${toBase64(Buffer.from([kind, ...publicKey]))}`;
}

export function formatPrivateKey({ name, keyId, kind }: PublicNoteKey, seed: Uint8Array): string {
  return `PRIVATE+KEY+${name}+${hexOf(keyId)}+${toBase64(Buffer.from([kind, ...seed]))}`;
}

/** Throws a `NoteError` with the code `key`. */
export function parsePublicKey(text: string): PublicNoteKey {
  const [, name, id, base64] = publicKeyForm.exec(text) ?? [];
  const [kind, publicKey] = keyMaterial(base64);
  return identified(publicNoteKey(name ?? "", kind, publicKey), id);
}

/** Throws a `NoteError` with the code `key`; its message does not hold the secret. */
export function parsePrivateKey(text: string): PrivateNoteKey {
  const [, name, id, base64] = privateKeyForm.exec(text) ?? [];
  const [kind, seed] = keyMaterial(base64);
  return identified(privateNoteKey(name ?? "", kind, seed), id);
}

export function isKeyName(name: string): boolean {
  return /^[^+\p{White_Space}\p{Cc}\p{Cs}]+$/u.test(name);
}

/** For `node:crypto`. */
export function keyObjectOf({ publicKey }: PublicNoteKey): KeyObject {
  return createPublicKey({ key: Buffer.concat([spkiHead, publicKey]), format: "der", type: "spki" });
}

function keyMaterial(base64: string | undefined): [SignatureKind, Uint8Array] {
  const bytes = fromBase64(base64 ?? "");
  const kind = bytes?.[0];
  if (kind !== 1 && kind !== 4) {
    throw new NoteError("key", "give a key as <name>+<eight hex digits>+<base64>, of kind 1 (log) or 4 (witness)");
  }
  return [kind, (bytes as Uint8Array).subarray(1)];
}

function identified<Key extends PublicNoteKey>(key: Key, id: string | undefined): Key {
  if (hexOf(key.keyId) !== id)
    throw new NoteError("key", `the id of the key ${key.name} does not fit its name and bytes`);
  return key;
}

function keyIdOf(name: string, kind: SignatureKind, publicKey: Uint8Array): number {
  return createHash("sha256")
    .update(`${name}\n`)
    .update(Buffer.from([kind]))
    .update(publicKey)
    .digest()
    .readUInt32BE();
}

function hexOf(keyId: number): string {
  return keyId.toString(16).padStart(8, "0");
}

const keyBytes = 32;
const publicKeyForm = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/;
const privateKeyForm = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+(.+)$/;
/** What RFC 8410 writes before the 32 bytes of an Ed25519 key. */
const spkiHead = Buffer.from("302a300506032b6570032100", "hex");
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");
