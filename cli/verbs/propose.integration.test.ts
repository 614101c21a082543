import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseOpening } from "../../governance/forges/git/opening.ts";
import { Community, flags, modelText } from "../policy/community.fixture.ts";
import { propose } from "./propose.ts";

let community: Community;
beforeAll(() => {
  community = new Community();
});
afterAll(() => community.remove());

type Prepare = (clone: string) => void;
const wish = { ...flags, message: "A change" };

async function proposed(prepare: Prepare, more: object = {}, name: "alice" | "mallory" = "alice") {
  const clone = community.clone(name);
  prepare(clone);
  const status = (): string => community.git(clone, "status", "--porcelain", "--branch");
  const [before, refs] = [status(), community.git(clone, "show-ref")];
  const around = community.around(name, clone);
  await propose({ ...wish, ...more }, around);
  expect(status()).toBe(before);
  expect(community.git(clone, "show-ref")).toBe(refs);
  const id = /git:[0-9a-f]{40}\/([0-9a-f]{40})/.exec(around.lines.join("\n"))!;
  const opening = community.git(community.url, "cat-file", "tag", id[1]!);
  const said = parseOpening(opening.split("\n\n")[1]!.split("\n")[0]!);
  return { around, said, branch: `refs/heads/proposals/${id[1]!.slice(0, 12)}`, text: around.lines.join("\n") };
}

function filesOf(revision: string): string[] {
  return community.git(community.url, "ls-tree", "-r", "--name-only", revision).split("\n");
}

describe("what is proposed", () => {
  test("is all files of the clone as they are, new and deleted ones too, and none that is ignored", async () => {
    const { said, branch, text } = await proposed((clone) => {
      community.write(clone, ".gitignore", "*.local\n");
      community.write(clone, "notes.local", "mine");
      community.write(clone, "models/second.yaml", modelText("second"));
      rmSync(join(clone, "models/smollm2.yaml"));
    });
    expect(filesOf(branch)).toEqual([".gitignore", "constitution.yaml", "members.yaml", "models/second.yaml"]);
    expect(said).toMatchObject({ title: "A change", emergency: false, head: community.ref(branch) });
    expect(said!.base).toBe(community.ref("refs/heads/main"));
    expect(text).toMatch(/- models\/smollm2\.yaml\n/);
    expect(text).toMatch(/class policy · 1 yes, 0 no, 0 abstain of 3 · quorum 1 of 2/);
    expect(text).toMatch(/Members vote with: commonhold vote [0-9a-f]{8} yes\|no\|abstain/);
  });

  test("is the current branch where nothing is uncommitted, with a signed commit on top", async () => {
    let last = "";
    const { said, branch } = await proposed(
      (clone) => {
        community.git(clone, "switch", "--quiet", "-c", "work");
        community.write(clone, "models/smollm2.yaml", modelText("smollm2", 2));
        last = community.commit(clone, "Two replicas\n\nbecause");
      },
      { message: undefined, description: "Why:\n- load" },
    );
    expect(said).toMatchObject({ title: "Two replicas", description: "Why:\n- load" });
    expect(community.git(community.url, "rev-parse", `${branch}^`)).toBe(last);
    expect(community.git(community.url, "cat-file", "commit", branch)).toContain("BEGIN SSH SIGNATURE");
  });

  test("is the very commit that its proposer signed with git itself", async () => {
    let last = "";
    const { said } = await proposed((clone) => {
      community.write(clone, "models/smollm2.yaml", modelText("smollm2", 3));
      community.git(clone, "add", "--all");
      const key = join(community.home("alice"), ".ssh/id_ed25519");
      const signing = ["-c", "gpg.format=ssh", "-c", `user.signingkey=${key}`];
      community.git(clone, ...signing, "commit", "--quiet", "-S", "-m", "Signed");
      last = community.git(clone, "rev-parse", "HEAD");
    });
    expect(said!.head).toBe(last);
  });

  test("may come from somebody who is no member, and they are told", async () => {
    const change: Prepare = (clone) => community.write(clone, "models/b.yaml", modelText("b"));
    const { text } = await proposed(change, {}, "mallory");
    expect(text).toContain("0 yes, 0 no");
    expect(text).toContain("Your key belongs to no member: you have proposed it, and others decide.");
  });

  test("as an emergency is what two signers decide", async () => {
    const change: Prepare = (clone) => community.write(clone, "models/smollm2.yaml", modelText("smollm2", 0));
    await expect(proposed(change, { emergency: true })).rejects.toThrow(/no vote could pass it/);
  });
});

describe("is refused before anything is sent:", () => {
  const files: Record<string, [Prepare, RegExp]> = {
    "nothing changed": [() => {}, /nothing to propose: the files are the same as what is ratified/],
    "broken YAML, with its place": [
      (clone) => community.write(clone, "models/a.yaml", "kind: [\n"),
      /it cannot be applied:\n.*models\/a\.yaml:\d+:\d+/,
    ],
    "a field that does not exist": [
      (clone) => community.write(clone, "models/smollm2.yaml", modelText("smollm2").replace("replicas", "replicass")),
      /models\/smollm2\.yaml:\d+:\d+.*replicass/,
    ],
    "a secret": [
      (clone) => community.write(clone, "models/a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"),
      /models\/a\.yaml/,
    ],
    "a symbolic link": [(clone) => symlinkSync("/etc/passwd", join(clone, "models/link.yaml")), /models\/link\.yaml/],
    "the constitution among other files": [
      (clone) => {
        community.write(clone, "models/a.yaml", modelText("a"));
        writeFileSync(join(clone, "constitution.yaml"), "# more\n", { flag: "a" });
      },
      /no vote could pass it:\n/,
    ],
    "a merge that is not finished": [
      (clone) => {
        community.git(clone, "switch", "--quiet", "-c", "other");
        community.write(clone, "models/smollm2.yaml", modelText("smollm2", 5));
        community.commit(clone, "five");
        community.git(clone, "switch", "--quiet", "main");
        community.write(clone, "models/smollm2.yaml", modelText("smollm2", 6));
        community.commit(clone, "six");
        expect(() => community.git(clone, "merge", "other")).toThrow();
      },
      /a merge in .* is not finished: resolve its conflicts/,
    ],
    "a history that is none of this repository": [
      (clone) => {
        community.git(clone, "checkout", "--quiet", "--orphan", "new");
        community.write(clone, "models/a.yaml", modelText("a"));
        community.commit(clone, "from nothing");
      },
      /has no commit in common with/,
    ],
  };
  test.each(Object.entries(files))("%s", async (_, [prepare, reason]) => {
    const before = community.refs("refs/");
    await expect(proposed(prepare)).rejects.toThrow(reason);
    expect(community.refs("refs/")).toEqual(before);
  });

  const change: Prepare = (clone) => community.write(clone, "models/a.yaml", modelText("a"));
  test.each<[string, object, RegExp]>([
    ["uncommitted files without a title", { message: undefined }, /have no title: say what they are with -m/],
    ["a title of two lines", { message: "a\nb" }, /the title is one line of at most 200 visible characters/],
    ["a title that colours the terminal", { message: "\u001b[31m" }, /the title is one line/],
    ["a description that rings the bell", { description: "\u0007" }, /the title is one line .*, the description/],
    ["a branch that the remote has not", { branch: "policy" }, /has no branch policy/],
    ["a key that is not there", { key: "nowhere" }, /nowhere cannot be read: there is no such file/],
    ["a remote that is not there", { repository: "/nowhere/at/all" }, /git fetch|nowhere/],
  ])("%s", async (_, more, reason) => {
    await expect(proposed(change, more)).rejects.toThrow(reason);
  });

  test("a folder that is no clone", async () => {
    const around = community.around("alice", community.folder);
    await expect(propose(wish, around)).rejects.toThrow(
      /is in no clone of one: go into a clone, give --repository URL/,
    );
    await expect(propose({ ...wish, repository: community.url }, around)).rejects.toThrow(
      /is in no clone of the policy repository: git clone/,
    );
  });

  test("a clone without a remote", async () => {
    const clone = community.clone("alice");
    community.git(clone, "remote", "remove", "origin");
    await expect(propose(wish, community.around("alice", clone))).rejects.toThrow(/has no remote to take the policy/);
  });

  test("somebody without a key", async () => {
    const around = community.around("alice", community.clone("alice"));
    const env = { ...around.env, HOME: community.folder };
    await expect(propose(wish, { ...around, env })).rejects.toThrow(
      /no key to sign with: there is no .*id_ed25519, and git has no SSH key in user.signingkey/,
    );
  });
});

test("a remote that does not take it says so, and nothing of it is there", async () => {
  const strict = new Community();
  try {
    const hook = '#!/bin/sh\ncase "$1" in refs/commonhold/*) exit 1;; esac\n';
    writeFileSync(join(strict.url, "hooks/update"), hook, { mode: 0o755 });
    const clone = strict.clone("alice");
    strict.write(clone, "models/a.yaml", modelText("a"));
    await expect(propose(wish, strict.around("alice", clone))).rejects.toThrow(
      /does not take refs\/commonhold\/openings\/.*: ask for the right to push there/,
    );
    expect(strict.refs("refs/")).toEqual(["refs/heads/main"]);
  } finally {
    strict.remove();
  }
});
