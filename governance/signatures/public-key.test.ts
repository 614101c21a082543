/** Signatures and keys that no program makes by itself: weak, bent, or of a security key that is not at hand. */
import { createHash, createSign, generateKeyPairSync, sign } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { armored } from "./armor.ts";
import { ed25519Pair } from "./ed25519-signer.ts";
import { parsePublicKey } from "./public-key.ts";
import { keyFolder } from "./ssh-keygen.fixture.ts";
import { formatSshSignature, type HashName, signedBytes } from "./sshsig.ts";
import { verifySshSignature } from "./verify.ts";
import { string, uint32 } from "./wire.ts";

const keys = keyFolder();
afterAll(() => keys.remove());

const payload = Buffer.from("anything");
const pair = ed25519Pair(Buffer.alloc(32, 7));
const plainKey = fields("ssh-ed25519", pair.publicKey);

interface Bent {
  readonly key?: Buffer;
  readonly hash?: HashName;
  readonly signature: Buffer;
}

function checked({ key = plainKey, hash = "sha512", signature }: Bent) {
  const armored = formatSshSignature({ publicKey: key, namespace: Buffer.from("git"), hash, signature });
  return { armored, answer: verifySshSignature({ payload, armored, namespace: "git" }) };
}
const isValid = (bent: Bent): boolean | undefined => checked(bent).answer?.isValid;
const toSign = signedBytes(payload, "git", "sha512");
const good = sign(null, toSign, pair.privateKey);

describe("Ed25519", () => {
  test("holds as it should", () => {
    expect(isValid({ signature: fields("ssh-ed25519", good) })).toBe(true);
  });
  test.each<[string, Buffer]>([
    ["with an algorithm of RSA", fields("rsa-sha2-512", good)],
    ["with an algorithm of a security key", fields("sk-ssh-ed25519@openssh.com", good)],
    ["without an algorithm", fields("", good)],
    ["with a byte behind it", Buffer.concat([fields("ssh-ed25519", good), Buffer.alloc(1)])],
    ["one byte short", fields("ssh-ed25519", good.subarray(1))],
    ["one byte longer", fields("ssh-ed25519", Buffer.concat([good, Buffer.alloc(1)]))],
    ["of nothing", Buffer.alloc(0)],
    ["whose number is larger by the order of the group", fields("ssh-ed25519", plusOrder(good))],
  ])("%s does not hold", (_, signature) => {
    expect(isValid({ signature })).toBe(false);
  });
  test.each<[string, string]>([
    ["of zeros", "00".repeat(32)],
    ["of one", `01${"00".repeat(31)}`],
    ["of one with the other sign", `01${"00".repeat(30)}80`],
    ["of minus one", `ec${"ff".repeat(30)}7f`],
    ["of order eight", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"],
    ["of the other point of order eight", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
    ["of the prime itself", `ed${"ff".repeat(30)}7f`],
  ])("a key %s, under which anybody can sign, is none", (_, hex) => {
    const key = fields("ssh-ed25519", Buffer.from(hex, "hex"));
    // R = 1, s = 0 is good for any data under the neutral point.
    const signature = fields("ssh-ed25519", Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]));
    expect(checked({ key, signature }).answer).toBeUndefined();
  });
});

describe("the frame of a signature", () => {
  const frame = (reserved: string, hash: string, version = 1): string =>
    armored(
      Buffer.concat([
        Buffer.from("SSHSIG"),
        uint32(version),
        fields(plainKey, "git", reserved, hash, fields("ssh-ed25519", good)),
      ]),
      "SSH SIGNATURE",
    );
  const check = (text: string) => verifySshSignature({ payload, armored: text, namespace: "git" });

  test("is read as it should be", () => {
    expect(check(frame("", "sha512"))?.isValid).toBe(true);
  });
  test.each<[string, string]>([
    ["that uses what is reserved", frame("x", "sha512")],
    ["of version 2", frame("", "sha512", 2)],
    ["over SHA-1", frame("", "sha1")],
    ["over no hash", frame("", "")],
    ["over a hash in capitals", frame("", "SHA512")],
  ])("%s is none", (_, text) => {
    expect(check(text)).toBeUndefined();
  });
});

describe("RSA", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { n = "", e = "" } = rsa.publicKey.export({ format: "jwk" });
  const key = fields("ssh-rsa", mpint(e), mpint(n));
  const made = (hash: string): Buffer => createSign(hash).update(toSign).sign(rsa.privateKey);

  test.each(["256", "512"])("with SHA-%s holds", (bits) => {
    expect(isValid({ key, signature: fields(`rsa-sha2-${bits}`, made(`sha${bits}`)) })).toBe(true);
  });
  test.each<[string, Buffer]>([
    ["with SHA-1", fields("ssh-rsa", made("sha1"))],
    ["with SHA-1 under the name of SHA-2", fields("rsa-sha2-256", made("sha1"))],
    ["under the name of the other hash", fields("rsa-sha2-512", made("sha256"))],
    ["under a name that every object has", fields("constructor", made("sha256"))],
    ["a byte short", fields("rsa-sha2-256", made("sha256").subarray(1))],
    ["with a zero before it", fields("rsa-sha2-256", Buffer.concat([Buffer.alloc(1), made("sha256")]))],
    ["that is larger than the modulus", fields("rsa-sha2-256", Buffer.alloc(256, 0xff))],
  ])("%s does not hold", (_, signature) => {
    expect(isValid({ key, signature })).toBe(false);
  });
  const small = generateKeyPairSync("rsa", { modulusLength: 2040 }).publicKey.export({ format: "jwk" });
  test.each<[string, Buffer]>([
    ["of 2040 bits", fields("ssh-rsa", mpint(small.e), mpint(small.n))],
    ["of no bits", fields("ssh-rsa", mpint(e), Buffer.alloc(0))],
    ["of 16,392 bits", fields("ssh-rsa", mpint(e), Buffer.concat([Buffer.alloc(1), Buffer.alloc(2049, 0xff)]))],
    ["with the exponent 1", fields("ssh-rsa", Buffer.from([1]), mpint(n))],
    ["with an even exponent", fields("ssh-rsa", Buffer.from([4]), mpint(n))],
    ["with an exponent of nine bytes", fields("ssh-rsa", Buffer.alloc(9, 1), mpint(n))],
    ["with a zero more before its modulus", fields("ssh-rsa", mpint(e), Buffer.concat([Buffer.alloc(1), mpint(n)]))],
    ["with a negative modulus", fields("ssh-rsa", mpint(e), mpint(n).subarray(1))],
    ["with its fields exchanged", fields("ssh-rsa", mpint(n), mpint(e))],
    ["with a byte behind it", Buffer.concat([key, Buffer.alloc(1)])],
  ])("a key %s is none", (_, bent) => {
    expect(parsePublicKey(bent)).toBeUndefined();
  });
});

describe("ECDSA", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = ec.publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const type = "ecdsa-sha2-nistp256";
  const key = fields(type, "nistp256", point);
  const both = sign("sha256", toSign, { key: ec.privateKey, dsaEncoding: "ieee-p1363" });
  const [r, s] = [positive(both.subarray(0, 32)), positive(both.subarray(32))];

  test("holds as it should", () => {
    expect(isValid({ key, signature: fields(type, fields(r, s)) })).toBe(true);
  });
  test.each<[string, Buffer]>([
    ["with its numbers exchanged", fields(type, fields(s, r))],
    ["with a zero before a number", fields(type, fields(Buffer.concat([Buffer.alloc(1), r]), s))],
    ["with a number of 33 bytes", fields(type, fields(Buffer.alloc(33, 1), s))],
    ["with a zero for a number", fields(type, fields(Buffer.alloc(1), s))],
    ["with an empty number", fields(type, fields(Buffer.alloc(0), s))],
    ["with one number", fields(type, fields(r))],
    ["with three numbers", fields(type, fields(r, s, s))],
    ["under the name of another curve", fields("ecdsa-sha2-nistp384", fields(r, s))],
    ["in the form of OpenSSL", fields(type, createSign("sha256").update(toSign).sign(ec.privateKey))],
  ])("%s does not hold", (_, signature) => {
    expect(isValid({ key, signature })).toBe(false);
  });
  test.each<[string, Buffer]>([
    ["whose two names of the curve differ", fields(type, "nistp384", point)],
    [
      "whose point is not on the curve",
      fields(type, "nistp256", Buffer.concat([point.subarray(0, 64), Buffer.from([point[64]! ^ 1])])),
    ],
    ["whose point is at infinity", fields(type, "nistp256", Buffer.alloc(1))],
    ["whose point is compressed", fields(type, "nistp256", Buffer.concat([Buffer.from([2]), point.subarray(1, 33)]))],
    [
      "whose point says that it is compressed",
      fields(type, "nistp256", Buffer.concat([Buffer.from([2]), point.subarray(1)])),
    ],
  ])("a key %s is none", (_, bent) => {
    expect(parsePublicKey(bent)).toBeUndefined();
  });
});

describe("a security key", () => {
  const type = "sk-ssh-ed25519@openssh.com";
  const key = fields(type, pair.publicKey, "ssh:");
  const made = (flags: number, counter: number, application = "ssh:", algorithm = type): Buffer => {
    const state = Buffer.concat([Buffer.from([flags]), uint32(counter)]);
    const signed = sign(null, Buffer.concat([sha256(application), state, sha256(toSign)]), pair.privateKey);
    return Buffer.concat([fields(algorithm, signed), state]);
  };

  test.each([
    ["that was touched", 0x01],
    ["that was touched and asked for a PIN", 0x05],
  ])("%s holds, here and for ssh-keygen", (_, flags) => {
    const { armored, answer } = checked({ key, signature: made(flags, 41) });
    const text = `${type} ${key.toString("base64")}`;
    expect(answer).toEqual({ key: text, isValid: true });
    expect(keys.accepts(text, armored, payload)).toBe(true);
  });
  test.each<[string, Buffer]>([
    ["that nobody touched", made(0x00, 41)],
    ["that only asked for a PIN", made(0x04, 41)],
    ["that announces data which are not there", made(0x81, 41)],
    ["for another application", made(0x01, 41, "ssh:other")],
    ["with another counter", Buffer.concat([made(0x01, 41).subarray(0, -4), uint32(42)])],
    ["without a counter", made(0x01, 41).subarray(0, -4)],
    ["with a byte behind it", Buffer.concat([made(0x01, 41), Buffer.alloc(1)])],
    ["under the name of the plain key", made(0x01, 41, "ssh:", "ssh-ed25519")],
    ["as the plain key signs", fields(type, good)],
  ])("%s does not hold", (_, signature) => {
    expect(isValid({ key, signature })).toBe(false);
  });
  test("without an application is none", () => {
    expect(parsePublicKey(fields(type, pair.publicKey))).toBeUndefined();
    expect(parsePublicKey(fields(type, pair.publicKey, ""))).toBeUndefined();
  });
});

describe("a key of a kind that is not taken is none", () => {
  test.each([
    ["DSA", fields("ssh-dss", "p", "q", "g", "y")],
    ["an ECDSA security key", fields("sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", Buffer.alloc(65), "ssh:")],
    ["a certificate", fields("ssh-ed25519-cert-v01@openssh.com", Buffer.alloc(32), pair.publicKey)],
    ["one named as every object has a member", fields("constructor", pair.publicKey)],
    ["one with a line feed in its name", fields("ssh-ed25519\n", pair.publicKey)],
    ["nothing", Buffer.alloc(0)],
    ["a length that runs over the end", Buffer.concat([uint32(0xffff_ffff), pair.publicKey])],
  ])("%s", (_, blob) => {
    expect(parsePublicKey(blob)).toBeUndefined();
  });
});

function fields(...values: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(values.map(string));
}

/** Of a member of a JSON web key. */
function mpint(base64url: string | undefined): Buffer {
  return positive(Buffer.from(base64url ?? "", "base64url"));
}

function positive(bytes: Buffer): Buffer {
  const shortest = bytes.subarray(bytes.findIndex((byte) => byte > 0));
  return (shortest[0] ?? 0) < 0x80 ? shortest : Buffer.concat([Buffer.alloc(1), shortest]);
}

function sha256(bytes: string | Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** The same signature with its second half s as s + L: the equation holds, and RFC 8032 forbids it. */
function plusOrder(signature: Buffer): Buffer {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + order;
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse()]);
}
