/** Tricks with what a tree holds, by name and mode: links, spellings, places and sizes. */
import { describe, expect, test } from "vitest";
import { readPolicy } from "./read-policy.ts";
import { constitution, type Files, files, model, problemsOf, treeOf } from "./tree.fixture.ts";

const namespaces = ["community"];

describe("refuses files that are more than bytes", () => {
  test.each([
    [
      "a symbolic link",
      { "models/a.yaml": { mode: "120000", text: "/etc/passwd" } },
      "models/a.yaml:1:1: this is a symbolic link",
    ],
    [
      "a symbolic link in docs",
      { "docs/a": { mode: "120000", text: "../.git" } },
      "docs/a:1:1: this is a symbolic link",
    ],
    [
      "a submodule",
      { models: { mode: "160000", text: "" } },
      "models:1:1: this is a submodule: what it holds is in another repository",
    ],
    ["an executable", { "models/a.yaml": { mode: "100755", text: model("a") } }, "this file is marked as executable"],
    [
      "a mode that git does not write any more",
      { "models/a.yaml": { mode: "100664", text: model("a") } },
      "the file mode 100664",
    ],
    [
      "a pointer of Git LFS",
      { "models/a.yaml": "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n" },
      "models/a.yaml:1:1: this is a pointer of Git LFS: what it stands for is on another server and can change without a vote; put the file itself",
    ],
    [
      "a constitution that is a link",
      { "constitution.yaml": { mode: "120000", text: "other.yaml" } },
      "constitution.yaml:1:1: this is a symbolic link",
    ],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});

describe("refuses a path that can be taken for another", () => {
  test.each([
    ["a path that climbs out", { "models/../../etc/a.yaml": model("a") }, "this path leaves its folder with . or .."],
    ["a path into .git", { ".GIT/hooks/post-checkout": "x" }, "this path lies in .git"],
    ["a backslash", { "models\\a.yaml": model("a") }, "holds a backslash"],
    ["split-up letters", { "models/a\u0308.yaml": model("a") }, "split-up letters (not in Unicode NFC)"],
    [
      "a letter that cannot be seen",
      { "models/a\u200b.yaml": model("a") },
      "models/a\\u{200b}.yaml:1:1: this path holds characters that cannot be seen",
    ],
    [
      "a constitution in capital letters beside the real one",
      { "Constitution.yaml": constitution },
      "looks like constitution.yaml but is another file",
    ],
    [
      "two files that differ in case",
      { "models/SMOLLM2.yaml": model("smollm2") },
      "models/smollm2.yaml:1:1: it has the same name as models/SMOLLM2.yaml where capital letters and widths do not count",
    ],
    ["two files that differ in width", { "docs/ａ.md": "x", "docs/a.md": "x" }, "it has the same name as docs/a.md"],
    [
      "two folders that differ in case",
      { "docs/a.md": "x", "Docs/b.md": "x" },
      "its folder has the same name as Docs/ where",
    ],
    ["a folder named like a file", { "docs/a": "x", "docs/A/b": "x" }, "it has the same name as docs/A/ where"],
    [
      "a folder in capital letters",
      { "Models/a.yaml": model("a") },
      "Models/ looks like models/ but is another folder",
    ],
    ["a folder in full width", { "ｍodels/a.yaml": model("a") }, "looks like models/ but is another folder"],
    ["a folder with a foreign letter", { "mоdels/a.yaml": model("a") }, "nothing reads this file"],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});

describe("refuses what would be silently unused", () => {
  test.each([
    [
      "an object at the top",
      { "smollm2.yaml": model("smollm2") },
      "smollm2.yaml:1:1: nothing reads this file: it would look like a rule and be none; move it to models/, hosts/ or docs/",
    ],
    ["an object in a folder of its own", { "extra/a.yml": model("a") }, "extra/a.yml:1:1: nothing reads this file"],
    ["an object deeper down", { "models/big/a.yaml": model("a") }, "only files directly in models/ are read"],
    ["the other ending", { "models/a.yml": model("a") }, "in models/ only files named NAME.yaml are read"],
    ["an ending in capital letters", { "models/a.YAML": model("a") }, "in models/ only files named NAME.yaml are read"],
    [
      "a kind that cannot be applied yet",
      { "routes/a.yaml": "a: 1" },
      "routes/ is for the kind ModelRoute, which this version cannot apply yet",
    ],
    ["a provider", { "providers/a.yaml": "a: 1" }, "providers/ is for the kind CloudProvider"],
    [
      "attributes that change how files are merged",
      { "models/.gitattributes": "* merge=union" },
      "attributes change how git merges these files",
    ],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});

test("refuses one path that is there twice, which git's tree forbids", () => {
  const tree = treeOf(files);
  const twice = { ...tree, entries: [...tree.entries, ...tree.entries.slice(-1)] };
  const parsed = readPolicy(twice, { namespaces });
  expect(parsed.ok ? "" : parsed.problems[0].reason).toContain("it has the same name as models/smollm2.yaml");
});

describe("refuses too much, before it is read", () => {
  test("more files than there may be, before any is read", () => {
    const entries = Array.from({ length: 20_001 }, (_, i) => ({
      path: `docs/${i}`,
      mode: "100644",
      oid: "0".repeat(40),
      size: 1,
    }));
    const parsed = readPolicy({ entries, blobs: new Map() }, { namespaces: [] });
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([
      { file: ".", reason: "the repository has 20001 files, 20000 are the most" },
    ]);
  });

  test("more bytes than there may be together", () => {
    const text = `${model("m")}# ${"x".repeat(60_000)}`;
    const tree = treeOf({ ...files, "models/m.yaml": text });
    const [entry] = tree.entries.filter(({ path }) => path === "models/m.yaml");
    const many = Array.from({ length: 300 }, (_, i) => ({ ...entry!, path: `models/m${i}.yaml` }));
    const parsed = readPolicy({ ...tree, entries: [...tree.entries, ...many] }, { namespaces });
    expect(parsed.ok ? "" : parsed.problems[0].reason).toMatch(
      /its files have \d+ bytes together, 16777216 are the most/,
    );
  });

  test.each([
    [
      "a scalar of a megabyte",
      { "models/a.yaml": model("a", "lab", `{system: ${"x".repeat(1_048_576)}}`) },
      "models/a.yaml:1:1: the file has 1048",
    ],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});
