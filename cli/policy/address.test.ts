import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GitError, type Remote } from "../../governance/git/repository.ts";
import { ManualClock } from "../../operator/clock/manual.ts";
import { policyAddress } from "./address.ts";
import { personSigner } from "./key.ts";
import { withAccess } from "./remote-access.ts";
import type { Surroundings } from "./surroundings.ts";

let folder = "";
const path = process.env["PATH"] ?? "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "commonhold-address-"));
  for (const name of ["clone/deep", "none", "home/.ssh", "clone/here:there"]) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  git("init", "--quiet");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "me", "-f", join(folder, "home/.ssh/id_ed25519")]);
  execFileSync("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-C", "me", "-f", join(folder, "home/other")]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: string[]): void {
  execFileSync("git", ["-C", join(folder, "clone"), ...args], { env: { PATH: path, GIT_CONFIG_GLOBAL: "/dev/null" } });
}

function around(cwd: string, env: Record<string, string> = {}): Surroundings {
  const base = { PATH: path, HOME: join(folder, "home"), GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const { signal } = new AbortController();
  return { env: { ...base, ...env }, cwd: join(folder, cwd), clock: new ManualClock(), signal, say: () => {} };
}

describe("the policy repository that is meant", () => {
  test.each<[string, string, string | undefined, Record<string, string>, string]>([
    [
      "the one that is named",
      "none",
      "https://a.example/p.git",
      { COMMONHOLD_POLICY: "/x" },
      "https://a.example/p.git",
    ],
    [
      "else the one of the environment",
      "none",
      undefined,
      { COMMONHOLD_POLICY: "git@a.example:p.git" },
      "git@a.example:p.git",
    ],
    ["a path is as one writes it", "none", "../policy.git", {}, "{}/policy.git"],
    ["a folder with a colon is a folder where there is one", "clone", "here:there", {}, "{}/clone/here:there"],
    ["a host with a path is ssh where there is none", "none", "here:there", {}, "here:there"],
  ])("is %s", async (_, cwd, named, env, url) => {
    expect((await policyAddress(named, around(cwd, env))).url).toBe(url.replace("{}", folder));
  });

  test("is the remote that the branch follows, else origin, seen from the top of the clone", async () => {
    git("remote", "add", "origin", "../first.git");
    expect(await policyAddress(undefined, around("clone/deep"))).toEqual({
      url: join(folder, "first.git"),
      clone: join(folder, "clone"),
    });
    git("remote", "add", "other", "ssh://git@b.example/p.git");
    git("symbolic-ref", "HEAD", "refs/heads/work");
    git("config", "branch.work.remote", "other");
    expect((await policyAddress(undefined, around("clone"))).url).toBe("ssh://git@b.example/p.git");
  });

  test("is asked for where nothing says it", async () => {
    await expect(policyAddress(undefined, around("none"))).rejects.toThrow(
      /no policy repository is named, and .*none is in no clone of one: go into a clone, give --repository URL, or set COMMONHOLD_POLICY/,
    );
  });
});

describe("a person's key", () => {
  test("is the usual one, unless git signs with another or one is named", async () => {
    expect((await personSigner(undefined, around("clone"))).publicKey).toMatch(/^ssh-ed25519 /);
    git("config", "gpg.format", "ssh");
    git("config", "user.signingkey", "~/other");
    expect((await personSigner(undefined, around("clone"))).publicKey).toMatch(/^ecdsa-sha2-nistp256 /);
    expect((await personSigner("../home/.ssh/id_ed25519", around("none"))).publicKey).toMatch(/^ssh-ed25519 /);
    git("config", "gpg.format", "openpgp");
    expect((await personSigner(undefined, around("clone"))).publicKey).toMatch(/^ssh-ed25519 /);
  });

  test("that stands in git's settings itself has to be given as a file", async () => {
    git("config", "gpg.format", "ssh");
    git("config", "user.signingkey", "key::ssh-ed25519 AAAA");
    await expect(personSigner(undefined, around("clone"))).rejects.toThrow(/give the file of that key with --key FILE/);
  });
});

describe("access over https", () => {
  const refused = new GitError("unreachable", "no");
  const remote = { url: "https://policy.example/p.git" };

  /** A remote that wants a credential. */
  const tried = (wanted: string | undefined) => {
    const seen: (string | undefined)[] = [];
    const work = async ({ authorization }: Remote): Promise<void> => {
      seen.push(authorization);
      if (authorization !== wanted) throw refused;
    };
    return { seen, work };
  };
  const helper = (answer: string): Record<string, string> => {
    const script = join(folder, "helper.sh");
    writeFileSync(script, `#!/bin/sh\ntest "$1" = get && printf '${answer}'\n`, { mode: 0o755 });
    return { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "credential.helper", GIT_CONFIG_VALUE_0: script };
  };

  test("asks the person's helpers only where it does not go without", async () => {
    const open = tried(undefined);
    await withAccess(remote, around("none", helper("username=a\\npassword=b\\n")), open.work);
    expect(open.seen).toEqual([undefined]);
    const basic = `Basic ${Buffer.from("a:b").toString("base64")}`;
    const kept = tried(basic);
    const letIn = await withAccess(remote, around("none", helper("username=a\\npassword=b\\n")), kept.work);
    expect(kept.seen).toEqual([undefined, basic]);
    expect(letIn).toEqual({ ...remote, authorization: basic });
  });

  test.each<[string, Remote, Record<string, string>]>([
    ["where no helper knows anything", remote, { GIT_TERMINAL_PROMPT: "0" }],
    ["over ssh, which has keys of its own", { url: "git@policy.example:p.git" }, {}],
    ["with a credential that was given and is not taken", { ...remote, authorization: "Bearer x" }, {}],
  ])("%s fails as it would without them", async (_, to, env) => {
    const { work } = tried("Basic other");
    await expect(withAccess(to, around("none", env), work)).rejects.toBe(refused);
  });
});
