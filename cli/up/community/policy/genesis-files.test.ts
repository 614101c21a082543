/** What a community of one person begins with, read as the service reads it. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { problemSentence } from "../../../../governance/constitution/documents/problem.ts";
import { shortagesOf } from "../../../../governance/constitution/feasibility.ts";
import { objectTitle, type Policy } from "../../../../governance/policy/policy.ts";
import { readPolicy } from "../../../../governance/policy/read-policy.ts";
import { treeOf } from "../../../../governance/policy/tree.fixture.ts";
import { newEd25519Key } from "../../../../governance/signatures/new-key.ts";
import { withKey, withMember } from "../../../policy/members-edit.ts";
import { thisHost } from "../this-host.ts";
import { type Founder, genesisFiles } from "./genesis-files.ts";

const root = join(import.meta.dirname, "../../../..");
const key = () => newEd25519Key({ random: randomBytes, comment: "alice@commonhold" });
const memberKey = key();
const founder: Founder = {
  ...{ name: "alice", joined: "2026-01-31", machine: thisHost, memberKey: memberKey.publicFile.trim() },
  ollamaKey: key().publicFile.trim(),
};

function policyOf(files: Record<string, string>): Policy {
  const parsed = readPolicy(treeOf(files), { namespaces: ["community"] });
  if (!parsed.ok) throw new Error(parsed.problems.map(problemSentence).join("\n"));
  return parsed.value;
}

test("it is a policy of one person that can decide everything, and has nothing to apply but the member", () => {
  const { constitution, members, objects } = policyOf(genesisFiles(root, founder));
  expect(objects.map(objectTitle)).toEqual(["Member alice"]);
  expect(shortagesOf(constitution.value, members.value)).toEqual([]);
  expect(members.value.members[0]).toMatchObject({
    sshKeys: { length: 2 },
    machines: [thisHost],
    joined: "2026-01-31",
  });
});

test("a routine decision takes seconds, and what is weightier takes longer", () => {
  const { classes } = policyOf(genesisFiles(root, founder)).constitution.value;
  expect(classes.map(({ name, minMs, timelockMs }) => [name, minMs, timelockMs])).toEqual([
    ["routine", 1_000, 2_000],
    ["policy", 10_000, 10_000],
    ["constitutional", 30_000, 30_000],
  ]);
});

test("when two more join, nobody decides alone any more, by the same constitution", () => {
  const files = genesisFiles(root, founder);
  const joined = ["bob", "carol"].reduce(
    (text, name, at) =>
      withMember(text, { number: at + 2, name, sshKeys: [key().publicFile.trim()], joined: "2026-02-01" }),
    files["members.yaml"] ?? "",
  );
  const { constitution, members } = policyOf({ ...files, "members.yaml": joined });
  expect(shortagesOf(constitution.value, members.value)).toEqual([]);
  expect(constitution.value.classes.map(({ quorum }) => [1, 2, 3, 4].map((n) => quorum.formula.needed(n)))).toEqual([
    [1, 1, 2, 2],
    [1, 1, 2, 2],
    [1, 2, 2, 3],
  ]);
});

test("a key can be replaced in it by `commonhold rotate-key`", () => {
  const text = genesisFiles(root, founder)["members.yaml"] ?? "";
  const next = key().publicFile.trim();
  expect(withKey(text, memberKey.signer.publicKey, next)).toContain(next);
});

test("without Ollama's key there is no line for it and nothing that speaks of it", () => {
  const text = genesisFiles(root, { ...founder, ollamaKey: undefined })["members.yaml"] ?? "";
  expect(text).not.toMatch(/ollama/i);
  expect(
    policyOf(genesisFiles(root, { ...founder, ollamaKey: undefined })).members.value.members[0]?.sshKeys,
  ).toHaveLength(1);
});

describe("names that mean something else to some YAML parser stay names", () => {
  test.each(["on", "null", "1e3", "007", "y"])("%s", (name) => {
    expect(policyOf(genesisFiles(root, { ...founder, name })).objects.map(objectTitle)).toEqual([`Member ${name}`]);
  });
});

test("nothing is left to be filled in", () => {
  const rest = Object.entries(genesisFiles(root, founder)).flatMap(([path, text]) =>
    path.endsWith(".yaml") ? (text.match(/\b(?:MEMBER|OLLAMA|COMMUNITY|MACHINE)_(?!KEY\b)[A-Z_]+\b/g) ?? []) : [],
  );
  expect(rest).toEqual([]);
});
