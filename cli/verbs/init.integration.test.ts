import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Community, flags } from "../policy/community.fixture.ts";
import { readMembers } from "../policy/members-edit.ts";
import { type InitFlags, init } from "./init.ts";
import { status } from "./status.ts";

const template = join(import.meta.dirname, "../../manifests/policy-template");
let world: Community;
beforeAll(() => {
  world = new Community();
});
afterAll(() => world.remove());

const pub = (name: "bob" | "carol"): string => join(world.home(name), ".ssh/id_ed25519.pub");
const all = (): InitFlags => ({
  name: "alice",
  community: "Our Lab",
  members: [`bob=${pub("bob")}`, `carol=${pub("carol")}`],
});

let count = 0;
const fresh = (): string => join(world.folder, `policy-${count++}`);

async function begin(folder: string, more: InitFlags): Promise<string> {
  const around = world.around("alice", world.folder);
  await init(folder, more, around, template);
  return around.lines.join("\n");
}

describe("a policy repository", () => {
  test("begins with one signed commit of the template, filled in", async () => {
    const folder = fresh();
    const text = await begin(folder, { ...all(), github: { id: 7, login: "alice-a" } });
    expect(world.git(folder, "rev-list", "--count", "HEAD")).toBe("1");
    expect(world.git(folder, "status", "--porcelain", "--branch")).toBe("## main");
    const genesis = world.git(folder, "rev-parse", "HEAD");
    expect(world.git(folder, "cat-file", "commit", "HEAD")).toContain("BEGIN SSH SIGNATURE");
    const members = readMembers(readFileSync(join(folder, "members.yaml"), "utf8"));
    expect(members).toMatchObject([
      {
        number: 1,
        name: "alice",
        github: { id: 7 },
        sshKeys: [world.keys.alice.publicKey],
        roles: ["member", "maintainer"],
        joined: "2026-02-01",
        machines: [],
      },
      { number: 2, name: "bob", sshKeys: [world.keys.bob.publicKey] },
      { number: 3, name: "carol", sshKeys: [world.keys.carol.publicKey] },
    ]);
    expect(readFileSync(join(folder, "constitution.yaml"), "utf8")).toContain("\ncommunity: Our Lab\n");
    expect(existsSync(join(folder, "hosts"))).toBe(false);
    expect(text).toMatch(
      /^The community begins with commit [0-9a-f]{12}, signed by you\.\n {2}members: alice, bob, carol\nNext:\n/,
    );
    expect(text).toContain(`pinned for ever: ${genesis}`);
  });

  test("is pushed where all can have it, and the other verbs work there at once", async () => {
    const url = join(world.folder, "empty.git");
    world.git(world.folder, "init", "--quiet", "--bare", url);
    const folder = fresh();
    await begin(folder, { ...all(), remote: "empty.git" });
    expect(world.git(url, "rev-parse", "main")).toBe(world.git(folder, "rev-parse", "HEAD"));
    const around = world.around("bob", folder);
    await status(undefined, flags, around);
    expect(around.lines[0]).toMatch(/^Our Lab: 3 members/);
  });

  test("is left to be filled in where the others are not named, and begins when it is filled in", async () => {
    const folder = fresh();
    const text = await begin(folder, { name: "alice" });
    expect(text).toMatch(/The files are there\. .* cannot begin a community yet:\n {2}members\.yaml:\d+:\d+: .*BOB_/);
    expect(text).toContain("run commonhold init");
    expect(() => world.git(folder, "rev-parse", "--verify", "--quiet", "HEAD")).toThrow();
    const path = join(folder, "members.yaml");
    let filled = readFileSync(path, "utf8")
      .replace(/^.*_GITHUB_ID.*\n/gm, "")
      .replaceAll(/\w+_JOINED/g, "2026-01-01");
    await expect(begin(folder, {})).rejects.toThrow(/cannot begin a community yet/);
    for (const name of ["bob", "carol"] as const) {
      filled = filled.replace(`${name.toUpperCase()}_SSH_PUBLIC_KEY`, world.keys[name].publicKey);
    }
    writeFileSync(path, filled);
    expect(await begin(folder, {})).toContain("members: alice, bob, carol");
  });
});

describe("is refused:", () => {
  test.each<[string, (folder: string) => InitFlags, RegExp]>([
    [
      "a member without a key",
      () => ({ ...all(), members: ["bob"] }),
      /"bob" names no member: write name=FILE\.pub or name=github:ID:LOGIN/,
    ],
    ["an account without a number", () => ({ ...all(), members: ["bob=github:bob"] }), /"github:bob" is no account/],
    [
      "a member with another's key",
      () => ({ ...all(), members: [`bob=${pub("bob")}`, `carol=${pub("bob")}`] }),
      /already that of bob/,
    ],
    ["a name that is none", () => ({ ...all(), name: "Alice A." }), /Alice A\. is not a name/],
    [
      "a folder with something else in it",
      (folder) => {
        mkdirSync(folder);
        writeFileSync(join(folder, "thesis.tex"), "");
        return all();
      },
      /is not empty: give an empty folder/,
    ],
  ])("%s", async (_, prepare, reason) => {
    const folder = fresh();
    const more = prepare(folder);
    await expect(begin(folder, more)).rejects.toThrow(reason);
    expect(existsSync(join(folder, "members.yaml"))).toBe(false);
  });

  test("rules that these members could never satisfy, before anything is signed", async () => {
    const folder = fresh();
    const text = await begin(folder, { ...all(), members: [`bob=${pub("bob")}`] });
    expect(text).toContain("The community begins");
    const alone = fresh();
    await begin(alone, { name: "alice" });
    const path = join(alone, "members.yaml");
    const [head = ""] = readFileSync(path, "utf8").split("\n  - number: 2");
    writeFileSync(path, `${head}\n`);
    await expect(begin(alone, {})).rejects.toThrow(
      /constitution\.yaml:1:1: no vote could satisfy it with today's members: routine asks for a quorum of 2/,
    );
  });

  test("a folder of a repository, its own or another", async () => {
    const clone = world.clone("alice");
    await expect(begin(clone, all())).rejects.toThrow(
      /has commits already: change files there and run commonhold propose/,
    );
    await expect(begin(join(clone, "inner"), all())).rejects.toThrow(/is inside of the repository/);
  });

  test("a remote that a community has already", async () => {
    await expect(begin(fresh(), { ...all(), remote: world.url })).rejects.toThrow(
      /has a branch main already: give an empty repository, a community begins only once/,
    );
  });
});
