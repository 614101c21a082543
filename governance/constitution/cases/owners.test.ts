/** What an owner has to say about their machine, and that it is about nothing else. */
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
  person,
  sentencesOf,
  type World,
  yes,
} from "./world.fixture.ts";

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
