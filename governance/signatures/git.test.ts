/** git's own signatures are read here, and ours by git. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRepository } from "../git/open.ts";
import type { GitRepository } from "../git/repository.ts";
import { ed25519Signer } from "./ed25519-signer.ts";
import { newEd25519Key } from "./new-key.ts";
import { signatureOf } from "./signature-of.ts";
import { keyFolder } from "./ssh-keygen.fixture.ts";

const keys = keyFolder();
const path = join(keys.path, "repository.git");
const made = newEd25519Key({ random: (bytes) => Buffer.alloc(bytes, 11) });
const keyPath = keys.file("member", made.privateFile);
const environment = { PATH: "/usr/local/bin:/usr/bin:/bin" };
let repository: GitRepository;

beforeAll(async () => {
  repository = await openRepository({ path, environment });
});
afterAll(async () => {
  await repository.close();
  keys.remove();
});

/** `signedBy`: the key that is allowed, or the file that signs. */
function git(args: readonly string[], settings: Readonly<Record<string, string>> = {}, input = "") {
  const identity = { name: "Somebody", email: "somebody@example.invalid" };
  const all = { "gpg.format": "ssh", "user.name": identity.name, "user.email": identity.email, ...settings };
  const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const env = { ...environment, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C" };
  const done = spawnSync("git", [`--git-dir=${path}`, ...flags, ...args], { env, input });
  return { status: done.status, out: done.stdout.toString().trim(), said: done.stderr.toString() };
}
const allowing = (publicKey: string) => ({
  "gpg.ssh.allowedSignersFile": keys.file("allowed", `somebody ${publicKey}\n`),
});

describe("a commit", () => {
  test("that git signed is read with its key", async () => {
    const tree = await repository.writeTree(undefined, { "a.yaml": Buffer.from("a: 1\n") });
    const { out, status, said } = git(["commit-tree", "-S", tree, "-m", "signed by git"], {
      "user.signingKey": keyPath,
    });
    expect(status, said).toBe(0);
    const commit = (await repository.commit(out))!;
    expect(signatureOf(commit)).toEqual({ key: made.signer.publicKey, isValid: true });
    expect(commit.message).toBe("signed by git");
  });
  test("that we signed is good for git, for its key only", async () => {
    const tree = await repository.writeTree(undefined, { "a.yaml": Buffer.from("a: 2\n") });
    const new_ = { tree, parents: [], message: "two\n\nparagraphs", at: 1_700_000_000_000, signer: made.signer };
    const oid = await repository.writeCommit(new_);
    expect(git(["verify-commit", oid], allowing(made.signer.publicKey))).toMatchObject({ status: 0 });
    expect(git(["verify-commit", oid], allowing(ed25519Signer(Buffer.alloc(32)).publicKey)).status).not.toBe(0);
    expect(signatureOf((await repository.commit(oid))!)).toEqual({ key: made.signer.publicKey, isValid: true });
  });
  test("without a signature has none", async () => {
    const tree = await repository.writeTree(undefined, {});
    const commit = (await repository.commit(await repository.writeCommit({ tree, parents: [], message: "", at: 0 })))!;
    expect(signatureOf(commit)).toBeUndefined();
  });
});

describe("a tag", () => {
  const message = '{"choice":"yes","format":1,"kind":"ballot","title":"Grüße"}';
  let head: string;
  beforeAll(async () => {
    const tree = await repository.writeTree(undefined, { b: Buffer.from("b") });
    head = await repository.writeCommit({ tree, parents: [], message: "head", at: 0 });
  });

  test("that git signed is read with its key and message", async () => {
    const args = ["tag", "-s", "commonhold-ballot", head, "-m", message];
    expect(git(args, { "user.signingKey": keyPath })).toMatchObject({ status: 0 });
    const tag = (await repository.tag(git(["rev-parse", "refs/tags/commonhold-ballot"]).out))!;
    expect(tag).toMatchObject({ object: head, objectType: "commit", name: "commonhold-ballot", message });
    expect(signatureOf(tag)).toEqual({ key: made.signer.publicKey, isValid: true });
  });
  test("that we signed is good for git, for its key only", async () => {
    const oid = await repository.writeTag({
      object: head,
      name: "commonhold-ballot",
      message,
      at: 0,
      signer: made.signer,
    });
    expect(git(["verify-tag", oid], allowing(made.signer.publicKey))).toMatchObject({ status: 0 });
    expect(git(["verify-tag", oid], allowing(ed25519Signer(Buffer.alloc(32)).publicKey)).status).not.toBe(0);
    expect(await repository.tag(oid)).toMatchObject({ object: head, name: "commonhold-ballot", message });
  });
  test.each<[string, (raw: string) => string]>([
    ["another choice", (raw) => raw.replace('"yes"', '"no"')],
    ["another commit", (raw) => raw.replace(/^object .{40}/, `object ${"1".repeat(40)}`)],
    ["another type of object", (raw) => raw.replace("type commit", "type blob")],
    ["another name", (raw) => raw.replace("tag commonhold-ballot", "tag commonhold-opening")],
    ["another tagger", (raw) => raw.replace("ballot@", "opening@")],
    ["another time", (raw) => raw.replace("> 0 +", "> 1 +")],
    ["a line before its signature", (raw) => raw.replace("-----BEGIN", "more\n-----BEGIN")],
  ])("with %s is not valid, here and for git", async (_, bend) => {
    const oid = await repository.writeTag({
      object: head,
      name: "commonhold-ballot",
      message,
      at: 0,
      signer: made.signer,
    });
    const raw = git(["cat-file", "tag", oid]).out;
    const bent = bend(`${raw}\n`);
    expect(bent).not.toBe(`${raw}\n`);
    const bentOid = git(["hash-object", "-t", "tag", "-w", "--literally", "--stdin"], {}, bent).out;
    expect(signatureOf((await repository.tag(bentOid))!)).toEqual({ key: made.signer.publicKey, isValid: false });
    expect(git(["verify-tag", bentOid], allowing(made.signer.publicKey)).status).not.toBe(0);
  });
  test("with a signature moved over from another tag is not valid", async () => {
    const at = 0;
    const one = (await repository.tag(
      await repository.writeTag({ object: head, name: "commonhold-ballot", message, at, signer: made.signer }),
    ))!;
    const other = (await repository.tag(
      await repository.writeTag({ object: head, name: "commonhold-closing", message, at, signer: made.signer }),
    ))!;
    const moved = { signature: { payload: one.signature!.payload, armored: other.signature!.armored } };
    expect(signatureOf(moved)).toEqual({ key: made.signer.publicKey, isValid: false });
  });
  test("that an RSA key signed through git is read with its key", async () => {
    const rsa = keys.key("rsa", ["-t", "rsa", "-b", "2048"]);
    expect(git(["tag", "-s", "rsa", head, "-m", "x"], { "user.signingKey": rsa })).toMatchObject({ status: 0 });
    const tag = (await repository.tag((await repository.resolve("refs/tags/rsa"))!))!;
    expect(signatureOf(tag)).toEqual({ key: keys.publicKey(rsa), isValid: true });
    expect(readFileSync(`${rsa}.pub`, "utf8")).toContain(keys.publicKey(rsa));
  });
});
