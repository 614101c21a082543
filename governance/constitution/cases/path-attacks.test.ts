/** Attacks by names of files, and by words that a terminal or a reader would obey. */
import { describe, expect, test } from "vitest";

import type { Account } from "../snapshot.ts";
import { ballot, change, day, hour, judge, opened, person, sentencesOf, yes } from "./world.fixture.ts";

const account = (id: number, login: string, isBot = false): Account => ({ kind: "github", id, login, isBot });
const bob = person(2);

describe("with paths", () => {
  test.each<[string, Parameters<typeof change>, string]>([
    [
      "leave a protected path by a rename",
      ["models/a.yaml", { kind: "renamed", from: "routes/a.yaml" }],
      "Decided as policy",
    ],
    [
      "look like the constitution",
      ["Constitution.yaml"],
      "Constitution.yaml looks like constitution.yaml but is another file",
    ],
    ["look like the members in full width", ["ｍembers.yaml"], "looks like members.yaml but is another file"],
    ["go up", ["models/../constitution.yaml"], "leaves its folder with . or .."],
    ["go up by a backslash", ["models\\..\\constitution.yaml"], "holds a backslash"],
    ["end with a space", ["constitution.yaml "], "begins or ends with a space or dot"],
    ["hide a character", ["models/a\u200d.yaml"], "holds characters that cannot be seen"],
    ["write letters in two parts", ["models/e\u0301.yaml"], "split-up letters"],
    ["reach into .git", [".git/hooks/post-merge"], "lies in .git"],
    [
      "bring a symbolic link",
      ["models/a.yaml", { mode: "120000" }],
      "Only plain files (mode 100644) are taken; not so models/a.yaml (120000).",
    ],
    ["bring a submodule", ["models", { mode: "160000" }], "models (160000)"],
    ["bring an executable", ["models/a.yaml", { mode: "100755" }], "models/a.yaml (100755)"],
    ["bring something without a mode", ["models/a.yaml", { mode: undefined as never }], "models/a.yaml (no mode)"],
  ])("%s", (_, arguments_, words) => {
    const verdict = judge({ changes: [change(...arguments_)], ballots: [yes(2)] }, opened + 2 * day);
    expect(["rejected", "open"]).toContain(verdict.state);
    expect(sentencesOf(verdict)).toContain(words);
  });

  test("bring two names that some systems take for one", () => {
    const verdict = judge(
      { changes: [change("models/chat.yaml"), change("models/Chat.yaml")], ballots: [yes(2)] },
      opened + 2 * day,
    );
    expect([verdict.state, sentencesOf(verdict)]).toEqual([
      "rejected",
      expect.stringContaining("cannot tell these names apart: models/chat.yaml and models/Chat.yaml"),
    ]);
  });

  test("change only the case of a name, which is no trick", () => {
    const changes = [change("models/Chat.yaml", { kind: "removed" }), change("models/chat.yaml", { kind: "added" })];
    expect(judge({ changes, ballots: [yes(2)] }, opened + 2 * day).state).toBe("passed");
  });

  test("change nothing, or ten thousand files and one", () => {
    expect(sentencesOf(judge({ changes: [] }, opened))).toContain("It changes nothing.");
    const changes = Array.from({ length: 10_001 }, (_, index) => change(`models/m${index}.yaml`));
    const verdict = judge({ changes, ballots: [yes(2)] }, opened + 2 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([
      "rejected",
      expect.stringContaining("It changes 10001 files, 10000 are the most"),
    ]);
  });
});

describe("with words", () => {
  test("escape sequences in logins, paths and ids are shown, not obeyed", () => {
    const eve = account(555, "eve\u001b[2J\u202e");
    const verdict = judge(
      {
        proposer: eve,
        changes: [change("models/\u001b[31m.yaml")],
        ballots: [ballot(bob, "yes", { by: eve }), ballot(bob, "yes", { head: "\u001b[0m" })],
      },
      opened + hour,
    );
    expect(sentencesOf(verdict).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(sentencesOf(verdict)).toContain("@eve\\x1b[2J\\u{202e} (GitHub account 555) is no member.");
  });
});
