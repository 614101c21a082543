import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { ed25519Signer } from "../signatures/ed25519-signer.ts";
import { signatureOf } from "../signatures/signature-of.ts";
import { objectFormat, oidOf } from "./objects/format.ts";
import { packOf } from "./objects/pack.ts";
import { openRepository } from "./open.ts";
import { gitProgram } from "./program/program.ts";
import { environment, gitFolder } from "./real-git.fixture.ts";
import type { GitRepository, Oid } from "./repository.ts";

const folder = gitFolder();
afterAll(() => folder.remove());

async function commitIn(repository: GitRepository, files: Record<string, string>, parents: Oid[] = []): Promise<Oid> {
  const all = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  return repository.writeCommit({ tree: await repository.writeTree(undefined, all), parents, message: "x", at: 0 });
}

describe("a repository", () => {
  test("is made where there is none, also in folders that are not there yet, without hooks", async () => {
    const repository = await folder.open("new/below/policy.git");
    expect(readdirSync(repository.path).sort()).toEqual(["HEAD", "config", "objects", "refs"]);
    expect(await repository.refs("refs/")).toEqual([]);
    expect(folder.text("new/below/policy.git", ["rev-parse", "--is-bare-repository"])).toBe("true");
  });
  test("is opened again with all that was written", async () => {
    const first = await folder.open("again");
    const oid = await commitIn(first, { a: "1" });
    await first.updateRef("refs/heads/main", oid, null);
    await first.close();
    const second = await folder.open("again");
    expect(await second.resolve("refs/heads/main")).toBe(oid);
    expect(await second.file(oid, "a")).toEqual(Buffer.from("1"));
  });
  test("with the longer hashes works the same", async () => {
    mkdirSync(join(folder.path, "long"));
    folder.git("long", ["init", "--quiet", "--bare", "--object-format=sha256"]);
    const repository = await folder.open("long");
    const signer = ed25519Signer(Buffer.alloc(32, 1));
    const tree = await repository.writeTree(undefined, { a: Buffer.from("1"), "d/b": Buffer.from("2") });
    const commit = await repository.writeCommit({ tree, parents: [], message: "x", at: 0, signer });
    expect(commit).toHaveLength(64);
    expect(signatureOf((await repository.commit(commit))!)).toMatchObject({ key: signer.publicKey, isValid: true });
    expect(await repository.diff(objectFormat("sha256")!.emptyTree, commit)).toHaveLength(2);
    await repository.updateRef("refs/heads/main", commit, null);
    expect(await repository.refs("refs/heads")).toEqual([{ name: "refs/heads/main", oid: commit }]);
    await expect(repository.blob("a".repeat(40))).rejects.toMatchObject({ code: "failed" });
    expect(folder.text("long", ["fsck", "--strict", "--no-progress"])).toBe("");
  });

  const unusable: [string, () => string, RegExp][] = [
    ["at no whole path", () => "relative", /^"relative" is no whole path/],
    ["where a file is", () => join(folder.path, "file"), /file cannot be used for a repository/],
    ["where something else is", () => join(folder.path, "other"), /not a git repository/],
    ["with a work tree", () => join(folder.path, "work", ".git"), /is no bare git repository/],
    ["where a folder above is a file", () => join(folder.path, "file", "below"), /cannot be used for a repository/],
  ];
  test.each(unusable)("%s is refused", async (_, path, message) => {
    writeFileSync(join(folder.path, "file"), "");
    mkdirSync(join(folder.path, "other"), { recursive: true });
    writeFileSync(join(folder.path, "other/a"), "");
    mkdirSync(join(folder.path, "work"), { recursive: true });
    folder.git("work", ["init", "--quiet"]);
    const opening = openRepository({ path: path(), environment });
    await expect(opening).rejects.toMatchObject({ code: "unusable", message: expect.stringMatching(message) });
  });
  test.each<[string, string, RegExp]>([
    ["too old", "echo git version 2.30.1", /git 2\.38 or newer is needed, and this machine has "git version 2\.30\.1"/],
    ["something else", "echo hello; exit 0", /this machine has "hello"/],
    ["broken", "echo boom >&2; exit 1", /boom/],
  ])("with a git that is %s is refused", async (what, script, message) => {
    const PATH = folder.program(script);
    const opening = openRepository({ path: join(folder.path, `with ${what}`), environment: { PATH } });
    await expect(opening).rejects.toThrow(message);
    expect(existsSync(join(folder.path, `with ${what}`))).toBe(false);
  });
  test("without any git says what to install", async () => {
    const opening = openRepository({ path: join(folder.path, "none"), environment: { PATH: "/nowhere" } });
    await expect(opening).rejects.toMatchObject({
      code: "unusable",
      message: expect.stringContaining("install git 2.38"),
    });
  });
});

describe("nothing of the machine changes what git does", () => {
  test("neither the settings of a user nor variables of git", async () => {
    const home = join(folder.path, "home");
    mkdirSync(join(home, ".config/git"), { recursive: true });
    const elsewhere = await folder.open("elsewhere");
    const remote = await folder.open("there");
    const oid = await commitIn(remote, { a: "1" });
    await remote.updateRef("refs/heads/main", oid);
    const settings = `[url "${elsewhere.path}"]\n\tinsteadOf = ${remote.path}\n[core]\n\thooksPath = ${home}\n[fetch]\n\tprune = false\n`;
    writeFileSync(join(home, ".gitconfig"), settings);
    writeFileSync(join(home, ".config/git/config"), settings);
    const variables = {
      ...environment,
      HOME: home,
      XDG_CONFIG_HOME: join(home, ".config"),
      GIT_CONFIG_GLOBAL: join(home, ".gitconfig"),
      GIT_CONFIG_PARAMETERS: `'url.${elsewhere.path}.insteadOf=${remote.path}'`,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `url.${elsewhere.path}.insteadOf`,
      GIT_CONFIG_VALUE_0: remote.path,
      GIT_DIR: elsewhere.path,
      GIT_OBJECT_DIRECTORY: join(elsewhere.path, "objects"),
      GIT_NAMESPACE: "other",
      GIT_TRACE: "1",
    };
    const repository = await folder.open("mine", { environment: variables });
    await repository.fetch({ url: remote.path }, ["+refs/heads/*:refs/policy/heads/*"]);
    expect(await repository.resolve("refs/policy/heads/main")).toBe(oid);
    expect(await elsewhere.refs("refs/")).toEqual([]);
  });
  test("nor hooks in the repository", async () => {
    const repository = await folder.open("hooked");
    const mark = join(folder.path, "hook-ran");
    mkdirSync(join(repository.path, "hooks"));
    for (const hook of ["reference-transaction", "post-update", "pre-push", "update", "pre-auto-gc"]) {
      writeFileSync(join(repository.path, "hooks", hook), `#!/bin/sh\ntouch '${mark}'\n`);
      chmodSync(join(repository.path, "hooks", hook), 0o700);
    }
    const oid = await commitIn(repository, { a: "1" });
    await repository.updateRef("refs/heads/main", oid);
    const remote = await folder.open("not-hooked");
    await repository.push({ url: remote.path }, [`${oid}:refs/heads/main`]);
    await repository.fetch({ url: remote.path }, ["+refs/heads/*:refs/policy/heads/*"]);
    expect(existsSync(mark)).toBe(false);
    // They are hooks: git by itself runs them.
    folder.git("hooked", ["update-ref", "refs/heads/other", oid]);
    expect(existsSync(mark)).toBe(true);
  });
  test("nor objects that stand in for others", async () => {
    const repository = await folder.open("replaced");
    const [honest, forged] = [await commitIn(repository, { a: "honest" }), await commitIn(repository, { a: "forged" })];
    await repository.updateRef(`refs/replace/${honest}`, forged);
    expect(folder.text("replaced", ["show", `${honest}:a`])).toBe("forged");
    expect(await repository.file(honest, "a")).toEqual(Buffer.from("honest"));
    expect((await repository.commit(honest))?.oid).toBe(honest);
    expect(await repository.diff(honest, forged)).toHaveLength(1);
    const child = await commitIn(repository, { a: "child" }, [honest]);
    expect(await repository.isAncestor(honest, child)).toBe(true);
    expect(await repository.range(forged, child)).toEqual([honest, child]);
  });
});

test("many small files are put together, nothing is lost, and who reads meanwhile does not notice", async () => {
  const repository = await folder.open("many");
  const git = gitProgram({ gitFolder: repository.path, clock: new ManualClock(), environment });
  const format = objectFormat("sha1")!;
  const head = await commitIn(repository, { a: "1" });
  await repository.updateRef("refs/heads/main", head);
  // No ref names these.
  const lost = await repository.writeBlob(Buffer.from("named by nobody"));
  const packs = (): string[] =>
    readdirSync(join(repository.path, "objects/pack")).filter((name) => name.endsWith(".pack"));
  await repository.maintain();
  expect(packs(), "nothing was due").toEqual([]);
  const blobs = Array.from({ length: 51 }, (_, at) => ({ type: "blob", bytes: Buffer.from(`${at}`) }) as const);
  await Promise.all(blobs.map((blob) => git.run(["index-pack", "--stdin"], { input: packOf([blob], format) })));
  const oids = blobs.map(({ bytes }) => oidOf("blob", bytes, format));
  expect(packs()).toHaveLength(51);
  const reading = repository.objects(oids);
  await repository.maintain();
  expect(packs().length).toBeLessThan(5);
  const all = await Promise.all([reading, repository.objects([...oids, lost, head])]);
  for (const read of all) expect(read.every((object) => object !== undefined)).toBe(true);
  expect(readFileSync(join(repository.path, "packed-refs"), "utf8")).toContain(`${head} refs/heads/main`);
  const later = await folder.open("many");
  expect(await later.blob(lost)).toEqual(Buffer.from("named by nobody"));
  expect((await later.objects(oids)).every((object) => object !== undefined)).toBe(true);
  expect(await later.resolve("refs/heads/main")).toBe(head);
});
