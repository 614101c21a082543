/** Who comes, who goes, and who has a say in it. */
import { describe, expect, test } from "vitest";
import type { VerdictState } from "../verdict.ts";
import {
  ballot,
  change,
  day,
  judge,
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
      "It takes the membership, roles or keys of dave, erin and frank; of 6 voters at most 2 at once.",
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
