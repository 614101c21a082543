import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { formatCommit } from "../objects/commit.ts";
import { objectFormat, oidOf } from "../objects/format.ts";
import type { NewObject } from "../objects/pack.ts";
import { objectWriter } from "../objects/write.ts";
import { type GitProgram, gitProgram } from "../program/program.ts";
import { environment, gitFolder } from "../real-git.fixture.ts";
import { GitError, type GitRepository, type Oid } from "../repository.ts";
import type { History } from "./history.ts";
import { parseMerge, rememberedMerges } from "./merge.ts";

const folder = gitFolder();
const sha1 = objectFormat("sha1")!;
let repository: GitRepository;
beforeAll(async () => {
  repository = await folder.open("r");
});
afterAll(() => folder.remove());

/** Commits by name: parents before a colon's names, a time behind. All are written at once. */
async function commits(plan: readonly (readonly [name: string, parents: string, at?: number])[]) {
  const oids = new Map<string, Oid>();
  const objects: NewObject[] = [{ type: "tree", bytes: new Uint8Array() }];
  for (const [name, parents, at = 0] of plan) {
    const above = parents === "" ? [] : parents.split(" ").map((parent) => oids.get(parent)!);
    const bytes = formatCommit({ tree: sha1.emptyTree, parents: above, message: name, at });
    objects.push({ type: "commit", bytes });
    oids.set(name, oidOf("commit", bytes, sha1));
  }
  const git = gitProgram({ gitFolder: repository.path, clock: new ManualClock(), environment });
  await objectWriter(git, sha1).write(objects);
  const names = new Map([...oids].map(([name, oid]) => [oid, name]));
  return {
    of: (name: string): Oid => oids.get(name)!,
    names: (list: readonly Oid[] | undefined) => list?.map((oid) => names.get(oid)),
  };
}

describe("first parents", () => {
  //  a ─ b ─ m1 ─ c ─ m2 ─ d      s1, s2 and t1 came from sides
  //   └ s1 ─ s2 ┘    t1 ┘
  const plan = [
    ["a", ""],
    ["b", "a"],
    ["s1", "a"],
    ["s2", "s1"],
    ["m1", "b s2"],
    ["t1", "b"],
    ["c", "m1"],
    ["m2", "c t1"],
    ["d", "m2"],
  ] as const;
  test.each<[string, string | undefined, string, string[] | undefined]>([
    ["of a commit from itself are none", "d", "d", []],
    ["are oldest first, with the end and without the begin", "a", "d", ["b", "m1", "c", "m2", "d"]],
    ["from a parent are the commit alone", "m2", "d", ["d"]],
    ["from nowhere are all", undefined, "d", ["a", "b", "m1", "c", "m2", "d"]],
    ["from nowhere to the first are the first", undefined, "a", ["a"]],
    ["of a side are those of the side", "a", "s2", ["s1", "s2"]],
    ["are unknown from a commit that was merged", "s2", "d", undefined],
    ["are unknown from the begin of what was merged", "s1", "d", undefined],
    ["are unknown backwards", "d", "a", undefined],
    ["are unknown between sides", "t1", "s2", undefined],
  ])("%s", async (_, from, to, expected) => {
    const { of, names } = await commits(plan);
    expect(names(await repository.firstParents(from === undefined ? undefined : of(from), of(to)))).toEqual(expected);
  });
  test("are not found by what is no commit, no id, or not there", async () => {
    const { of } = await commits(plan);
    await expect(repository.firstParents("HEAD", of("d"))).rejects.toMatchObject({ code: "failed" });
    await expect(repository.firstParents(of("a"), "--all")).rejects.toMatchObject({ code: "failed" });
    await expect(repository.firstParents(of("a"), "1".repeat(40))).rejects.toMatchObject({ code: "damaged" });
    expect(await repository.firstParents(of("a"), await repository.writeBlob(Buffer.from("x")))).toBeUndefined();
  });
});

test("a range holds no commit of the base, also where dates are forged so that git's own is fooled", async () => {
  // Between the base and what it shares with the head lie many commits that say they are from 1970.
  const day = 86_400_000;
  const old = Array.from({ length: 30 }, (_, at) => [`o${at}`, at === 0 ? "root" : `o${at - 1}`, 1000] as const);
  const { of, names } = await commits([
    ["below", "", 900 * day],
    ["root", "below", 1000 * day],
    ...old,
    ["base", "o29", 2000 * day],
    ["h1", "root", 2001 * day],
    ["h2", "h1", 2002 * day],
  ]);
  expect(
    folder.text("r", ["rev-list", of("h2"), `^${of("base")}`]).split("\n").length,
    "git alone is fooled",
  ).toBeGreaterThan(2);
  expect(names(await repository.range(of("base"), of("h2")))).toEqual(["h1", "h2"]);
  expect(await repository.isAncestor(of("below"), of("base"))).toBe(true);
  expect(await repository.mergeBase(of("base"), of("h2"))).toBe(of("root"));
});

test("in any history, with any dates, the answers are those of walking it by hand", async () => {
  // Numbers that look random and are the same each time.
  let seed = 7;
  const roll = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const plan = Array.from({ length: 40 }, (_, at): [string, string, number] => {
    const parents = at < 2 ? [] : [roll(at), roll(at)].slice(0, 1 + roll(2));
    return [`${at}`, [...new Set(parents)].join(" "), roll(1_000_000_000_000)];
  });
  const { of, names } = await commits(plan);
  const parentsOf = (name: string): string[] => plan[Number(name)]![1].split(" ").filter((parent) => parent !== "");
  const reach = (name: string): Set<string> =>
    new Set([name, ...parentsOf(name).flatMap((parent) => [...reach(parent)])]);
  const chain = (name: string): string[] => {
    const [first] = parentsOf(name);
    return first === undefined ? [name] : [...chain(first), name];
  };
  for (let pair = 0; pair < 20; pair++) {
    const [from, to] = [`${roll(40)}`, `${roll(40)}`] as [string, string];
    const [firsts, range, isAncestor, base] = await Promise.all([
      repository.firstParents(of(from), of(to)),
      repository.range(of(from), of(to)),
      repository.isAncestor(of(from), of(to)),
      repository.mergeBase(of(from), of(to)),
    ]);
    const line = chain(to);
    expect(names(firsts)).toEqual(line.includes(from) ? line.slice(line.indexOf(from) + 1) : undefined);
    expect(new Set(names(range))).toEqual(new Set([...reach(to)].filter((name) => !reach(from).has(name))));
    for (const [at, name] of names(range)!.entries()) {
      expect(
        parentsOf(name!).every((parent) => !names(range)!.slice(at).includes(parent)),
        "parents come first",
      ).toBe(true);
    }
    expect(isAncestor).toBe(reach(to).has(from));
    const isCommon = [...reach(to)].some((name) => reach(from).has(name));
    expect(base !== undefined).toBe(isCommon);
  }
});

describe("a merge", () => {
  const lines = (...changes: readonly [number, string][]): Buffer => {
    const all = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    for (const [at, text] of changes) all[at] = text;
    return Buffer.from(`${all.join("\n")}\n`);
  };
  type Files = Record<string, Buffer | undefined>;
  const base: Files = { "a.yaml": lines(), "b.yaml": lines([0, "b"]), "d/c.yaml": lines([0, "c"]) };

  /** Merges two changes to the base, or to nothing in common. */
  async function merge(ours: Files, theirs: Files, isRelated = true) {
    const at = 0;
    const tree = await repository.writeTree(undefined, base);
    const root = await repository.writeCommit({ tree, parents: [], message: "base", at });
    const side = async (message: string, files: Files, parents: Oid[]) =>
      repository.writeCommit({ tree: await repository.writeTree(tree, files), parents, message, at });
    const [left, right] = await Promise.all([
      side("ours", ours, [root]),
      side("theirs", theirs, isRelated ? [root] : []),
    ]);
    return repository.mergeTree(left, right);
  }
  const merged = async (files: Files) => ({ ok: true, tree: await repository.writeTree(undefined, files) });

  test.each<[string, Files, Files, Files]>([
    [
      "of different files has both",
      { "a.yaml": lines([1, "x"]) },
      { new: lines() },
      { ...base, "a.yaml": lines([1, "x"]), new: lines() },
    ],
    [
      "of different lines of a file has both",
      { "a.yaml": lines([1, "x"]) },
      { "a.yaml": lines([20, "y"]) },
      { ...base, "a.yaml": lines([1, "x"], [20, "y"]) },
    ],
    [
      "of the same change has it once",
      { "a.yaml": lines([1, "x"]) },
      { "a.yaml": lines([1, "x"]) },
      { ...base, "a.yaml": lines([1, "x"]) },
    ],
    [
      "of a change and a rename has both, as for git",
      { "a.yaml": lines([1, "x"]) },
      { "a.yaml": undefined, "z.yaml": lines() },
      { "b.yaml": base["b.yaml"], "d/c.yaml": base["d/c.yaml"], "z.yaml": lines([1, "x"]) },
    ],
  ])("%s", async (_, ours, theirs, expected) => {
    expect(await merge(ours, theirs)).toEqual(await merged(expected));
  });
  test.each<[string, Files, Files, string[]]>([
    ["of the same line names the file", { "a.yaml": lines([1, "x"]) }, { "a.yaml": lines([1, "y"]) }, ["a.yaml"]],
    [
      "of two files names both",
      { "a.yaml": lines([1, "x"]), "d/c.yaml": lines([1, "x"]) },
      { "a.yaml": lines([1, "y"]), "d/c.yaml": lines([1, "y"]) },
      ["a.yaml", "d/c.yaml"],
    ],
    ["of a change and a removal names the file", { "a.yaml": lines([1, "x"]) }, { "a.yaml": undefined }, ["a.yaml"]],
    ["of two files of one name names it", { "n\new": lines([1, "x"]) }, { "n\new": lines([2, "y"]) }, ["n\new"]],
    [
      "is not joined because an attribute says so",
      { ".gitattributes": Buffer.from("* merge=union\n"), "a.yaml": lines([1, "x"]) },
      { ".gitattributes": Buffer.from("* merge=union\n"), "a.yaml": lines([1, "y"]) },
      ["a.yaml"],
    ],
  ])("%s", async (_, ours, theirs, conflicts) => {
    expect(await merge(ours, theirs)).toEqual({ ok: false, conflicts });
  });
  test("of histories that share nothing does not happen", async () => {
    expect(await merge({}, { new: lines() }, false)).toEqual({ ok: false, conflicts: [] });
  });
  test("is the same as that of git in a work tree", async () => {
    const at = 0;
    const side = async (ref: string, parents: Oid[], files: Files): Promise<Oid> => {
      const tree = await repository.writeTree(parents[0], files);
      const oid = await repository.writeCommit({ tree, parents, message: ref, at });
      await repository.updateRef(ref, oid);
      return oid;
    };
    const root = await side("refs/heads/main", [], base);
    const left = await side("refs/heads/left", [root], { "a.yaml": lines([1, "x"]), "d/c.yaml": undefined });
    const right = await side("refs/heads/right", [root], { "a.yaml": lines([25, "y"]), "d/e.yaml": lines([3, "e"]) });
    folder.git(".", ["clone", "--quiet", "--branch=left", "r", "work"]);
    folder.git("work", ["merge", "--quiet", "-m", "merged", "origin/right"]);
    const tree = folder.text("work", ["rev-parse", "HEAD^{tree}"]);
    expect(await repository.mergeTree(left, right)).toEqual({ ok: true, tree });
  });
  test("is made once for the same two commits in the same places, and anew after it failed", async () => {
    const runs: string[] = [];
    let fails = true;
    const run = async ([, , , , , ...sides]: readonly string[]) => {
      runs.push(sides.map((oid) => oid[0]).join(""));
      if (fails) throw new GitError("unusable", "away");
      return { exit: 0, stdout: Buffer.from(`${"c".repeat(40)}\0`), stderr: "" };
    };
    const git = { run } as unknown as GitProgram;
    const folders = { root: async (oid: Oid) => oid, entries: async () => [] };
    const options = { git, folders, history: {} as History, format: sha1 };
    const mergeTree = rememberedMerges();
    const [a, b] = ["a".repeat(40), "b".repeat(40)];
    await expect(mergeTree(a, b, options, {})).rejects.toThrow("away");
    fails = false;
    const merged = { ok: true, tree: "c".repeat(40) };
    for (const [ours, theirs] of [
      [a, b],
      [a, b],
      [b, a],
      [a, b],
    ] as const) {
      expect(await mergeTree(ours, theirs, options, {})).toEqual(merged);
    }
    expect(runs).toEqual(["ab", "ab", "ba"]);
    const signal = AbortSignal.abort(new Error("stop"));
    await expect(mergeTree(a, b, options, { signal })).rejects.toThrow("stop");
  });
  test("of what is not there, is no commit or no id is an error", async () => {
    const tree = await repository.writeTree(undefined, {});
    const there = await repository.writeCommit({ tree, parents: [], message: "x", at: 0 });
    const blob = await repository.writeBlob(Buffer.from("x"));
    await expect(repository.mergeTree(there, "1".repeat(40))).rejects.toMatchObject({ name: "GitError" });
    await expect(repository.mergeTree(there, "HEAD")).rejects.toMatchObject({ code: "failed" });
    await expect(repository.mergeTree("--stdin", there)).rejects.toMatchObject({ code: "failed" });
    await expect(repository.mergeTree(there, blob)).rejects.toMatchObject({ name: "GitError" });
  });
  test.each<[string, string]>([
    ["nothing", ""],
    ["words", "fatal: no\0"],
    ["half of a tree", `${"a".repeat(39)}\0`],
  ])("that git answers with %s is not believed", (_, output) => {
    expect(() => parseMerge(Buffer.from(output), true, sha1)).toThrow(expect.objectContaining({ code: "failed" }));
  });
});
