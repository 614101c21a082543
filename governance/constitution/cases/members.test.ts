/** Who comes, who goes, and who has a say in it. */
import { describe, expect, test } from "vitest";
import type { VerdictState } from "../verdict.ts";
import {
  accountOf,
  ballot,
  change,
  day,
  judge,
  lab,
  newMembers,
  oneClass,
  opened,
  people,
  person,
  sentencesOf,
  type World,
  withMembership,
  yes,
} from "./world.fixture.ts";

const six = people(6);
const without = (...numbers: number[]) => six.filter(({ number }) => !numbers.includes(number));
const constitution = withMembership();
const base: World = { constitution, members: six };

describe("with rules of membership", () => {
  test.each<[string, World, VerdictState, string]>([
    [
      "a new member comes by vote",
      { ...base, ...newMembers(...six, person(7)), ballots: [yes(2), yes(3), yes(4)] },
      "passed",
      "Decided as membership",
    ],
    [
      "a member is put out by the others",
      { ...base, ...newMembers(...without(6)), ballots: [yes(2), yes(3)] },
      "passed",
      "3 votes of 5 voters, 3 needed",
    ],
    [
      "who is put out has no vote on it",
      { ...base, ...newMembers(...without(6)), ballots: [yes(2), yes(6)] },
      "open",
      "This is about frank, who therefore has no vote on it.",
    ],
    [
      "nor a veto by being asked",
      { ...base, ...newMembers(...without(6)), ballots: [yes(2), yes(3), ballot(person(6), "no")] },
      "passed",
      "This is about frank",
    ],
    [
      "who proposes to leave does not vote on it either",
      { ...base, ...newMembers(...without(1)), ballots: [yes(2), yes(3)] },
      "open",
      "The proposal itself is no yes of alice: it is about them.",
    ],
    [
      "who is given a role has no vote on it",
      {
        ...base,
        ...newMembers(...without(1), { ...person(1), roles: ["member", "maintainer"] }),
        ballots: [yes(2), yes(3)],
      },
      "open",
      "it is about them",
    ],
    [
      "who changes their key keeps their vote",
      {
        ...base,
        ...newMembers(...without(1), { ...person(1), sshKeys: [...person(1).sshKeys, "ssh-ed25519 NEW"] }),
        ballots: [yes(2), yes(3), yes(4)],
      },
      "passed",
      "alice proposed it",
    ],
    [
      "two of six may go at once",
      { ...base, ...newMembers(...without(5, 6)), ballots: [yes(2), yes(3)] },
      "passed",
      "3 votes of 4 voters",
    ],
    [
      "three may not",
      { ...base, ...newMembers(...without(4, 5, 6)), ballots: [yes(2), yes(3)] },
      "rejected",
      "It takes the membership or roles of dave, erin and frank; of 6 voters at most 2 at once.",
    ],
    [
      "a role taken counts like a removal, for it takes the vote too",
      {
        ...base,
        ...newMembers(
          ...without(4, 5, 6),
          { ...person(4), roles: ["service"] },
          { ...person(5), roles: ["maintainer"] },
        ),
        ballots: [yes(2)],
      },
      "rejected",
      "dave, erin and frank",
    ],
    [
      "leaving is not being put out",
      { ...base, ...newMembers(...without(1, 5, 6)), ballots: [yes(2), yes(3), yes(4)] },
      "passed",
      "3 votes of 3 voters",
    ],
    [
      "another person under an old number is one removed and one added",
      {
        ...base,
        ...newMembers(...without(6), {
          ...person(6),
          name: "mallory",
          github: { id: 666, login: "mallory" },
          sshKeys: ["ssh-ed25519 M"],
        }),
        ballots: [yes(2), yes(3)],
      },
      "rejected",
      "Numbers are never given again: mallory must have one above 6.",
    ],
    [
      "a number that somebody had is not given again",
      {
        ...base,
        members: without(3),
        ...newMembers(...without(3), {
          ...person(3),
          name: "mallory",
          github: { id: 666, login: "mallory" },
          sshKeys: [],
        }),
        ballots: [yes(2), yes(4)],
      },
      "rejected",
      "must have one above 6",
    ],
    [
      "too few would be left",
      { ...base, members: people(2), ...newMembers(person(1)), ballots: [] },
      "rejected",
      "It leaves 1 voting member; 2 are the least.",
    ],
    [
      "of two nobody can put out the other alone",
      { ...base, members: people(2), ...newMembers(person(1)), ballots: [] },
      "rejected",
      "of 2 voters at most 0 at once",
    ],
    [
      "no members at all",
      { ...base, changes: [change("members.yaml", { kind: "removed" })] },
      "rejected",
      "It takes members.yaml away",
    ],
    [
      "members moved elsewhere",
      { ...base, changes: [change("docs/members.yaml", { kind: "renamed", from: "members.yaml" })] },
      "rejected",
      "It takes members.yaml away",
    ],
    [
      "members that cannot be read",
      {
        ...base,
        changes: [change("members.yaml")],
        proposal: {
          candidate: {
            members: {
              ok: false,
              problems: [
                { file: "members.yaml", line: 3, column: 1, path: "members[0]", reason: "x is missing", fix: "add it" },
              ],
            },
          },
        },
      },
      "rejected",
      "The proposed members cannot be taken: members.yaml:3:1: members[0]: x is missing; add it.",
    ],
  ])("%s", (_, world, state, words) => {
    const verdict = judge(world, opened + 10 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });

  test("members under whom no vote could satisfy the constitution are refused, with what is missing", () => {
    const strict = oneClass(
      "period: {min: 1h, max: 7d}\nquorum: {atLeast: 3}\npass: {yesShareOfCast: 1/2}\nrequires: {roles: {maintainer: 1}}",
    );
    const members = [person(1), person(2), person(3), { ...person(4), roles: ["maintainer" as const] }];
    const verdict = judge(
      { constitution: strict, members, ...newMembers(person(1), person(2)), ballots: [yes(2), yes(3), yes(4)] },
      opened + day,
    );
    expect(verdict.state).toBe("rejected");
    expect(sentencesOf(verdict)).toContain(
      "With these members no vote could satisfy the constitution: all asks for a quorum of 3, but 2 members may vote; all asks for the yes of 1 maintainer, but there are 0.",
    );
  });
});

describe("the electorate", () => {
  const opening = { members: { value: { members: people(3) }, digest: `sha256:${"0".repeat(64)}` as const } };
  const rules = oneClass(
    "period: {min: 1h, max: 7d}\nquorum: {formula: floor(n / 2) + 1}\npass: {yesShareOfCast: 1/2}",
  );

  test.each<[string, World, VerdictState, string]>([
    [
      "who joined since the opening has no vote on it",
      { members: people(4), ballots: [yes(4)] },
      "open",
      "dave became a member after this was opened, or becomes one by it",
    ],
    [
      "and does not make the quorum larger",
      { members: people(9), ballots: [yes(2)] },
      "passed",
      "2 votes of 3 voters, 2 needed",
    ],
    [
      "who was put out since has no vote any more",
      { members: people(2), ballots: [yes(3)] },
      "open",
      "carol is no longer a member with a vote.",
    ],
    [
      "and does not count for the quorum",
      { members: [person(1)], ballots: [] },
      "passed",
      "1 vote of 1 voter, 1 needed",
    ],
    [
      "who became a service since has none",
      { members: [person(1), person(2), { ...person(3), roles: ["service"] }], ballots: [yes(3)] },
      "open",
      "carol has no vote: only member and maintainer vote.",
    ],
    [
      "who was a service at the opening has none",
      {
        members: people(3),
        opening: {
          members: {
            ...opening.members,
            value: { members: [person(1), person(2), { ...person(3), roles: ["service"] }] },
          },
        },
        ballots: [yes(3)],
      },
      "open",
      "carol became a member after this was opened",
    ],
    [
      "who was replaced under their number is another person",
      {
        members: [
          person(1),
          person(2),
          { ...person(3), github: { id: 666, login: "carol" }, sshKeys: ["ssh-ed25519 M"] },
        ],
        ballots: [
          ballot(person(3), "yes", {
            by: { kind: "github", id: 666, login: "carol", isBot: false },
            signature: { key: "ssh-ed25519 M", isValid: true },
          }),
        ],
      },
      "open",
      "carol became a member after",
    ],
    [
      "whose vote an emergency took does not vote",
      { members: people(3), suspended: [3], ballots: [yes(3)] },
      "open",
      "The vote of carol is suspended by an emergency that is not yet ratified.",
    ],
    [
      "but still counts for the quorum",
      { members: people(3), suspended: [2, 3], ballots: [] },
      "open",
      "1 vote of 3 voters, 2 needed",
    ],
  ])("%s", (_, world, state, words) => {
    const verdict = judge({ constitution: rules, opening, ...world }, opened + 2 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });
});

describe("an owner and their machine", () => {
  const owners = [
    {
      ...person(1),
      roles: ["member" as const, "maintainer" as const],
      machines: ["alice-desktop"],
      affiliation: "Initech",
    },
    { ...person(2), machines: ["bob-server"], affiliation: "Globex" },
    { ...person(3), affiliation: "Initech" },
    person(4),
  ];
  const host = (name: string) => change(`hosts/${name}.yaml`);
  const world: World = { constitution: lab(), members: owners };

  test.each<[string, World, VerdictState, string]>([
    [
      "it takes the owner's yes",
      { changes: [host("bob-server")], ballots: [yes(3), yes(4)] },
      "needsConsent",
      "It needs the consent of bob (owner of bob-server).",
    ],
    ["with it, it passes", { changes: [host("bob-server")], ballots: [yes(2)] }, "passed", "2 votes of 4 voters"],
    [
      "an abstention is no consent",
      { changes: [host("bob-server")], ballots: [yes(3), ballot(person(2), "abstain")] },
      "needsConsent",
      "consent of bob",
    ],
    [
      "the owner's no ends it, whoever is for it",
      { changes: [host("bob-server")], ballots: [yes(3), yes(4), ballot(person(2), "no")] },
      "vetoed",
      "Vetoed by bob (owner of bob-server).",
    ],
    [
      "to propose it is to consent",
      { changes: [host("alice-desktop")], ballots: [yes(2)] },
      "passed",
      "alice proposed it",
    ],
    [
      "the no of another owner is a vote, not a veto",
      { changes: [host("alice-desktop")], ballots: [yes(3), yes(4), ballot(person(2), "no")] },
      "passed",
      "3 yes and 1 no",
    ],
    [
      "nor is it one about models",
      { changes: [change("models/a.yaml")], ballots: [yes(3), yes(4), ballot(person(2), "no")] },
      "passed",
      "3 yes and 1 no",
    ],
    [
      "two machines need two owners",
      { changes: [host("bob-server"), host("alice-desktop")], ballots: [yes(3)] },
      "needsConsent",
      "consent of bob (owner of bob-server)",
    ],
    [
      "a stricter class does not take the owner's say away",
      { changes: [host("bob-server"), change("routes/a.yaml")], ballots: [yes(3), yes(4)] },
      "needsConsent",
      "Decided as policy",
    ],
    [
      "a rename asks the owners of both names",
      {
        changes: [change("hosts/alice-desktop.yaml", { kind: "renamed", from: "hosts/bob-server.yaml" })],
        ballots: [yes(3)],
      },
      "needsConsent",
      "consent of bob",
    ],
    [
      "a machine that nobody owns is not taken in",
      { changes: [host("carols-laptop")], ballots: [yes(3), yes(4)] },
      "rejected",
      "No member owns carols-laptop (hosts/carols-laptop.yaml): enter it in members.yaml first",
    ],
    [
      "nor under a capital letter",
      { changes: [host("Bob-Server")], ballots: [yes(3), yes(4)] },
      "rejected",
      "No member owns Bob-Server",
    ],
    [
      "nor with its owner in the same proposal",
      {
        changes: [host("new"), change("members.yaml")],
        proposal: {
          candidate: {
            members: {
              ok: true,
              value: {
                value: { members: [{ ...owners[0]!, machines: ["alice-desktop", "new"] }, ...owners.slice(1)] },
                digest: `sha256:${"1".repeat(64)}`,
              },
            },
          },
        },
        ballots: [yes(3), yes(4)],
      },
      "rejected",
      "No member owns new",
    ],
    [
      "the file of a machine that nobody owns any more may go",
      { changes: [change("hosts/old.yaml", { kind: "removed" })], ballots: [yes(3)] },
      "passed",
      "2 votes",
    ],
    [
      "the file of a machine of somebody who stays needs them",
      { changes: [change("hosts/bob-server.yaml", { kind: "removed" })], ballots: [yes(3)] },
      "needsConsent",
      "consent of bob",
    ],
  ])("%s", (_, given, state, words) => {
    const verdict = judge({ ...world, ...given }, opened + 5 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });

  test("a machine is not given to somebody else behind the owner's back, who would then consent", () => {
    const stolen = newMembers(
      { ...owners[0]!, machines: ["alice-desktop", "bob-server"] },
      { ...owners[1]!, machines: [] },
      ...owners.slice(2),
    );
    const verdict = judge({ ...world, ...stolen, ballots: [yes(3), yes(4)] }, opened + 10 * day);
    expect(verdict.state).toBe("needsConsent");
    expect(judge({ ...world, ...stolen, ballots: [yes(3), yes(2)] }, opened + 10 * day).state).toBe("passed");
  });

  test("who is put out takes no machine hostage", () => {
    const out = newMembers(...owners.filter(({ number }) => number !== 2));
    const changes = [...(out.changes ?? []), change("hosts/bob-server.yaml", { kind: "removed" })];
    const verdict = judge({ ...world, ...out, changes, ballots: [yes(3), yes(4)] }, opened + 10 * day);
    expect(verdict.state).toBe("passed");
  });

  test("at the end without consent it is rejected", () => {
    const given = { ...world, changes: [host("bob-server")], ballots: [yes(3), yes(4)] };
    expect(judge(given, opened + 14 * day).state).toBe("rejected");
  });

  test("required roles and affiliations are counted among the yes", () => {
    const routes = { ...world, changes: [change("routes/a.yaml")], proposer: accountOf(person(4)) };
    const missing = judge({ ...routes, ballots: [yes(2), yes(3)] }, opened + 5 * day);
    expect([missing.state, sentencesOf(missing)]).toEqual([
      "open",
      expect.stringContaining("It needs the yes of 1 maintainer; none said so."),
    ]);
    expect(judge({ ...routes, ballots: [yes(2), yes(1)] }, opened + 5 * day).state).toBe("passed");
    const both = oneClass(
      "period: {min: 1h, max: 7d}\nquorum: {atLeast: 2}\npass: {yesShareOfCast: 1/2}\nrequires: {affiliations: 2}",
    );
    const one = judge({ ...world, constitution: both, ballots: [yes(3)] }, opened + 5 * day);
    expect([one.state, sentencesOf(one)]).toEqual([
      "open",
      expect.stringContaining("It needs a yes from 2 affiliations; so far only from 1."),
    ]);
    expect(judge({ ...world, constitution: both, ballots: [yes(4)] }, opened + 5 * day).state).toBe("passed");
  });
});
