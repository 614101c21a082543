import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { gitLimits } from "../limits.ts";
import { objectFormat, oidOf } from "../objects/format.ts";
import type { NewObject } from "../objects/pack.ts";
import { type FolderEntry, formatTree } from "../objects/tree.ts";
import { objectWriter } from "../objects/write.ts";
import { gitProgram } from "../program/program.ts";
import { environment, gitFolder } from "../real-git.fixture.ts";
import type { GitRepository, Oid, TreeChange } from "../repository.ts";
import type { Files } from "./edit.ts";

const folder = gitFolder();
const sha1 = objectFormat("sha1")!;
const text = (content: string): Buffer => Buffer.from(content);
let repository: GitRepository;
let blob: Oid;

beforeAll(async () => {
  repository = await folder.open("r");
  blob = await repository.writeBlob(text("x"));
});
afterAll(() => folder.remove());

/** Trees that our own editor never makes; the last one is the root. */
async function write(...trees: readonly (readonly FolderEntry[])[]): Promise<Oid> {
  const git = gitProgram({ gitFolder: repository.path, clock: new ManualClock(), environment });
  const objects: NewObject[] = trees.map((entries) => ({ type: "tree", bytes: formatTree(entries) }));
  return (await objectWriter(git, sha1).write(objects)).at(-1)!;
}
const treeOid = (entries: readonly FolderEntry[]): Oid => oidOf("tree", formatTree(entries), sha1);

/** A tree in which each of `levels` folders holds the one below it `width` times. */
function bomb(levels: number, width: number, leaf: readonly FolderEntry[]): FolderEntry[][] {
  const trees = [[...leaf]];
  for (let level = 0; level < levels; level++) {
    const below = treeOid(trees.at(-1)!);
    trees.push(Array.from({ length: width }, (_, at) => ({ mode: "40000", name: `d${at}`, oid: below })));
  }
  return trees;
}

describe("a tree", () => {
  test("is listed with every kind of entry, its mode and its size", async () => {
    const inner = [{ mode: "100644", name: "b.yaml", oid: blob }];
    const commit = "c".repeat(40);
    const root = [
      { mode: "100644", name: "a", oid: blob },
      { mode: "40000", name: "d", oid: treeOid(inner) },
      { mode: "100755", name: "run", oid: blob },
      { mode: "120000", name: "link", oid: blob },
      { mode: "160000", name: "sub", oid: commit },
      { mode: "40000", name: "void", oid: sha1.emptyTree },
    ];
    expect(await repository.tree(await write([], inner, root))).toEqual([
      { path: "a", mode: "100644", oid: blob, size: 1 },
      { path: "d/b.yaml", mode: "100644", oid: blob, size: 1 },
      { path: "link", mode: "120000", oid: blob, size: 1 },
      { path: "run", mode: "100755", oid: blob, size: 1 },
      { path: "sub", mode: "160000", oid: commit, size: 0 },
    ]);
  });
  test("of nothing is empty, also where it was never written", async () => {
    expect(await repository.tree(sha1.emptyTree)).toEqual([]);
    expect(await repository.tree(await repository.writeTree(undefined, {}))).toEqual([]);
  });
  test("of a commit is that of its root", async () => {
    const tree = await repository.writeTree(undefined, { a: text("1") });
    const commit = await repository.writeCommit({ tree, parents: [], message: "x", at: 0 });
    expect(await repository.tree(commit)).toEqual(await repository.tree(tree));
  });
  test.each<[string, () => Promise<Oid> | Oid, object]>([
    ["that is not there", () => "1".repeat(40), { code: "damaged", message: expect.stringContaining("is missing") }],
    ["that is a blob", () => blob, { code: "damaged", message: expect.stringContaining("is a blob") }],
    [
      "with a path that is not UTF-8",
      () => write([{ mode: "100644", name: "m\xfcll", oid: blob }]),
      { code: "path", message: expect.stringContaining("m\\xfcll") },
    ],
    [
      "that names one folder a million times",
      () => write(...bomb(6, 10, [{ mode: "100644", name: "x", oid: blob }])),
      { code: "too-large", message: expect.stringContaining("50000") },
    ],
    [
      "that names an empty folder a million times",
      () => write(...bomb(6, 10, [])),
      { code: "too-large", message: expect.stringContaining("folders") },
    ],
    [
      "that is too deep",
      () => write(...bomb(gitLimits.treeDepthMax + 1, 1, [{ mode: "100644", name: "x", oid: blob }])),
      { code: "too-large", message: expect.stringContaining("deep") },
    ],
  ])("%s is refused", async (_, make, error) => {
    await expect(repository.tree(await make())).rejects.toMatchObject(error);
  });
});

describe("a file", () => {
  const files = { "a.yaml": text("a"), "d/e/f.yaml": text("f"), "grüße.yaml": text("g"), "d/empty": text("") };
  let tree: Oid;
  beforeAll(async () => {
    tree = await repository.writeTree(undefined, files);
  });
  test.each(Object.entries(files))("is found at %s", async (path, bytes) => {
    expect(await repository.file(tree, path)).toEqual(bytes);
  });
  test.each([
    "",
    "b",
    "d",
    "d/",
    "d/e",
    "/a.yaml",
    "a.yaml/",
    "a.yaml/b",
    "A.yaml",
    "d//e/f.yaml",
    "./a.yaml",
    "d/../a.yaml",
    "a.yaml\0",
    "gru\u0308ße.yaml",
  ])("is none at %j", async (path) => {
    expect(await repository.file(tree, path)).toBeUndefined();
  });
  test.each([
    ["that can be run", "100755"],
    ["that is a link", "120000"],
  ])("%s is none", async (_, mode) => {
    expect(await repository.file(await write([{ mode, name: "a", oid: blob }]), "a")).toBeUndefined();
  });
  test("that is too large is refused", async () => {
    await expect(repository.file(tree, "a.yaml", { bytesMax: 0 })).rejects.toMatchObject({ code: "too-large" });
  });
  test("beside a path that is not UTF-8 is found", async () => {
    const odd = await write([
      { mode: "100644", name: "a", oid: blob },
      { mode: "100644", name: "\xff", oid: blob },
    ]);
    expect(await repository.file(odd, "a")).toEqual(text("x"));
  });
});

describe("the difference of two trees", () => {
  test("names what was added, removed, changed, renamed and given another mode, and nothing else", async () => {
    const [one, two, three] = await Promise.all(["1", "2", "3"].map((content) => repository.writeBlob(text(content))));
    const plain = (oid: Oid | undefined, mode = "100644") => ({ mode, oid: oid! });
    const before = await repository.writeTree(undefined, {
      kept: text("x"),
      old: text("1"),
      "d/changed": text("2"),
      run: text("3"),
      "dir/a": text("1"),
    });
    const edited = await repository.writeTree(before, {
      old: undefined,
      "new": text("1"),
      "d/changed": text("3"),
      "dir/a": undefined,
      dir: text("2"),
      run: undefined,
    });
    const runnable = (await repository.tree(edited)).length;
    expect(runnable).toBe(4);
    expect(await repository.diff(before, edited)).toEqual([
      { path: "d/changed", before: plain(two), after: plain(three) },
      { path: "dir", after: plain(two) },
      { path: "dir/a", before: plain(one) },
      { path: "new", after: plain(one) },
      { path: "old", before: plain(one) },
      { path: "run", before: plain(three) },
    ]);
    const files = [{ mode: "100644", name: "a", oid: one! }];
    const others = [{ mode: "100755", name: "a", oid: one! }];
    expect(await repository.diff(await write(files), await write(others))).toEqual([
      { path: "a", before: plain(one), after: plain(one, "100755") },
    ]);
  });
  test("is nothing between a tree and itself, and between commits of one tree", async () => {
    const tree = await repository.writeTree(undefined, { a: text("1") });
    const one = await repository.writeCommit({ tree, parents: [], message: "one", at: 0 });
    const two = await repository.writeCommit({ tree, parents: [one], message: "two", at: 0 });
    expect(await repository.diff(one, two)).toEqual([]);
    expect(await repository.diff(tree, one)).toEqual([]);
  });
  test("is not troubled by odd paths that stay, and refuses those that change", async () => {
    const odd = { mode: "100644", name: "\xff", oid: blob };
    const [one, two] = [await write([odd]), await write([{ mode: "100644", name: "a", oid: blob }, odd])];
    expect(await repository.diff(one, two)).toMatchObject([{ path: "a" }]);
    await expect(repository.diff(one, sha1.emptyTree)).rejects.toMatchObject({ code: "path" });
  });
  test("to a tree that is a bomb is refused soon", async () => {
    const big = await write(...bomb(7, 10, [{ mode: "100644", name: "x", oid: blob }]));
    await expect(repository.diff(sha1.emptyTree, big)).rejects.toMatchObject({ code: "too-large" });
    await expect(repository.diff(await write(...bomb(7, 10, [])), sha1.emptyTree)).rejects.toMatchObject({
      code: "too-large",
    });
  });
});

test("a merge with a tree that is a bomb is refused before git believes it", async () => {
  const base = await repository.writeTree(undefined, { a: text("1"), b: text("2") });
  const root = await repository.writeCommit({ tree: base, parents: [], message: "base", at: 0 });
  const ours = await repository.writeCommit({ tree: base, parents: [root], message: "ours", at: 0 });
  const bombs = [bomb(7, 10, [{ mode: "100644", name: "x", oid: blob }]), bomb(7, 10, [])];
  for (const trees of bombs) {
    const theirs = await repository.writeCommit({ tree: await write(...trees), parents: [root], message: "x", at: 0 });
    await expect(repository.mergeTree(ours, theirs)).rejects.toMatchObject({ code: "too-large" });
    await expect(repository.mergeTree(theirs, ours)).rejects.toMatchObject({ code: "too-large" });
  }
});

const name = fc.constantFrom("a", "b", "A", "a.b", "a-", "a0", "ü", "x y", "-n", '"q"', "new\nline", "~");
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const content = fc.constantFrom("", "1", "2", "3\n");

/** Files of which none is a folder of another one. */
const files = fc.array(fc.tuple(path, content), { maxLength: 14 }).map((all) => {
  const kept = new Map<string, string>();
  for (const [at, bytes] of all) {
    if ([...kept.keys()].every((other) => !isBelow(at, other) && !isBelow(other, at))) kept.set(at, bytes);
  }
  return kept;
});

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function bytesOf(all: ReadonlyMap<string, string>): Files {
  return Object.fromEntries([...all].map(([at, bytes]) => [at, text(bytes)]));
}

describe("whatever the trees are", () => {
  test("git lists the same files and names the same changes", async () => {
    await fc.assert(
      fc.asyncProperty(files, files, async (one, two) => {
        const [before, after] = await Promise.all([
          repository.writeTree(undefined, bytesOf(one)),
          repository.writeTree(undefined, bytesOf(two)),
        ]);
        expect(await repository.tree(before)).toEqual(gitFiles(before));
        expect(await repository.diff(before, after)).toEqual(gitChanges(before, after));
      }),
      { numRuns: 8 },
    );
  });
  test("an edit makes what putting the files in and out by hand makes, and git finds nothing wrong with it", async () => {
    await fc.assert(
      fc.asyncProperty(files, files, fc.array(path, { maxLength: 3 }), async (base, edit, removed) => {
        const edits: Record<string, Uint8Array | undefined> = bytesOf(edit);
        for (const at of removed) {
          if (!Object.keys(edits).some((other) => isBelow(other, at) || isBelow(at, other))) edits[at] = undefined;
        }
        const expected = new Map(base);
        for (const [at, bytes] of Object.entries(edits)) {
          for (const other of [...expected.keys()]) {
            const isInTheWay = isBelow(other, at) || (bytes !== undefined && isBelow(at, other));
            if (isInTheWay) expected.delete(other);
          }
        }
        for (const [at, bytes] of edit) expected.set(at, bytes);
        const before = await repository.writeTree(undefined, bytesOf(base));
        const made = await repository.writeTree(before, edits);
        expect(made).toBe(await repository.writeTree(undefined, bytesOf(expected)));
      }),
      { numRuns: 12 },
    );
    expect(folder.text("r", ["fsck", "--no-progress", "--full"])).not.toMatch(/error|warning|missing/);
  });
});

describe("an edit", () => {
  test("makes plain files only", async () => {
    const base = await write([
      { mode: "100755", name: "run", oid: blob },
      { mode: "120000", name: "link", oid: blob },
    ]);
    const made = await repository.writeTree(base, { run: text("1"), link: text("2") });
    expect((await repository.tree(made)).map(({ mode }) => mode)).toEqual(["100644", "100644"]);
  });
  test("leaves what it does not name, odd or not", async () => {
    const odd = [
      { mode: "100755", name: "run", oid: blob },
      { mode: "100644", name: "\xff", oid: blob },
    ];
    const made = await repository.writeTree(await write(odd), { a: text("1") });
    expect(folder.git("r", ["ls-tree", "-z", "--name-only", made])).toEqual(Buffer.from("a\0run\0\xff\0", "latin1"));
  });
  test("that removes the last file of a folder removes the folder", async () => {
    const base = await repository.writeTree(undefined, { "d/e/f": text("1"), g: text("2") });
    expect(await repository.writeTree(base, { "d/e/f": undefined })).toBe(
      await repository.writeTree(undefined, { g: text("2") }),
    );
  });
  test("that removes what is not there changes nothing", async () => {
    const base = await repository.writeTree(undefined, { a: text("1"), "d/e": text("2") });
    expect(await repository.writeTree(base, { b: undefined, "a/b": undefined, "d/x/y": undefined })).toBe(base);
  });
  test("of many files at once is one pack", async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`m/${at}`, text(`many ${at}`)]));
    expect(await repository.tree(await repository.writeTree(undefined, many))).toHaveLength(300);
  });
  test.each(["", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", ".git", "a/.GIT/config", "a\0b", "a\ud800"])(
    "of the path %j is refused",
    async (path) => {
      await expect(repository.writeTree(undefined, { [path]: text("") })).rejects.toMatchObject({ code: "failed" });
    },
  );
  test.each([
    ["a", "a/b"],
    ["a/b", "a"],
    ["a/b/c", "a/b"],
  ])("of %s and %s at once is refused", async (...paths) => {
    const both = Object.fromEntries(paths.map((path) => [path, text("")]));
    await expect(repository.writeTree(undefined, both)).rejects.toMatchObject({ code: "failed" });
  });
});

function gitFiles(tree: Oid) {
  const lines = folder.git("r", ["ls-tree", "-r", "-z", "-l", tree]).toString().split("\0").slice(0, -1);
  return lines.map((line) => {
    const [, mode, oid, size, path] = /^(\d{6}) blob (\S+) +(\d+)\t(.*)$/s.exec(line)!;
    return { path, mode, oid, size: Number(size) };
  });
}

function gitChanges(before: Oid, after: Oid): TreeChange[] {
  const parts = folder
    .git("r", ["diff-tree", "-r", "-z", "--raw", "--no-renames", before, after])
    .toString()
    .split("\0");
  return parts.slice(0, -1).flatMap((head, at): TreeChange[] => {
    if (at % 2 === 1) return [];
    const [modeBefore, modeAfter, oidBefore, oidAfter] = head.slice(1).split(" ") as [string, string, string, string];
    return [
      {
        path: parts[at + 1]!,
        ...(modeBefore === "000000" ? {} : { before: { mode: modeBefore, oid: oidBefore } }),
        ...(modeAfter === "000000" ? {} : { after: { mode: modeAfter, oid: oidAfter } }),
      },
    ];
  });
}
