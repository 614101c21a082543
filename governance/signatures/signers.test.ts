import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { armored, dearmored } from "./armor.ts";
import { ed25519Signer } from "./ed25519-signer.ts";
import { newEd25519Key } from "./new-key.ts";
import { openSshKeySigner } from "./open-ssh-signer.ts";
import { formatPrivateKeyFile, parsePrivateKeyFile } from "./private-key-file.ts";
import { keyFolder } from "./ssh-keygen.fixture.ts";
import { verifySshSignature } from "./verify.ts";

const keys = keyFolder();
afterAll(() => keys.remove());

const payload = Buffer.from("what is signed\n");
const environment = { PATH: "/usr/local/bin:/usr/bin:/bin" };
const check = (text: string) => verifySshSignature({ payload, armored: text, namespace: "git" });

describe("a signer of 32 bytes", () => {
  test("makes signatures that ssh-keygen takes, for its key, bytes and namespace only", async () => {
    const signer = ed25519Signer(Buffer.alloc(32, 1));
    const other = ed25519Signer(Buffer.alloc(32, 2));
    const signature = await signer.sign(payload);
    expect(keys.accepts(signer.publicKey, signature, payload)).toBe(true);
    expect(keys.accepts(other.publicKey, signature, payload)).toBe(false);
    expect(keys.accepts(signer.publicKey, signature, Buffer.from("other"))).toBe(false);
    expect(keys.accepts(signer.publicKey, signature, payload, "file")).toBe(false);
  });
  test("makes what ssh-keygen makes with the same key, to the byte", async () => {
    const seed = Buffer.alloc(32, 3);
    const path = keys.file("same", formatPrivateKeyFile(seed, Buffer.alloc(4), "somebody"));
    expect(await ed25519Signer(seed).sign(payload)).toBe(keys.sign(path, payload));
  });
  test.each([0, 31, 33, 64])("is none of %i", (length) => {
    expect(() => ed25519Signer(new Uint8Array(length))).toThrow("the seed of an Ed25519 key has 32 bytes");
  });
});

describe("a key file", () => {
  test("of Ed25519 without a passphrase signs without any program", async () => {
    const path = keys.key("plain", ["-t", "ed25519"]);
    const signer = await openSshKeySigner(path, { environment: { PATH: "/nowhere" } });
    expect(signer.publicKey).toBe(keys.publicKey(path));
    expect(check(await signer.sign(payload))).toEqual({ key: signer.publicKey, isValid: true });
  });
  test.each([
    ["RSA", ["-t", "rsa", "-b", "2048"]],
    ["RSA in the older form", ["-t", "rsa", "-b", "2048", "-m", "PEM"]],
    ["ECDSA", ["-t", "ecdsa"]],
  ])("of %s signs through ssh-keygen", async (name, args) => {
    const path = keys.key(`through ${name}`, args);
    const signer = await openSshKeySigner(path, { environment });
    expect(signer.publicKey).toBe(keys.publicKey(path));
    expect(check(await signer.sign(payload))).toEqual({ key: signer.publicKey, isValid: true });
  });
  test("with a passphrase is not asked for on any terminal, and says so", async () => {
    const path = keys.key("locked", ["-t", "ed25519"], "passphrase");
    const signer = await openSshKeySigner(path, { environment });
    expect(signer.publicKey).toBe(keys.publicKey(path));
    await expect(signer.sign(payload)).rejects.toMatchObject({
      name: "SignerError",
      code: "failed",
      message: expect.stringMatching(/^ssh-keygen could not sign with .*locked: .*passphrase/),
    });
  });
  test("whose private half is in an agent signs by its public half", async () => {
    const path = keys.key("held", ["-t", "ed25519"]);
    const socket = join(keys.path, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { env: environment, stdio: ["ignore", "pipe", "ignore"] });
    try {
      // It prints where it listens once it does.
      await once(agent.stdout, "data");
      const held = { ...environment, SSH_AUTH_SOCK: socket };
      execFileSync("ssh-add", ["-q", path], { env: held, stdio: "ignore" });
      const signer = await openSshKeySigner(`${path}.pub`, { environment: held });
      expect(check(await signer.sign(payload))).toEqual({ key: keys.publicKey(path), isValid: true });
    } finally {
      agent.kill();
      await once(agent, "close");
    }
    expect(existsSync(socket)).toBe(false);
  });
  test("whose private half is nowhere does not sign", async () => {
    const path = keys.file("alone.pub", `${ed25519Signer(Buffer.alloc(32, 9)).publicKey}\n`);
    const signer = await openSshKeySigner(path, { environment });
    await expect(signer.sign(payload)).rejects.toMatchObject({ code: "failed" });
  });
  test("that needs ssh-keygen says so where there is none", async () => {
    const path = keys.key("without", ["-t", "ecdsa"]);
    const signer = await openSshKeySigner(path, { environment: { PATH: "/nowhere" } });
    await expect(signer.sign(payload)).rejects.toMatchObject({
      code: "unusable",
      message: expect.stringContaining("install OpenSSH 8.2 or newer, or give an Ed25519 key without a passphrase"),
    });
  });
  test.each<[string, (other: string) => string]>([
    ["of another key", (other) => keys.sign(other, payload)],
    ["for something else", (other) => keys.sign(other.replace("another", "asked"), payload, { namespace: "file" })],
    ["of nothing", () => ""],
  ])("is not believed to have signed where ssh-keygen gives a signature %s", async (_, made) => {
    const path = keys.key(`asked`, ["-t", "ecdsa"]);
    const signature = keys.file("made", made(keys.key("another", ["-t", "ecdsa"])));
    keys.file("ssh-keygen", `#!/bin/sh\ncat '${signature}'\n`, 0o700);
    const signer = await openSshKeySigner(path, { environment: { PATH: `${keys.path}:${environment.PATH}` } });
    const attempt = signer.sign(payload);
    await expect(attempt).rejects.toMatchObject({
      code: "failed",
      message: expect.stringContaining("no signature by its key"),
    });
    for (const name of ["asked", "another"]) for (const end of ["", ".pub"]) rmSync(join(keys.path, `${name}${end}`));
  });
  test("is left at once when the caller aborts", async () => {
    const controller = new AbortController();
    const path = keys.key("aborted", ["-t", "ecdsa"]);
    const signer = await openSshKeySigner(path, { environment, signal: controller.signal });
    const signing = signer.sign(payload);
    controller.abort(new Error("enough"));
    await expect(signing).rejects.toThrow("enough");
    await expect(signer.sign(payload)).rejects.toThrow("enough");
  });
  test("that is not there is named", async () => {
    await expect(openSshKeySigner(join(keys.path, "nothing"))).rejects.toMatchObject({
      code: "missing",
      message: expect.stringMatching(/^the key .*nothing cannot be read: there is no such file$/),
    });
  });
  test.each<[string, string]>([
    ["is empty", ""],
    ["is a text", "hello\n"],
    ["is a certificate request", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"],
    ["is a public key of 1024 bits", `ssh-rsa ${weakRsa()}\n`],
    ["is too long", "x".repeat(70_000)],
  ])("that %s is refused", async (_, text) => {
    const path = keys.file("refused", text);
    await expect(openSshKeySigner(path, { environment })).rejects.toMatchObject({ code: "unusable" });
  });
});

describe("a new key", () => {
  const made = newEd25519Key({ random: (bytes) => Buffer.alloc(bytes, 5), comment: "a member of us" });
  const path = keys.file("new", made.privateFile);
  const keygen = (...args: string[]): string => execFileSync("ssh-keygen", args, { env: environment }).toString();

  test("is read by ssh-keygen, which finds its public half and comment", () => {
    expect(keygen("-y", "-f", path)).toBe(made.publicFile);
    expect(keygen("-l", "-f", path)).toMatch(/^256 SHA256:\S+ a member of us \(ED25519\)\n$/);
    expect(made.publicFile).toBe(`${made.signer.publicKey} a member of us\n`);
  });
  test("signs through ssh-keygen and here alike", async () => {
    const signer = await openSshKeySigner(path);
    expect(keys.sign(path, payload)).toBe(await signer.sign(payload));
    expect(await made.signer.sign(payload)).toBe(await signer.sign(payload));
  });
  test("takes any comment of one line", () => {
    const comment = fc
      .string({ unit: "grapheme", maxLength: 20 })
      .filter((text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text));
    fc.assert(
      fc.property(comment, fc.uint8Array({ minLength: 32, maxLength: 32 }), (text, seed) => {
        const { privateFile } = newEd25519Key({ random: (bytes) => seed.subarray(0, bytes), comment: text });
        expect(parsePrivateKeyFile(privateFile)?.seed).toEqual(Buffer.from(seed));
      }),
    );
  });
  test.each(["a\nb", "a\rb", "\0", "\u2028"])("does not take the comment %j", (comment) => {
    expect(() => newEd25519Key({ random: (bytes) => Buffer.alloc(bytes), comment })).toThrow(RangeError);
  });
});

describe("a private file", () => {
  const text = readFileSync(keys.key("whole", ["-t", "ed25519"]), "latin1");
  const bytes = dearmored(text, label(), 100_000)!;

  test("with any byte changed never gives another key", () => {
    const whole = parsePrivateKeyFile(text)!;
    const comment = bytes.indexOf("somebody");
    for (let at = 0; at < bytes.length; at++) {
      const bent = Buffer.from(bytes);
      bent[at]! ^= 1 << (at % 8);
      const seed = parsePrivateKeyFile(armored(bent, label()))?.seed;
      // The comment is nobody's key.
      const isComment = at >= comment && at < comment + "somebody".length;
      expect(seed, `byte ${at}`).toEqual(isComment ? whole.seed : undefined);
    }
  });
  test("cut off anywhere, or with a byte more, is none", () => {
    for (let end = 0; end < bytes.length; end++) {
      expect(parsePrivateKeyFile(armored(bytes.subarray(0, end), label()))).toBeUndefined();
    }
    expect(parsePrivateKeyFile(armored(Buffer.concat([bytes, Buffer.alloc(1)]), label()))).toBeUndefined();
  });
  test("of any bytes is none, and nothing throws", () => {
    const magic = Buffer.from("openssh-key-v1\0");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
        return parsePrivateKeyFile(armored(Buffer.concat([magic, any]), label())) === undefined;
      }),
    );
  });
});

function label(): string {
  return "OPENSSH PRIVATE KEY";
}

function weakRsa(): string {
  return keys.publicKey(keys.key("weak", ["-t", "rsa", "-b", "1024"])).split(" ")[1]!;
}
