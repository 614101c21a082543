import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseMembers } from "../../governance/constitution/documents/members.ts";
import { type NewMember, readMembers, withKey, withMember } from "./members-edit.ts";

const key = (byte: number): string => {
  const blob = Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"), Buffer.alloc(32, byte)]);
  return `ssh-ed25519 ${blob.toString("base64")}`;
};
const lab = readFileSync(join(import.meta.dirname, "../../governance/constitution/examples/lab/members.yaml"), "utf8");
const dan: NewMember = { number: 4, name: "dan", sshKeys: [key(9)], joined: "2026-02-01" };

const odd = `# Ours.
format: 1   # of this file
members:
# the first
- number: 1
  name: "alice"   # founder
  sshKeys: ['${key(1)} alice@home, at her desk']
  joined: 2026-01-01

- {number: 2, name: bob, sshKeys: ["${key(2)}"], joined: 2026-01-02} # in one line

# To join, ask anybody above.
`;

describe("a new member", () => {
  test("stands behind the last one, in the way of the others, and nothing else changes", () => {
    const changed = withMember(lab, { ...dan, github: { id: 104, login: "dan" }, affiliation: "Hooli" });
    expect(changed).toBe(`${lab}  - number: 4
    name: dan
    github:
      id: 104
      login: dan
    sshKeys:
      - ${key(9)}
    affiliation: Hooli
    joined: 2026-02-01
`);
  });

  test("a comment below the last member stays below the new one, and one on its line stays there", () => {
    const changed = withMember(odd, dan);
    expect(changed).toContain("} # in one line\n- number: 4\n  name: dan\n");
    expect(changed.endsWith("joined: 2026-02-01\n\n# To join, ask anybody above.\n")).toBe(true);
    expect(changed.replace(/- number: 4[^#]*?2026-02-01\n/, "")).toBe(odd);
  });

  test("can be added to a file without a last line end", () => {
    const changed = withMember(lab.trimEnd(), dan);
    expect(readMembers(changed).map(({ name }) => name)).toEqual(["alice", "bob", "carol", "dan"]);
  });

  test("whose name means something in YAML keeps it", () => {
    const changed = withMember(lab, { ...dan, name: "no", displayName: "Null: #1, 007" });
    expect(readMembers(changed).at(-1)).toMatchObject({ name: "no", displayName: "Null: #1, 007" });
  });

  test.each<[string, NewMember, RegExp]>([
    ["a number that is taken", { ...dan, number: 2 }, /already that of bob/],
    ["a key that is somebody's", { ...dan, sshKeys: [readMembers(lab)[0]!.sshKeys[0]!] }, /already that of alice/],
    ["a name in capitals", { ...dan, name: "Dan" }, /Dan is not a name of small letters/],
    ["a login that is taken", { ...dan, github: { id: 9, login: "Bob" } }, /already that of bob/],
    ["nothing to vote with", { ...dan, sshKeys: [] }, /neither a GitHub account nor an SSH key/],
    ["a name for people that rings the bell", { ...dan, displayName: "a\u0007" }, /members\.yaml cannot be changed/],
  ])("with %s is refused with the reason", (_, member, reason) => {
    expect(() => withMember(lab, member)).toThrow(reason);
  });

  test.each([
    ["a list in brackets", `format: 1\nmembers: [{number: 1, name: a, sshKeys: ["${key(1)}"], joined: 2026-01-01}]\n`],
    ["a broken file", "format: 1\nmembers:\n  - nummer: 1\n"],
    ["no YAML", "members: ["],
    ["an anchor", `${lab}x: &a 1\n`],
  ])("is not added to %s", (_, text) => {
    expect(() => withMember(text, dan)).toThrow(/members\.yaml cannot be changed/);
  });
});

describe("a new key in place of an old one", () => {
  const [alice] = readMembers(lab);
  const old = alice!.sshKeys[0]!;

  test("takes its place and its comment's, and nothing else changes", () => {
    const changed = withKey(lab, old, `${key(9)} alice@new`);
    expect(changed).toBe(lab.replace(`${old} alice@laptop`, `${key(9)} alice@new`));
  });

  test.each([
    ["in quotes, with a comma in its comment", key(1)],
    ["in a member of one line", key(2)],
  ])("is found %s", (_, wanted) => {
    const changed = withKey(odd, wanted, key(9));
    expect(parseMembers(changed).ok).toBe(true);
    expect(changed.split("\n").filter((line, at) => line !== odd.split("\n")[at])).toHaveLength(1);
  });

  test.each<[string, string, string, RegExp]>([
    ["a key of nobody", key(8), key(9), /no member in members.yaml has this key/],
    ["the same key again", old, `${readMembers(lab)[1]!.sshKeys[0]!}`, /already that of/],
    ["what is no key", old, "ssh-ed25519 AAAA", /is damaged/],
    ["a key with a YAML comment behind it", old, `${key(9)} me: you`, /cannot be changed/],
  ])("%s is refused", (_, before, after, reason) => {
    expect(() => withKey(lab, before, after)).toThrow(reason);
  });
});
