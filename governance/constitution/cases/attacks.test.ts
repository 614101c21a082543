/** Attacks that this room decides, each named by what the attacker does. None of them passes, and each is told why. */
import { describe, expect, test } from "vitest";

import type { Account } from "../snapshot.ts";
import {
  accountOf,
  ballot,
  change,
  constitution,
  day,
  exampleText,
  friends,
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

  test("a signed yes that was held back is delivered after its author said no", () => {
    const heldBack = { ...yes(2), sequence: 100_000 };
    const knowing = { ...no(2), replaces: [heldBack.id] };
    const verdict = judge({ ballots: [knowing, heldBack] }, opened + 2 * day);
    expect(verdict.tally).toMatchObject({ yes: 1, no: 1 });
    expect(sentencesOf(verdict)).toContain("of bob came late: they had replaced it before it came.");
  });

  test("nobody replaces another's ballot", () => {
    const second = { ...yes(2), sequence: 100_000 };
    const world = { ballots: [{ ...no(3), replaces: [second.id] }, second] };
    expect(judge(world, opened + 2 * day).tally).toMatchObject({ yes: 2, no: 1 });
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
