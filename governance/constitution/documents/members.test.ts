import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseMembers } from "./members.ts";
import { problemSentence } from "./problem.ts";

const example = readFileSync(join(import.meta.dirname, "../examples/lab/members.yaml"), "utf8");

function but(piece: string | RegExp, other: string): string {
  const text = example.replace(piece, () => other);
  expect(text).not.toBe(example);
  return text;
}

function problemsOf(text: string): string {
  const parsed = parseMembers(text);
  return parsed.ok ? "" : parsed.problems.map(problemSentence).join("\n");
}

test("members are taken with their keys, without the comments of these", () => {
  const parsed = parseMembers(example);
  if (!parsed.ok) return expect.fail(problemsOf(example));
  expect(parsed.value.value.members).toHaveLength(3);
  expect(parsed.value.value.members[0]).toMatchObject({
    number: 1,
    name: "alice",
    github: { id: 101, login: "alice" },
    sshKeys: [expect.stringMatching(/^ssh-ed25519 [A-Za-z0-9+/=]+$/)],
    roles: ["member", "maintainer"],
    affiliation: "Initech",
    joined: "2026-01-01",
    machines: ["alice-desktop"],
  });
  expect(parsed.value.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
});

const aliceKey = /ssh-ed25519 [^\s]+/.exec(example)?.[0] ?? "";

describe("refuses", () => {
  test.each([
    [
      "two members of one number",
      but("number: 2", "number: 1"),
      "members.yaml:13:13: members[1].number: this number is already that of alice",
    ],
    ["two members of one name", but("name: bob", "name: alice"), "this name is already that of alice"],
    [
      "one account for two",
      but("id: 102", "id: 101"),
      "this GitHub id is already that of alice; give each GitHub id to one member",
    ],
    [
      "one login for two, in other letters",
      but("login: bob", "login: ALICE"),
      "this GitHub login is already that of alice",
    ],
    [
      "one key for two, under another comment",
      but(/ssh-ed25519 [^\s]+ bob@laptop/, `${aliceKey} bob@laptop`),
      "this SSH key is already that of alice",
    ],
    [
      "one key twice for one",
      but(/( +- ssh-ed25519 [^\n]+alice@laptop\n)/, `      - ${aliceKey} a\n      - ${aliceKey} b\n`),
      "this SSH key is already that of alice",
    ],
    [
      "one machine of two",
      but("machines: [bob-server]", "machines: [alice-desktop]"),
      "this machine is already that of alice",
    ],
    ["a login without the number", but("{id: 102, login: bob}", "{login: bob}"), "id is missing; add it"],
    ["a number of a float", but("id: 102", "id: 102.5"), "id is 102.5, not a whole number"],
    ["a number that a double cannot hold", but("id: 102", "id: 9007199254740993"), "is no plain decimal number"],
    [
      "a member who cannot vote",
      but(/ {4}github: {id: 102[^}]+}\n {4}sshKeys:\n[^\n]+\n/, ""),
      "bob has neither a GitHub account nor an SSH key to vote with",
    ],
    [
      "a service that is also a person",
      but("roles: [member]", "roles: [member, service]"),
      "a service is not a person",
    ],
    ["a service with an account", but("roles: [member]", "roles: [service]"), "a service has no vote and no account"],
    ["an unknown role", but("roles: [member]", "roles: [admin]"), "write one of member, maintainer, service"],
    ["a role twice", but("roles: [member]", "roles: [member, member]"), "a role is listed twice"],
    ["a day that does not exist", but("2026-01-02", "2026-02-30"), "2026-02-30 is no day of the calendar"],
    ["a moment instead of a day", but("2026-01-02", "2026-01-02T00:00:00Z"), "is no day of the calendar"],
    [
      "a private key",
      but(/ssh-ed25519 [^\n]+bob@laptop/, "-----BEGIN OPENSSH PRIVATE KEY-----"),
      "is no public SSH key: one line",
    ],
    ["a machine's name that is a path", but("bob-server", "../alice-desktop"), "is not a name of small letters"],
    ["an affiliation that cannot be seen", but("affiliation: Globex", 'affiliation: "\\u200b"'), "visible characters"],
    ["an unknown field", but("joined:", "votes: 100\n    joined:"), "there is no field votes here"],
    ["nobody", "format: 1\nmembers: []\n", "members is too small: 0 entries"],
  ])("%s", (_, text, words) => {
    expect(problemsOf(text)).toContain(words);
  });

  test("more members than there may be", () => {
    const many = Array.from(
      { length: 1_001 },
      (_, i) => `  - {number: ${i + 1}, name: m${i}, joined: 2026-01-01, github: {id: ${i + 1}, login: m${i}}}`,
    );
    expect(problemsOf(`format: 1\nmembers:\n${many.join("\n")}\n`)).toContain(
      "members is too large: 1001 entries; give 1000 at most",
    );
  });
});
