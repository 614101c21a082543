/** Who may vote on a proposal while members come and go. */
import { describe, expect, test } from "vitest";
import type { VerdictState } from "../verdict.ts";
import { ballot, day, judge, oneClass, opened, people, person, sentencesOf, type World, yes } from "./world.fixture.ts";

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
      { members: people(3), suspended: { members: [3] }, ballots: [yes(3)] },
      "open",
      "The vote of carol is suspended by an emergency that is not yet ratified.",
    ],
    [
      "but still counts for the quorum",
      { members: people(3), suspended: { members: [2, 3] }, ballots: [] },
      "open",
      "1 vote of 3 voters, 2 needed",
    ],
  ])("%s", (_, world, state, words) => {
    const verdict = judge({ constitution: rules, opening, ...world }, opened + 2 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });
});
