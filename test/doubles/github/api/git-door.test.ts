import { describe, expect, test } from "vitest";
import { Workshop } from "../../../github-contract/workshop.ts";
import type { GitHubDouble } from "../double.ts";
import { installationToken, start } from "../github.fixture.ts";
import type { Permissions } from "../state/apps.ts";

const workshops: Workshop[] = [];

function workshop(double: GitHubDouble, token: string, url = double.cloneUrl): Workshop {
  const made = new Workshop({ url, token });
  workshops.push(made);
  return made;
}

const tokenOf = (double: GitHubDouble, login: string, permissions: Permissions): string =>
  double.admin.createToken(login, { permissions }).text;

describe("git over HTTP", () => {
  test("an App pushes as its bot, and fetches what others pushed", async () => {
    const { double } = await start({ visibility: "private" });
    const git = workshop(double, await installationToken(double));
    const head = await git.headOf("main");
    expect(head).toBe(double.head());
    const next = await git.commit(head, { "log.json": "{}\n" }, "Write the log");
    await git.push([`${next}:refs/commonhold/log`, `${next}:refs/heads/reverts/1`]);
    expect(double.repository.refs.get("refs/commonhold/log")).toBe(next);
    expect(double.repository.activity.at(-1)).toMatchObject({
      ref: "refs/heads/reverts/1",
      actor: { login: "commonhold[bot]" },
      type: "branch_creation",
    });
    git.close();
  });

  test("a push to a fork moves the head of the pull request in the base repository", async () => {
    const { double } = await start();
    double.admin.addUser("dora");
    const { number } = await double
      .as("dora")
      .propose("From afar", { "a.txt": "1\n" }, { fork: true, branch: "topic" });
    const permissions = { contents: "write" } as const;
    const token = double.admin.createToken("dora", { permissions, repositories: ["dora/policy"] }).text;
    const git = workshop(double, token, double.cloneUrl.replace("community", "dora"));
    const next = await git.commit(await git.headOf("topic"), { "a.txt": "2\n" }, "Think again");
    await git.push([`${next}:refs/heads/topic`]);
    expect(double.repository.refs.get(`refs/pull/${number}/head`)).toBe(next);
    const base = workshop(double, token);
    expect((await base.remoteRefs("refs/pull/*")).get(`refs/pull/${number}/head`)).toBe(next);
    git.close();
    base.close();
  });

  test("the old name of a repository leads to it", async () => {
    const { double } = await start();
    const old = double.cloneUrl;
    double.admin.renameRepository("rules");
    const git = workshop(double, tokenOf(double, "alice", { contents: "read" }), old);
    expect(await git.headOf("main")).toBe(double.head());
    git.close();
  });

  const refusals: Record<string, { token: (double: GitHubDouble) => Promise<string> | string; words: string }> = {
    "a token without write on contents does not push": {
      token: (double) => tokenOf(double, "alice", { contents: "read" }),
      words: "403",
    },
    "a token with permissions that its owner lacks does not push": {
      token: (double) => tokenOf(double, "carol", { contents: "write" }),
      words: "403",
    },
    "a token that nobody gave out does not push": { token: () => "ghs_made_up", words: "could not read Username" },
    "an installation that lost the permission does not push": {
      token: async (double) => {
        const token = await installationToken(double);
        double.admin.setPermissions({ contents: "read" });
        return token;
      },
      words: "403",
    },
  };
  test.each(Object.entries(refusals))("%s", async (_, { token, words }) => {
    const { double } = await start();
    const before = double.head() ?? "";
    const git = workshop(double, await token(double));
    const reader = workshop(double, tokenOf(double, "alice", { contents: "read" }));
    const next = await git.commit(await reader.headOf("main"), {}, "Nothing").catch(() => before);
    await expect(git.push([`${next}:refs/heads/other`])).rejects.toThrow(words);
    expect(double.head("other")).toBeUndefined();
    git.close();
    reader.close();
  });

  test("a token in another scheme than Basic is not looked at", async () => {
    const { double } = await start({ visibility: "private" });
    const url = `${double.cloneUrl}/info/refs?service=git-upload-pack`;
    const token = await installationToken(double);
    const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
    const status = async (authorization: string): Promise<number> =>
      (await fetch(url, { headers: { authorization } })).status;
    expect([await status(`Bearer ${token}`), await status(`Basic ${basic}`)]).toEqual([401, 200]);
  });
});
