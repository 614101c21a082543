/** The policy repository that communities begin with, read as the service reads it. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { parseConstitution } from "../constitution/documents/constitution.ts";
import { problemSentence } from "../constitution/documents/problem.ts";
import { shortagesOf } from "../constitution/feasibility.ts";
import { objectTitle } from "./policy.ts";
import { readPolicy } from "./read-policy.ts";
import { type Files, treeOf } from "./tree.fixture.ts";

const folder = join(import.meta.dirname, "../../manifests/policy-template");
const template: Record<string, string> = Object.fromEntries(
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(folder, file), readFileSync(file, "utf8")]),
);

const key = (byte: number): string => {
  const field = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  return `ssh-ed25519 ${Buffer.concat([field(Buffer.from("ssh-ed25519")), field(Buffer.alloc(32, byte))]).toString("base64")}`;
};

/** As a community of three would fill it in. */
function filled(text: string): string {
  let number = 0;
  return text
    .replaceAll("COMMUNITY_NAME", "Three Friends")
    .replaceAll(
      /([A-Z]+)_GITHUB_ID, login: \1_GITHUB_LOGIN/g,
      (_, name) => `${100 + ++number}, login: ${name.toLowerCase()}`,
    )
    .replaceAll(/[A-Z]+_SSH_PUBLIC_KEY/g, () => key(++number))
    .replaceAll(/[A-Z]+_JOINED/g, "2026-01-31");
}

const ours: Record<string, string> = Object.fromEntries(
  Object.entries(template).map(([file, text]) => [file, file.endsWith(".yaml") ? filled(text) : text]),
);

const read = (files: Files) => readPolicy(treeOf(files), { namespaces: ["community"] });

function problemsOf(files: Files): string[] {
  const parsed = read(files);
  return parsed.ok ? [] : parsed.problems.map(problemSentence);
}

test("filled in, it is a policy of three that can decide everything", () => {
  const parsed = read(ours);
  if (!parsed.ok) return expect.fail(problemsOf(ours).join("\n"));
  const { objects, constitution, members } = parsed.value;
  expect(objects.map(objectTitle)).toEqual([
    "ModelHost alice-desktop",
    "ModelDeployment community/smollm2",
    "Member alice",
    "Member bob",
    "Member carol",
  ]);
  expect(constitution.value.classes.map(({ name }) => name)).toEqual(["routine", "policy", "constitutional"]);
  expect(shortagesOf(constitution.value, members.value)).toEqual([]);
});

test("not filled in, it is refused, naming each place", () => {
  const said = problemsOf(template).join("\n");
  for (const name of ["ALICE", "BOB", "CAROL"]) {
    expect(said).toContain(`id is "${name}_GITHUB_ID", not a number`);
    expect(said).toContain(`${name}_SSH_PUBLIC_KEY is no public SSH key`);
    expect(said).toContain(`${name}_JOINED is no day of the calendar`);
  }
});

test("everything in capital letters with a low line is a placeholder that this test fills", () => {
  const rest = Object.entries(ours).flatMap(([file, text]) =>
    file.endsWith(".yaml") ? (text.match(/\b[A-Z]+_[A-Z_]+\b/g) ?? []).map((word) => `${file}: ${word}`) : [],
  );
  expect(rest).toEqual([]);
});

test("its links lead to files that are there", () => {
  const links = Object.values(template).flatMap((text) =>
    [...text.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? ""),
  );
  const missing = links.filter(
    (link) => !Object.keys(template).some((file) => file === link || file.startsWith(`${link}/`)),
  );
  expect(missing).toEqual([]);
});

describe("what docs/growing.md says to add can be added", () => {
  const blocks = [...(template["docs/growing.md"] ?? "").matchAll(/```yaml\n([\s\S]*?)```/g)].map(
    (match) => match[1] ?? "",
  );
  const base = ours["constitution.yaml"] ?? "";
  const owned = base
    .replace("models/*.yaml, hosts/*.yaml", "models/*.yaml")
    .replace("  # Everything else that is not named", `${blocks[0]}  # Everything else that is not named`);

  test.each([
    ["owners' say over their machines", owned],
    ["rules about who comes and goes", `${base}${blocks[1]}`],
    ["both, with caps by affiliation", `${owned}${blocks[1]}votesPerAffiliation: 2\n`],
    [
      "a maintainer's yes",
      base.replace(/(name: policy\n[\s\S]*?timelock: 24h)/, "$1\n    requires: {roles: {maintainer: 1}}"),
    ],
    [
      "a quorum that grows",
      base.replace("quorum: {formula: ceil(2 * n / 3)}", 'quorum: {formula: "max(ceil(2 * n / 3), floor(n / 2) + 1)"}'),
    ],
  ])("%s", (_, constitution) => {
    expect(constitution).not.toBe(base);
    const parsed = parseConstitution(constitution);
    expect(parsed.ok ? [] : parsed.problems.map(problemSentence)).toEqual([]);
    expect(problemsOf({ ...ours, "constitution.yaml": constitution })).toEqual([]);
  });

  test("there are as many fragments as this test tries", () => {
    expect(blocks).toHaveLength(2);
  });
});

test("the examples that it names are there", () => {
  const named = [...(template["docs/growing.md"] ?? "").matchAll(/`(governance\/constitution\/examples\/[a-z-]+)`/g)];
  expect(named).toHaveLength(3);
  for (const [, example = ""] of named) {
    expect(readdirSync(join(import.meta.dirname, "../..", example)).toSorted()).toEqual([
      "constitution.yaml",
      "members.yaml",
    ]);
  }
});
