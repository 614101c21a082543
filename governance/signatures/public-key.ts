/**
 * Public SSH keys and the signatures that each kind makes (RFC 4253, 5656, 8332, 8709; OpenSSH's PROTOCOL.u2f). A key has
 * one binary form here: what could be spelled in two ways would be two keys to one reader and one to another.
 */
import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { WireReader } from "./wire.ts";

export interface PublicKey {
  /** `type base64`, as in `Member.sshKeys`. */
  readonly text: string;
  /** `signature`: algorithm and what it made, as SSH writes it. Never throws. */
  verifies(data: Uint8Array, signature: Uint8Array): boolean;
}

/** Undefined where it is no key of a kind that is taken, or a weak one; never throws. */
export function parsePublicKey(blob: Uint8Array): PublicKey | undefined {
  const fields = new WireReader(blob);
  const type = fields.name();
  const kind = type !== undefined && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  const check = kind?.(fields);
  if (type === undefined || !check || !fields.isAtEnd) return undefined;
  return {
    text: `${type} ${Buffer.from(blob).toString("base64")}`,
    verifies: (data, signature) => {
      const parts = new WireReader(signature);
      const algorithm = parts.name();
      return algorithm !== undefined && check(algorithm, parts, data);
    },
  };
}

/** Reads what stands behind the algorithm, up to the end. */
type Check = (algorithm: string, parts: WireReader, data: Uint8Array) => boolean;

/** Each reads the key's fields behind its type. */
const kinds: Readonly<Record<string, (fields: WireReader) => Check | undefined>> = {
  "ssh-ed25519": ed25519,
  "ssh-rsa": rsa,
  "ecdsa-sha2-nistp256": (fields) => ecdsa(fields, { name: "nistp256", crv: "P-256", bytes: 32, hash: "sha256" }),
  "ecdsa-sha2-nistp384": (fields) => ecdsa(fields, { name: "nistp384", crv: "P-384", bytes: 48, hash: "sha384" }),
  "ecdsa-sha2-nistp521": (fields) => ecdsa(fields, { name: "nistp521", crv: "P-521", bytes: 66, hash: "sha512" }),
  "sk-ssh-ed25519@openssh.com": securityKey,
};

function ed25519(fields: WireReader): Check | undefined {
  const key = ed25519Key(fields.string());
  if (!key) return undefined;
  return (algorithm, parts, data) => {
    const made = parts.string();
    return algorithm === "ssh-ed25519" && parts.isAtEnd && made?.length === 64 && verify(null, data, key, made);
  };
}

/** The token signs a hash of what it is for, what it saw (a touch, a PIN) and how often it signed, then a hash of the data. */
function securityKey(fields: WireReader): Check | undefined {
  const key = ed25519Key(fields.string());
  const application = fields.string();
  if (!key || !application?.length || application.length > applicationBytesMax) return undefined;
  return (algorithm, parts, data) => {
    const made = parts.string();
    const flagsAndCounter = parts.bytes(5);
    if (algorithm !== "sk-ssh-ed25519@openssh.com" || !parts.isAtEnd || made?.length !== 64 || !flagsAndCounter) {
      return false;
    }
    // Somebody touched it. What other flags announce is not in these bytes.
    const flags = flagsAndCounter[0] ?? 0;
    if ((flags & touched) === 0 || (flags & ~(touched | verified)) !== 0) return false;
    return verify(null, Buffer.concat([sha256(application), flagsAndCounter, sha256(data)]), key, made);
  };
}

function rsa(fields: WireReader): Check | undefined {
  const exponent = fields.positive();
  const modulus = fields.positive();
  // With 1 everybody could sign; an even one makes no key.
  const isExponent = exponent && exponent.length <= exponentBytesMax && (exponent.at(-1) ?? 0) % 2 === 1;
  if (!modulus || !isExponent || exponent.equals(one)) return undefined;
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < rsaBitsMin || bits > rsaBitsMax) return undefined;
  const key = keyOf({ kty: "RSA", n: modulus.toString("base64url"), e: exponent.toString("base64url") });
  if (!key) return undefined;
  return (algorithm, parts, data) => {
    // `ssh-rsa` as an algorithm is SHA-1.
    const hash = Object.hasOwn(rsaHashes, algorithm) ? rsaHashes[algorithm] : undefined;
    const made = parts.string();
    return hash !== undefined && parts.isAtEnd && made?.length === modulus.length && verify(hash, data, key, made);
  };
}

interface Curve {
  readonly name: string;
  readonly crv: string;
  readonly bytes: number;
  readonly hash: string;
}

function ecdsa(fields: WireReader, { name, crv, bytes, hash }: Curve): Check | undefined {
  const curve = fields.name();
  const point = fields.string();
  if (curve !== name || point?.length !== 1 + 2 * bytes || point[0] !== uncompressed) return undefined;
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)];
  const key = keyOf({ kty: "EC", crv, x: x.toString("base64url"), y: y.toString("base64url") });
  if (!key) return undefined;
  return (algorithm, parts, data) => {
    const made = parts.string();
    if (algorithm !== `ecdsa-sha2-${name}` || !parts.isAtEnd || !made) return false;
    const numbers = new WireReader(made);
    const [r, s] = [numbers.positive(), numbers.positive()];
    if (!numbers.isAtEnd || !r || !s || r.length > bytes || s.length > bytes) return false;
    const both = Buffer.alloc(2 * bytes);
    r.copy(both, bytes - r.length);
    s.copy(both, 2 * bytes - s.length);
    return verify(hash, data, { key, dsaEncoding: "ieee-p1363" }, both);
  };
}

function ed25519Key(bytes: Buffer | undefined): KeyObject | undefined {
  if (bytes?.length !== 32) return undefined;
  const withoutSign = Buffer.from(bytes);
  withoutSign[31] = (withoutSign[31] ?? 0) & 0x7f;
  if (smallOrder.has(withoutSign.toString("hex"))) return undefined;
  return keyOf({ kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") });
}

/** Undefined for a point that is not on its curve, or a number that makes no key. */
function keyOf(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return undefined;
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** Smaller ones can be broken by who has the means; larger ones OpenSSH does not take. */
const rsaBitsMin = 2_048;
const rsaBitsMax = 16_384;
const exponentBytesMax = 8;
const one = Buffer.from([1]);
const rsaHashes: Readonly<Record<string, string>> = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" };
const uncompressed = 0x04;
const touched = 0x01;
const verified = 0x04;
const applicationBytesMax = 256;

/**
 * Points of Ed25519 under which one signature is good for any data, so that everybody could sign as their owner
 * (https://eprint.iacr.org/2020/1244, table 1); little-endian, without the sign.
 */
const smallOrder: ReadonlySet<string> = new Set([
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
]);
