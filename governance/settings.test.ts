/** Settings of the governance service: refusals name the variable and what to write. */
import { describe, expect, test } from "vitest";
import { readSettings } from "./settings.ts";

const good = { COMMONHOLD_POLICY: "/srv/policy.git", COMMONHOLD_POLICY_GENESIS: "a".repeat(40) };
const github = {
  COMMONHOLD_FORGE: "github",
  COMMONHOLD_POLICY_GENESIS: "a".repeat(40),
  COMMONHOLD_GITHUB_REPOSITORY: "friends/policy",
  COMMONHOLD_POLICY_REPOSITORY: "github:42",
};

describe("settings", () => {
  test("plain git needs the repository and its genesis, and nothing else", () => {
    expect(readSettings(good)).toMatchObject({ forge: "git", policyBranch: "main", governedNamespaces: ["community"] });
  });

  test("GitHub takes a token, or an App", () => {
    expect(readSettings({ ...github, COMMONHOLD_GITHUB_TOKEN_FILE: "/t" }).forge).toBe("github");
    const app = { COMMONHOLD_GITHUB_APP_ID: "7", COMMONHOLD_GITHUB_APP_KEY_FILE: "/k" };
    expect(readSettings({ ...github, ...app }).githubAppId).toBe("7");
  });

  test.each<[string, Record<string, string>, string]>([
    ["without a genesis", { COMMONHOLD_POLICY: "/srv" }, 'COMMONHOLD_POLICY_GENESIS="": is no commit'],
    ["with a short genesis", { ...good, COMMONHOLD_POLICY_GENESIS: "abc1234" }, "write all 40 (or 64) hex digits"],
    ["without a repository", { COMMONHOLD_POLICY_GENESIS: "a".repeat(40) }, "COMMONHOLD_POLICY: name the git URL"],
    ["of an unknown forge", { ...good, COMMONHOLD_FORGE: "gitea" }, "is no forge: write git or github"],
    ["of GitHub without the pinned id", { ...github, COMMONHOLD_POLICY_REPOSITORY: "" }, "the pinned numeric id"],
    [
      "of GitHub with an id that is a name",
      { ...github, COMMONHOLD_POLICY_REPOSITORY: "github:friends" },
      "github:<numeric id>",
    ],
    ["of GitHub with neither token nor App", github, "give either a token, or the id and key of an App"],
    [
      "of GitHub with both",
      {
        ...github,
        COMMONHOLD_GITHUB_TOKEN_FILE: "/t",
        COMMONHOLD_GITHUB_APP_ID: "7",
        COMMONHOLD_GITHUB_APP_KEY_FILE: "/k",
      },
      "give either a token",
    ],
    ["with more witnesses asked for than there are", { ...good, COMMONHOLD_WITNESS_QUORUM: "1" }, "1 of 0 witnesses"],
    ["with a witness without a key", { ...good, COMMONHOLD_WITNESSES: "https://w.example" }, "is no witness"],
    ["with a namespace that is none", { ...good, COMMONHOLD_GOVERNED_NAMESPACES: "a,B" }, "is no name of a namespace"],
  ])("are refused %s", (_, environment, says) => {
    expect(() => readSettings(environment)).toThrow(says);
  });
});
