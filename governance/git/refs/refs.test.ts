import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { objectFormat } from "../objects/format.ts";
import { gitFolder } from "../real-git.fixture.ts";
import type { GitRepository, Oid } from "../repository.ts";
import { isRefName, isRevision } from "./name.ts";
import { parseRefs } from "./refs.ts";

const folder = gitFolder();
const sha1 = objectFormat("sha1")!;
let repository: GitRepository;
let one: Oid;
let two: Oid;

beforeAll(async () => {
  repository = await folder.open("r");
  const tree = await repository.writeTree(undefined, { a: Buffer.from("1") });
  one = await repository.writeCommit({ tree, parents: [], message: "one", at: 0 });
  two = await repository.writeCommit({ tree, parents: [one], message: "two", at: 0 });
});
afterAll(() => folder.remove());

describe("a ref", () => {
  test("is made, found, moved and deleted", async () => {
    const name = "refs/commonhold/log";
    expect(await repository.resolve(name)).toBeUndefined();
    await repository.updateRef(name, one, null);
    expect(await repository.resolve(name)).toBe(one);
    await repository.updateRef(name, two, one);
    await repository.updateRef(name, one);
    expect(await repository.refs("refs/commonhold/")).toEqual([{ name, oid: one }]);
    expect(await repository.refs("refs/commonhold")).toEqual([{ name, oid: one }]);
    expect(await repository.refs("refs/common")).toEqual([]);
    expect(folder.text("r", ["rev-parse", name])).toBe(one);
    await repository.deleteRef(name);
    await repository.deleteRef(name);
    expect(await repository.refs("refs/commonhold/")).toEqual([]);
  });
  test.each<[string, Oid | null, (start: string) => Promise<void>]>([
    ["another one moved", "one", (name) => repository.updateRef(name, two)],
    ["another one deleted", "one", (name) => repository.deleteRef(name)],
    ["another one made", null, async () => {}],
  ])("that %s meanwhile is not moved", async (what, expected, meanwhile) => {
    const name = `refs/heads/${what.replaceAll(" ", "-")}`;
    await repository.updateRef(name, one, null);
    await meanwhile(name);
    const before = await repository.resolve(name);
    const move = repository.updateRef(name, two, expected === null ? null : one);
    await expect(move).rejects.toMatchObject({
      code: "conflict",
      isTransient: true,
      message: expect.stringContaining(name),
    });
    expect(await repository.resolve(name)).toBe(before);
  });
  test("is moved by one of many at once, and the others are told", async () => {
    const name = "refs/heads/race";
    await repository.updateRef(name, one, null);
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => repository.updateRef(name, two, one)));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of all)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "conflict" });
    expect(await repository.resolve(name)).toBe(two);
  });
  test("cannot be made below another one", async () => {
    await repository.updateRef("refs/heads/file", one);
    await expect(repository.updateRef("refs/heads/file/below", one, null)).rejects.toMatchObject({ name: "GitError" });
  });
  test.each<[string, () => Promise<unknown>]>([
    ["to an object that is not there", () => repository.updateRef("refs/heads/x", "1".repeat(40))],
    ["to half of a name", () => repository.updateRef("refs/heads/x", one.slice(0, 30))],
    ["to another ref", () => repository.updateRef("refs/heads/x", "HEAD")],
    ["from a word", () => repository.updateRef("refs/heads/x", one, "HEAD")],
    ["outside of refs", () => repository.updateRef("HEAD", one)],
    ["with more than a name", () => repository.updateRef(`refs/heads/x\0${one}\0\0update refs/heads/y`, one)],
    ["with a line feed", () => repository.updateRef("refs/heads/x\n", one)],
    ["into another folder", () => repository.updateRef("refs/heads/../../config", one)],
    ["by deleting with a line feed", () => repository.deleteRef("refs/heads/x\ndelete refs/heads/main")],
    ["by listing with an option", () => repository.refs("--count=1")],
    ["by listing a pattern", () => repository.refs("refs/*")],
    ["by listing everything", () => repository.refs("")],
  ])("%s is refused", async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({ name: "GitError" });
    expect(await repository.resolve("refs/heads/x")).toBeUndefined();
  });
  test("of a whole family is listed", async () => {
    for (const name of ["b", "a", "c/d"]) await repository.updateRef(`refs/family/${name}`, one);
    expect((await repository.refs("refs/family")).map(({ name }) => name)).toEqual([
      "refs/family/a",
      "refs/family/b",
      "refs/family/c/d",
    ]);
  });
});

test("locks and half-written files that a killed git left are removed by the only writer, and by nobody else", async () => {
  const path = join(folder.path, "left");
  const left = await folder.open("left");
  const tree = await left.writeTree(undefined, { a: Buffer.from("1") });
  const oid = await left.writeCommit({ tree, parents: [], message: "one", at: 0 });
  await left.updateRef("refs/heads/main", oid);
  const remains = [
    "refs/heads/main.lock",
    "refs/policy/x.lock",
    "packed-refs.lock",
    "objects/ab/tmp_obj_1",
    "objects/pack/tmp_pack_1",
  ];
  for (const folder of ["refs/policy", "objects/ab"]) mkdirSync(join(path, folder), { recursive: true });
  for (const name of remains) writeFileSync(join(path, name), "");
  await folder.open("left");
  expect(remains.filter((name) => existsSync(join(path, name)))).toEqual(remains);
  await expect(left.deleteRef("refs/heads/main")).rejects.toMatchObject({ code: "conflict" });
  const only = await folder.open("left", { isOnlyWriter: true });
  expect(remains.filter((name) => existsSync(join(path, name)))).toEqual([]);
  await only.deleteRef("refs/heads/main");
  expect(await only.commit(oid)).toMatchObject({ oid });
});

describe("a list of refs", () => {
  const line = (name: string, gap = " "): string => `${"a".repeat(40)}${gap}${name}\n`;
  test("leaves out names that are not UTF-8 or no names, so that nobody can stop the rest with them", () => {
    const text = line("refs/heads/a") + line("refs/heads/\xff") + line("HEAD") + line("refs/heads/b", "\t");
    expect(parseRefs(Buffer.from(text, "latin1"), sha1).map(({ name }) => name)).toEqual([
      "refs/heads/a",
      "refs/heads/b",
    ]);
  });
  test.each(["x\n", line("refs/heads/a").slice(1), line("refs/heads/a", "  x").replace(" ", "b"), "\n"])(
    "in the form %j is not believed",
    (text) => {
      expect(() => parseRefs(Buffer.from(text), sha1)).toThrow(expect.objectContaining({ code: "failed" }));
    },
  );
});

describe("a name of a ref", () => {
  const good = [
    "refs/heads/main",
    "refs/commonhold/ballots/a/b",
    "refs/heads/ü",
    "refs/heads/a.b",
    "refs/heads/-",
    "refs/x/y@z",
  ];
  const bad = [
    "",
    "refs/",
    "refs//x",
    "refs/x/",
    "/refs/x",
    "heads/main",
    "refs/.x",
    "refs/x.",
    "refs/x.lock",
    "refs/a.lock/b",
    "refs/a..b",
    "refs/a b",
    "refs/a~1",
    "refs/a^",
    "refs/a:b",
    "refs/a?",
    "refs/a*",
    "refs/a[",
    "refs/a\\b",
    "refs/a@{1}",
    "refs/a\n",
    "refs/a\x7f",
    "refs/\ud800",
    `refs/${"x".repeat(400)}`,
  ];
  test.each(good)("%j is one, as for git", (name) => {
    expect(isRefName(name)).toBe(true);
    folder.git("r", ["check-ref-format", name]);
  });
  test.each(bad)("%j is none", (name) => {
    expect(isRefName(name)).toBe(false);
  });
});

test.each([
  ["refs/heads/main", true],
  ["main~3^{commit}", true],
  ["HEAD:a/b c", true],
  ["HEAD@{1}", false],
  [":/fix", false],
  ["HEAD^{/fix}", false],
  [":0:a", false],
  ["a\nb", false],
  ["", false],
])("the revision %j is looked up: %s", (text, isLookedUp) => {
  expect(isRevision(text)).toBe(isLookedUp);
});
