import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Community, flags, type Name } from "../policy/community.fixture.ts";
import { invite } from "./invite.ts";
import { rotateKey } from "./rotate-key.ts";

let community: Community;
beforeAll(() => {
  community = new Community();
});
afterAll(() => community.remove());

const keyFile = (name: Name): string => join(community.home(name), ".ssh/id_ed25519.pub");

async function run(
  work: (options: object, around: ReturnType<Community["around"]>) => Promise<void>,
  name: Name = "alice",
) {
  const around = community.around(name, community.folder);
  await work({ ...flags, repository: community.url }, around);
  const text = around.lines.join("\n");
  const [, opening = ""] = /git:[0-9a-f]{40}\/([0-9a-f]{40})/.exec(text) ?? [];
  const branch = `refs/heads/proposals/${opening.slice(0, 12)}`;
  return { text, diff: () => community.git(community.url, "diff", "--unified=0", "main", branch) };
}

const inviting = (name: string, more: object) =>
  run((options, around) => invite(name, { ...options, ...more } as never, around));
const rotating = (more: object, name: Name = "alice") =>
  run((options, around) => rotateKey({ ...options, ...more } as never, around), name);

describe("an invitation", () => {
  test("is a proposal that adds the member with the next number, without a clone", async () => {
    const { text, diff } = await inviting("dan", { sshKey: [keyFile("mallory")], github: { id: 7, login: "dan" } });
    expect(text).toMatch(/^Proposal [0-9a-f]{8}: Invite dan\n/);
    expect(text).toContain("  ~ members.yaml\nclass constitutional · ");
    expect(text).toContain("dan will be member 4 when this is ratified.");
    const added = diff()
      .split("\n")
      .filter((line) => /^[-+](?![-+])/.test(line));
    expect(added).toEqual([
      "+  - number: 4",
      "+    name: dan",
      "+    github:",
      "+      id: 7",
      "+      login: dan",
      "+    sshKeys:",
      `+      - ${community.keys.mallory.publicKey} mallory@laptop`,
      "+    joined: 2026-02-01",
    ]);
  });

  test("never gives the number of somebody who left", async () => {
    const other = new Community();
    try {
      const clone = other.clone("alice");
      const text = other.show("main:members.yaml");
      other.write(
        clone,
        "members.yaml",
        `${text}\n  - {number: 9, name: eve, sshKeys: ["${other.keys.mallory.publicKey}"], joined: 2026-01-01}\n`,
      );
      other.commit(clone, "eve");
      other.write(clone, "members.yaml", `${text}\n`);
      other.commit(clone, "eve left");
      other.git(clone, "push", "--quiet", "origin", "HEAD:main");
      const around = other.around("alice", clone);
      await invite("dan", { ...flags, github: { id: 7, login: "dan" } }, around);
      expect(around.lines.at(-1)).toBe("dan will be member 10 when this is ratified.");
    } finally {
      other.remove();
    }
  });

  test.each<[string, () => [string, object], RegExp]>([
    ["nothing to vote with", () => ["dan", {}], /needs something to vote with: give their public SSH key/],
    [
      "a name in capitals",
      () => ["Dan", { github: { id: 7, login: "d" } }],
      /Dan is not a name of small letters, digits and -/,
    ],
    ["a name that is taken", () => ["bob", { github: { id: 7, login: "d" } }], /this name is already that of bob/],
    [
      "a key that is somebody's",
      () => ["dan", { sshKey: [keyFile("bob")] }],
      /this SSH key is already that of (alice|bob)/,
    ],
    [
      "a private key",
      () => ["dan", { sshKey: [keyFile("bob").replace(".pub", "")] }],
      /is a private key, which stays where it is: give .*id_ed25519\.pub/,
    ],
    ["a file that is not there", () => ["dan", { sshKey: ["nowhere.pub"] }], /there is no file .*nowhere\.pub/],
    [
      "a file of two keys",
      () => {
        const path = join(community.folder, "two.pub");
        writeFileSync(path, `${community.keys.alice.publicKey}\n${community.keys.bob.publicKey}\n`);
        return ["dan", { sshKey: [path] }];
      },
      /holds 2 lines: give a file with one public key/,
    ],
    [
      "what is no key",
      () => {
        const path = join(community.folder, "none.pub");
        writeFileSync(path, "ssh-dss AAAAB3NzaC1kc3M=\n");
        return ["dan", { sshKey: [path] }];
      },
      /none\.pub is of type ssh-dss, which is not taken/,
    ],
    [
      "a number that is taken",
      () => ["dan", { github: { id: 7, login: "d" }, number: 2 }],
      /this number is already that of bob/,
    ],
  ])("with %s is refused", async (_, ask, reason) => {
    const [name, more] = ask();
    const before = community.refs("refs/");
    await expect(inviting(name, more)).rejects.toThrow(reason);
    expect(community.refs("refs/")).toEqual(before);
  });
});

describe("a new key", () => {
  test("takes the place of the one that signs the proposal, and nothing else changes", async () => {
    const { text, diff } = await rotating({ new: keyFile("mallory") }, "bob");
    expect(text).toMatch(/^Proposal [0-9a-f]{8}: Replace a key of bob\n/);
    expect(text).toContain("Until this is ratified your old key is the one that counts");
    const changed = diff()
      .split("\n")
      .filter((line) => /^[-+](?![-+])/.test(line));
    expect(changed).toEqual([
      `-      - ${community.keys.bob.publicKey} bob@laptop`,
      `+      - ${community.keys.mallory.publicKey} mallory@laptop`,
    ]);
  });

  test.each<[string, Name, () => string, RegExp]>([
    [
      "of somebody who is no member",
      "mallory",
      () => keyFile("mallory").replace(".pub", "2.pub"),
      /no member in members\.yaml has this key/,
    ],
    ["that is the old one", "alice", () => keyFile("alice"), /the new key is the one that you sign with/],
    ["that is somebody else's", "alice", () => keyFile("bob"), /this SSH key is already that of (alice|bob)/],
  ])("%s is refused", async (_, name, file, reason) => {
    const path = file();
    if (path.endsWith("2.pub")) {
      writeFileSync(
        path,
        `ssh-ed25519 ${Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"), Buffer.alloc(32, 7)]).toString("base64")}\n`,
      );
    }
    await expect(rotating({ new: path }, name)).rejects.toThrow(reason);
  });
});
