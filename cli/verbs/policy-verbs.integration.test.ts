/** The verbs as people call them: processes, with keys that ssh-keygen made, over a repository in a folder. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const program = join(root, "dist/cli/main.js");
const template = `apiVersion: commonhold.dev/v1alpha1
kind: ModelDeployment
metadata: {name: second, namespace: community}
spec:
  model: {ollama: "smollm2:135m"}
  replicas: 1
`;

let folder = "";
const home = (name: string): string => join(folder, name);
const env = (name: string): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home(name),
  USER: name,
  GIT_CONFIG_NOSYSTEM: "1",
});

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "commonhold-verbs-"));
  for (const [name, type] of [
    ["alice", "ed25519"],
    ["bob", "ecdsa"],
    ["carol", "ed25519"],
  ] as const) {
    mkdirSync(join(home(name), ".ssh"), { recursive: true });
    const key = join(home(name), ".ssh", type === "ed25519" ? "id_ed25519" : "id_ecdsa");
    execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", `${name}@laptop`, "-f", key]);
  }
  // As people have it who sign with another key than the usual one.
  writeFileSync(join(home("bob"), ".gitconfig"), "[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = ~/.ssh/id_ecdsa.pub\n");
  git("alice", "init", "--quiet", "--bare", "--initial-branch=main", join(folder, "policy.git"));
  // Compiles what was edited since.
  execFileSync(process.execPath, [join(root, "cli/commonhold.mjs"), "--version"], { stdio: "ignore" });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function git(name: string, ...args: string[]): string {
  return execFileSync("git", args, {
    cwd: folder,
    env: env(name),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function run(name: string, cwd: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { cwd, env: env(name) }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin?.end();
  });
}

describe("a community over a folder", () => {
  test("begins, proposes, votes, and shows what there is, each by one command", async () => {
    const members = `bob=${home("bob")}/.ssh/id_ecdsa.pub,carol=${home("carol")}/.ssh/id_ed25519.pub`;
    const begun = await run("alice", folder, "init", "lab", "--members", members, "--remote", "policy.git");
    expect(begun).toMatchObject({ code: 0, stderr: "" });
    expect(begun.stdout).toContain("members: alice, bob, carol");

    git("alice", "clone", "--quiet", join(folder, "policy.git"), join(home("alice"), "clone"));
    writeFileSync(join(home("alice"), "clone/models/second.yaml"), template);
    const proposed = await run("alice", join(home("alice"), "clone"), "propose", "-m", "A second model");
    expect(proposed).toMatchObject({ code: 0, stderr: "" });
    const label = /commonhold vote ([0-9a-f]{8})/.exec(proposed.stdout)![1]!;

    const voted = await run("bob", home("bob"), "vote", label, "yes", "--repository", join(folder, "policy.git"));
    expect(voted).toMatchObject({ code: 0, stderr: "" });
    expect(voted.stdout).toContain("Your yes is cast");

    const shown = await run("carol", home("carol"), "status", "--json", "--repository", join(folder, "policy.git"));
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(shown.stdout)).toMatchObject({
      community: "lab",
      members: 3,
      proposals: [{ label, proposer: "alice", own: { decidedBy: "routine", tally: { yes: 2, electors: 3 } } }],
    });

    // git itself knows whose tag the ballot is.
    const allowed = join(folder, "allowed");
    writeFileSync(
      allowed,
      `bob ${execFileSync("cut", ["-d ", "-f1-2", `${home("bob")}/.ssh/id_ecdsa.pub`], { encoding: "utf8" })}`,
    );
    const ballot = git(
      "alice",
      "-C",
      "policy.git",
      "for-each-ref",
      "--format=%(objectname)",
      "refs/commonhold/ballots",
    );
    const check = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${allowed}`, "verify-tag", ballot];
    expect(() => git("alice", "-C", "policy.git", ...check)).not.toThrow();
  });

  test.each<[string, string[], RegExp]>([
    ["no repository", ["status"], /no policy repository is named, and .* is in no clone of one/],
    ["a proposal that there is not", ["vote", "ffffffff", "yes", "--repository", "../policy.git"], /names no proposal/],
    [
      "a choice that is none",
      ["vote", "ffffffff", "maybe", "--repository", "../policy.git"],
      /"maybe" is no vote: say yes, no or abstain/,
    ],
    [
      "a key that is not there",
      ["propose", "--key", "nowhere", "--repository", "../policy.git"],
      /nowhere cannot be read: there is no such file/,
    ],
  ])("%s ends with 1 and one reason, and no stack", async (_, args, reason) => {
    const { code, stdout, stderr } = await run("alice", home("alice"), ...args);
    expect(code).toBe(1);
    expect(stdout).toMatch(reason);
    expect(stdout + stderr).not.toMatch(/\n\s+at /);
  });

  test("an option that is none is answered by the command line itself", async () => {
    const { code, stderr } = await run("alice", folder, "invite", "dan", "--github", "octocat");
    expect(code).toBe(1);
    expect(stderr).toContain("Give the number and the login, for example 583231:octocat");
  });
});
