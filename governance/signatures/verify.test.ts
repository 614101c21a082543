import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { armored, dearmored } from "./armor.ts";
import { keyFolder } from "./ssh-keygen.fixture.ts";
import { verifySshSignature } from "./verify.ts";

const keys = keyFolder();
afterAll(() => keys.remove());

const payload = Buffer.from('{"choice":"yes","kind":"ballot"}\n');
const kinds: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["ed25519", ["-t", "ed25519"]],
  ["rsa of 2048 bits", ["-t", "rsa", "-b", "2048"]],
  ["ecdsa on nistp256", ["-t", "ecdsa", "-b", "256"]],
  ["ecdsa on nistp384", ["-t", "ecdsa", "-b", "384"]],
  ["ecdsa on nistp521", ["-t", "ecdsa", "-b", "521"]],
];
const made = kinds.map(([name, args], at) => {
  const path = keys.key(`key-${at}`, args);
  return { name, path, key: keys.publicKey(path), signature: keys.sign(path, payload) };
});
const [ed25519] = made as [(typeof made)[0]];
const check = (signature: string, namespace = "git", signed: Uint8Array = payload) =>
  verifySshSignature({ payload: signed, armored: signature, namespace });

describe.each(made)("a signature of ssh-keygen by $name", ({ path, key, signature }) => {
  test.each(["sha256", "sha512"])("over %s is valid and names its key", (hash) => {
    expect(check(keys.sign(path, payload, { hash }))).toEqual({ key, isValid: true });
  });
  test("for another namespace is not valid", () => {
    expect(check(keys.sign(path, payload, { namespace: "file" }))).toEqual({ key, isValid: false });
    expect(check(signature, "file")).toEqual({ key, isValid: false });
    expect(check(signature, "")).toEqual({ key, isValid: false });
  });
  test("over other bytes is not valid", () => {
    expect(check(signature, "git", Buffer.concat([payload, Buffer.from("\n")]))).toEqual({ key, isValid: false });
    expect(check(signature, "git", new Uint8Array())).toEqual({ key, isValid: false });
  });
  test("with any byte of its text changed is refused", () => {
    for (let at = 0; at < signature.length; at++) {
      const bent = Buffer.from(signature, "latin1");
      bent[at]! ^= 1 << (at % 8);
      expect(check(bent.toString("latin1"))?.isValid ?? false, `byte ${at}`).toBe(false);
    }
  });
  test("with any bit of its bytes changed is refused", () => {
    const bytes = dearmored(signature, label, 100_000)!;
    // The slow curves get one bit of every byte, the others each.
    const bits = key.startsWith("ssh-ed25519") ? [0, 1, 2, 3, 4, 5, 6, 7] : [undefined];
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of bits) {
        const bent = Buffer.from(bytes);
        bent[at]! ^= 1 << (bit ?? at % 8);
        const checked = check(armored(bent, label));
        // Another namespace or payload hash is found too, for they are signed; the key that is named never verifies.
        expect(checked?.isValid ?? false, `bit ${bit} of byte ${at}`).toBe(false);
      }
    }
  });
  test("cut off anywhere, or with a byte more, is none", () => {
    const bytes = dearmored(signature, label, 100_000)!;
    for (let end = 0; end < bytes.length; end++) expect(check(armored(bytes.subarray(0, end), label))).toBeUndefined();
    expect(check(armored(Buffer.concat([bytes, Buffer.alloc(1)]), label))).toBeUndefined();
  });
});

describe("text that is no signature", () => {
  const { signature } = ed25519;
  const lines = signature.trimEnd().split("\n");
  test.each<[string, string]>([
    ["is empty", ""],
    ["is PGP's", "-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n-----END PGP SIGNATURE-----\n"],
    ["has other text before it", ` ${signature}`],
    ["has a line before it", `x\n${signature}`],
    ["has a line after it", `${signature}x\n`],
    ["has an empty line after it", `${signature}\n`],
    ["has an empty line in it", signature.replace("\n", "\n\n")],
    ["has Windows line ends", signature.replaceAll("\n", "\r\n")],
    ["has a space in its base64", signature.replace(lines[1]!, ` ${lines[1]!.slice(0, 60)}`)],
    ["has all of its base64 in one line", [lines[0], lines.slice(1, -1).join(""), lines.at(-1), ""].join("\n")],
    ["has the URL alphabet", signature.replace(lines[1]!, `-_${lines[1]!.slice(2)}`)],
    ["is there twice", signature + signature],
    ["has no end", lines.slice(0, -1).join("\n")],
    ["has no content", [lines[0], lines.at(-1)].join("\n")],
    ["is a million characters long", `${lines[0]}\n${"A".repeat(1_000_000)}\n${lines.at(-1)}\n`],
    ["is a private key", armored(Buffer.from("x"), "OPENSSH PRIVATE KEY")],
  ])("that %s is none", (_, text) => {
    expect(text).not.toBe(signature);
    expect(check(text)).toBeUndefined();
  });
  test("is none whatever it is, and nothing throws", () => {
    const text = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
      fc.uint8Array({ maxLength: 120 }).map((bytes) => armored(bytes, label)),
    );
    fc.assert(fc.property(text, (any) => check(any) === undefined));
  });
  test("is none however a good one is spliced, and nothing throws", () => {
    const bytes = dearmored(signature, label, 100_000)!;
    const place = fc.nat({ max: bytes.length });
    fc.assert(
      fc.property(place, place, fc.uint8Array({ maxLength: 40 }), (from, to, more) => {
        const bent = Buffer.concat([bytes.subarray(0, from), more, bytes.subarray(to)]);
        expect(check(armored(bent, label))?.isValid ?? false).toBe(bent.equals(bytes));
      }),
    );
  });
});

const label = "SSH SIGNATURE";
