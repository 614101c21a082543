/** Attacks that this room decides, each named by what the attacker does. None of them passes, and each is told why. */
import { describe, expect, test } from "vitest";
import { parseConstitution } from "../documents/constitution.ts";
import { parseMembers } from "../documents/members.ts";
import type { Account } from "../snapshot.ts";
import {
  accountOf,
  ballot,
  change,
  constitution,
  day,
  exampleText,
  friends,
  hour,
  judge,
  newConstitution,
  newMembers,
  no,
  oneClass,
  opened,
  people,
  person,
  sentencesOf,
  type World,
  yes,
} from "./world.fixture.ts";

const account = (id: number, login: string, isBot = false): Account => ({ kind: "github", id, login, isBot });
const key = (name: string): Account => ({ kind: "key", key: `ssh-ed25519 KEY-OF-${name}` });
const bob = person(2);

/** What attackers do with ballots on a routine proposal of alice, which needs one more yes. */
const ballots: [string, World, string][] = [
  [
    "vote on an old head",
    { ballots: [ballot(bob, "yes", { head: "0ld" })] },
    "A ballot of bob is for 0ld; since then 111111111111 was pushed: look at it and vote again.",
  ],
  [
    "push after approval, the change being the same to the eye",
    { ballots: [ballot(bob, "yes", { plan: `sha256:${"b".repeat(64)}` })] },
    "A ballot of bob is for another effect (plan bbbbbbbbbbbb, now aaaaaaaaaaaa)",
  ],
  [
    "approve one's own proposal",
    { ballots: [yes(1)] },
    "alice proposed this and is counted as yes already; approving it too adds nothing.",
  ],
  [
    "approve it from a bot",
    { ballots: [ballot(bob, "yes", { by: account(102, "bob[bot]", true) })] },
    "bob is a bot: bots have no vote.",
  ],
  [
    "approve it from an account that is no member",
    { ballots: [ballot(bob, "yes", { by: account(555, "eve") })] },
    "@eve (GitHub account 555) is no member.",
  ],
  [
    "take the login that a renamed member left",
    { ballots: [ballot(bob, "yes", { by: account(555, "bob") })] },
    "@bob (GitHub account 555) is no member: the login is one that bob has in members.yaml, but the account is another.",
  ],
  [
    "take it in other letters",
    { ballots: [ballot(bob, "yes", { by: account(555, "BOB") })] },
    "the account is another",
  ],
  [
    "carry a ballot over from another proposal",
    { ballots: [ballot(bob, "yes", { proposal: "test:2" })] },
    "A ballot of bob is for another proposal, test:2.",
  ],
  [
    "deliver one ballot twice",
    {
      constitution: oneClass("period: {min: 1h, max: 7d}\nquorum: {atLeast: 3}\npass: {yesShareOfCast: 1/2}"),
      ballots: ["same", "same"].map((id) => ballot(bob, "yes", { id })),
    },
    "Ballot same of bob came twice and counts once.",
  ],
  [
    "edit a comment into a ballot",
    { ballots: [ballot(bob, "yes", { isEdited: true })] },
    "A ballot of bob was edited after it was written: write a new one.",
  ],
  [
    "forge a signature",
    { ballots: [ballot(bob, "yes", { signature: { key: bob.sshKeys[0]!, isValid: false } })] },
    "The signature on a ballot of bob is not valid for what the ballot says.",
  ],
  [
    "sign with one's own key for another's account",
    { ballots: [ballot(bob, "yes", { signature: { key: person(1).sshKeys[0]!, isValid: true } })] },
    "is signed with ssh-ed25519 …KEY-OF-alice, which is not a key of bob.",
  ],
  [
    "show a ballot under a key without its signature",
    { ballots: [ballot(bob, "yes", { by: key("bob"), signature: undefined as never })] },
    "A ballot of bob has no signature; routine counts signed ballots only.",
  ],
  [
    "show a ballot under a key with the signature of another",
    { ballots: [ballot(bob, "yes", { by: key("bob"), signature: { key: "ssh-ed25519 KEY-OF-eve", isValid: true } })] },
    "is not valid for what the ballot says",
  ],
  [
    "sign with a key that no member has",
    { ballots: [ballot(bob, "yes", { by: key("eve"), signature: { key: "ssh-ed25519 KEY-OF-eve", isValid: true } })] },
    "is no member.",
  ],
  [
    "use a stolen key after it was revoked",
    {
      members: [person(1), { ...bob, sshKeys: ["ssh-ed25519 NEW"] }, person(3)],
      opening: { members: { value: { members: people(3) }, digest: `sha256:${"2".repeat(64)}` } },
      ballots: [ballot(bob, "yes")],
    },
    "KEY-OF-bob, which was revoked: sign again with a current key.",
  ],
  [
    "use a stolen key in plain git after it was revoked",
    {
      members: [person(1), { ...bob, sshKeys: ["ssh-ed25519 NEW"] }, person(3)],
      opening: { members: { value: { members: people(3) }, digest: `sha256:${"2".repeat(64)}` } },
      ballots: [ballot(bob, "yes", { by: key("bob") })],
    },
    "KEY-OF-bob, which was revoked",
  ],
  [
    "push to the proposer's branch and take the proposer's yes for it",
    {
      proposal: {
        head: { sha: "1111111111111111111111111111111111111111", since: opened, pushedBy: account(102, "bob") },
      },
      proposer: accountOf(person(1)),
      ballots: [],
    },
    "The proposal itself is no yes of alice: what is there now was pushed by @bob (GitHub account 102).",
  ],
  [
    "push so that nobody knows who it was",
    { proposal: { head: { sha: "1111111111111111111111111111111111111111", since: opened } } },
    "it is not known who pushed what is there now",
  ],
  [
    "propose from a bot and count that",
    { proposer: account(101, "alice[bot]", true) },
    "The proposal itself is no yes of alice: it is a bot.",
  ],
  [
    "propose as an outsider and count that",
    { proposer: account(555, "eve"), ballots: [yes(2)] },
    "The proposal itself is no yes of @eve (GitHub account 555): they are no member.",
  ],
  [
    "propose in plain git under another's key",
    {
      proposer: key("alice"),
      proposal: { head: { sha: "1111111111111111111111111111111111111111", since: opened, pushedBy: key("alice") } },
      ballots: [],
    },
    "the last commit is not signed with a key of theirs",
  ],
];

describe("with ballots", () => {
  test.each(ballots)("%s", (_, world, words) => {
    const verdict = judge(world, opened + 3 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual(["open", expect.stringContaining(words)]);
  });

  test("an admin dismisses a no: it counts on, and the dismissal is told", () => {
    const dismissed = { ...no(3), dismissedBy: account(666, "admin") };
    const verdict = judge(
      { ballots: [yes(2), dismissed], changes: [change("routes/a.yaml")], members: people(3) },
      opened + 14 * day,
    );
    expect(verdict.tally).toMatchObject({ yes: 2, no: 1 });
    expect(sentencesOf(verdict)).toContain(
      "@admin (GitHub account 666) dismissed a ballot of carol. Nobody can take away another's vote: it counts on.",
    );
  });

  test("an admin dismisses a yes: it counts on; its author takes it back: it does not", () => {
    const second = yes(2);
    expect(judge({ ballots: [{ ...second, dismissedBy: account(666, "admin") }] }, opened + 2 * day).state).toBe(
      "passed",
    );
    const withdrawn = judge({ ballots: [{ ...second, dismissedBy: account(102, "bob") }] }, opened + 2 * day);
    expect([withdrawn.state, sentencesOf(withdrawn)]).toEqual([
      "open",
      expect.stringContaining("bob withdrew their ballot."),
    ]);
  });

  test("an admin edits a member's abstention: the ballot before it stands", () => {
    const world = { ballots: [no(2), { ...ballot(bob, "abstain"), isEdited: true }, yes(3)] };
    expect(judge(world, opened + 2 * day).tally).toMatchObject({ yes: 2, no: 1, abstain: 0 });
  });

  test("an old signed yes is delivered again after its author said no", () => {
    const old = yes(2);
    const replayed = { ...old, sequence: 100_000 };
    expect(judge({ ballots: [old, no(2), replayed] }, opened + 2 * day).tally).toMatchObject({ yes: 1, no: 1 });
  });

  test("a class with signed ballots counts neither reviews nor an unsigned proposal", () => {
    const unsigned = (number: number) => ({ ...ballot(person(number), "yes"), signature: undefined as never });
    const next = constitution(
      exampleText("three-friends").replace("version: 1", `version: 2\nprevious: ${friends().digest}`),
    );
    const head = { sha: "1111111111111111111111111111111111111111", since: opened, pushedBy: accountOf(person(1)) };
    const world = { ...newConstitution(next), ballots: [unsigned(2), unsigned(3)] };
    const verdict = judge({ ...world, proposal: { ...world.proposal, head } }, opened + 8 * day);
    expect(verdict.tally.cast).toBe(0);
    expect(sentencesOf(verdict)).toContain(
      "A ballot of bob has no signature; constitutional counts signed ballots only.",
    );
    expect(sentencesOf(verdict)).toContain(
      "The proposal itself is no yes of alice: the last commit is not signed with a key of theirs.",
    );
    const signed = judge(
      { ...world, ballots: [yes(1), yes(2)], proposal: { ...world.proposal, head } },
      opened + 8 * day,
    );
    expect(signed.state).toBe("passed");
  });
});

describe("with members", () => {
  const fake = person(4, { name: "sybil", github: { id: 104, login: "sybil" } });

  test("bring a voter with the same proposal", () => {
    const verdict = judge({ ...newMembers(...people(3), fake), ballots: [ballot(fake, "yes")] }, opened + 8 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([
      "open",
      expect.stringContaining(
        "@sybil (GitHub account 104) became a member after this was opened, or becomes one by it",
      ),
    ]);
  });

  test("join while the vote is on", () => {
    const world = {
      members: [...people(3), fake],
      opening: { members: { value: { members: people(3) }, digest: `sha256:${"3".repeat(64)}` as const } },
    };
    const verdict = judge({ ...world, ballots: [ballot(fake, "yes")] }, opened + 2 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([
      "open",
      expect.stringContaining("sybil became a member after this was opened"),
    ]);
  });

  test("give oneself more votes by more keys and accounts", () => {
    expect(
      judge({ ballots: [yes(1), ballot(person(1), "yes", { by: key("alice") })] }, opened + 2 * day).tally.yes,
    ).toBe(1);
  });
});

/** Versions of a constitution, each chained to the one before. */
function versionAfter(before: ReturnType<typeof friends>, text: string) {
  const { version } = before.value;
  return constitution(text.replace("version: 1", `version: ${version + 1}\nprevious: ${before.digest}`));
}

describe("with the constitution", () => {
  const v1 = friends();
  const weaker = exampleText("three-friends").replace("period: {min: 7d, max: 28d}", "period: {min: 4d, max: 28d}");
  const v2 = versionAfter(v1, weaker);
  const v3 = versionAfter(v2, weaker.replace("timelock: 72h", "timelock: 25h"));
  const all = [yes(2), yes(3)];

  test.each<[string, World, string]>([
    [
      "smuggle it among other files",
      { ...newConstitution(v2), changes: [change("constitution.yaml"), change("models/a.yaml")] },
      "A change of the constitution travels alone, but this also changes models/a.yaml",
    ],
    [
      "smuggle other files in by renaming",
      { ...newConstitution(v2), changes: [change("constitution.yaml", { kind: "renamed", from: "docs/next.yaml" })] },
      "also changes docs/next.yaml",
    ],
    [
      "rename it away",
      { changes: [change("docs/old.yaml", { kind: "renamed", from: "constitution.yaml" })] },
      "It takes constitution.yaml away",
    ],
    ["delete it", { changes: [change("constitution.yaml", { kind: "removed" })] }, "It takes constitution.yaml away"],
    [
      "roll it back to an older version",
      { constitution: v2, ...newConstitution(v1) },
      "The proposed constitution has version 1; the one after version 2 is 3.",
    ],
    [
      "roll it back under a new number",
      {
        constitution: v2,
        ...newConstitution(
          constitution(exampleText("three-friends").replace("version: 1", `version: 3\nprevious: ${v1.digest}`)),
        ),
      },
      "says that it follows 7303c40b2df7, but",
    ],
    ["skip a version", { ...newConstitution(v3) }, "has version 3; the one after version 1 is 2"],
    [
      "propose a second change of the same version after the first was ratified",
      {
        constitution: v2,
        opening: { constitution: v1 },
        ...newConstitution(versionAfter(v1, exampleText("three-friends"))),
      },
      "has version 2; the one after version 2 is 3",
    ],
    [
      "ask more votes than there are members, so that nothing can be decided again",
      { ...newConstitution(versionAfter(v1, exampleText("three-friends").replace("ceil(2 * n / 3)", "n + 1"))) },
      "constitutional asks for a quorum of 4, but 3 members with an SSH key may vote",
    ],
    [
      "let nobody sign",
      {
        members: people(3).map((member) => ({ ...member, sshKeys: [] })),
        ...newConstitution(versionAfter(v1, exampleText("three-friends"))),
      },
      "asks for a quorum of 2, but 0 members with an SSH key may vote",
    ],
    [
      "lower the strictest class below the others",
      {
        changes: [change("constitution.yaml")],
        proposal: {
          candidate: {
            constitution: parseConstitution(
              exampleText("three-friends").replace("{min: 7d, max: 28d}", "{min: 1h, max: 28d}"),
            ),
          },
        },
      },
      "class constitutional is 1 hour, but routine before it has 1 day",
    ],
    [
      "move the constitution to a lenient class",
      {
        changes: [change("constitution.yaml")],
        proposal: {
          candidate: {
            constitution: parseConstitution(
              exampleText("three-friends").replace("[constitution.yaml, members.yaml]", "[members.yaml]"),
            ),
          },
        },
      },
      "constitution.yaml is not decided by the last and strictest class",
    ],
    [
      "hide a second value under a duplicate key",
      {
        changes: [change("constitution.yaml")],
        proposal: { candidate: { constitution: parseConstitution(`${exampleText("three-friends")}\nversion: 2\n`) } },
      },
      "version is written twice in one mapping",
    ],
    [
      "hide a value behind an anchor",
      {
        changes: [change("constitution.yaml")],
        proposal: {
          candidate: {
            constitution: parseConstitution(
              exampleText("three-friends").replace("{atLeast: 2}", "&a {atLeast: 2}").replace("{atLeast: 2}", "*a"),
            ),
          },
        },
      },
      "an anchor (&)",
    ],
    [
      "change how a value is read with a tag",
      {
        changes: [change("constitution.yaml")],
        proposal: {
          candidate: {
            constitution: parseConstitution(exampleText("three-friends").replace("version: 1", "version: !!int 1")),
          },
        },
      },
      "a tag (!)",
    ],
    [
      "send a bomb",
      {
        changes: [change("constitution.yaml")],
        proposal: { candidate: { constitution: parseConstitution("[".repeat(60_000)) } },
      },
      "lie more than 8 deep",
    ],
    [
      "send a bomb of members",
      {
        changes: [change("members.yaml")],
        proposal: { candidate: { members: parseMembers(`format: 1\nmembers: ${"[".repeat(60_000)}`) } },
      },
      "lie more than 6 deep",
    ],
  ])("%s", (_, world, words) => {
    const verdict = judge({ ballots: all, ...world }, opened + 20 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual(["rejected", expect.stringContaining(words)]);
  });

  test("the next version, alone, chained and satisfiable, passes: the table above refuses what it says", () => {
    expect(judge({ ...newConstitution(v2), ballots: all }, opened + 8 * day).state).toBe("passed");
    expect(judge({ constitution: v2, ...newConstitution(v3), ballots: all }, opened + 8 * day).state).toBe("passed");
  });

  test("weaken it by steps: each step is decided by the rules before it, and what was open has to meet the stricter ones too", () => {
    const step = judge({ ...newConstitution(v2), ballots: all }, opened + 5 * day);
    expect(step.state).toBe("open");
    const openSince: World = { ...newConstitution(v3), constitution: v2, opening: { constitution: v1 }, ballots: all };
    expect(judge(openSince, opened + 5 * day)).toMatchObject({ state: "open", constitution: v1.digest });
    expect(judge({ ...openSince, opening: {} }, opened + 5 * day).state).toBe("passed");
  });

  test("weaken it directly on the branch: what the proposal is judged by is what was ratified, not what is there", () => {
    const pushed = constitution(exampleText("three-friends").replaceAll("atLeast: 2", "atLeast: 1"));
    const verdict = judge(
      { constitution: v1, proposal: { candidate: { constitution: { ok: true, value: pushed } } } },
      opened + 2 * day,
    );
    expect(verdict).toMatchObject({ state: "open", constitution: v1.digest });
  });
});

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
