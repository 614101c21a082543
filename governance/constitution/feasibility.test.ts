import { describe, expect, test } from "vitest";
import {
  constitution,
  exampleText,
  friends,
  lab,
  oneClass,
  people,
  person,
  withMembership,
} from "./cases/world.fixture.ts";
import { shortagesOf } from "./feasibility.ts";

const sentences = (...given: Parameters<typeof shortagesOf>) => shortagesOf(...given).map(({ sentence }) => sentence);
const anyhow = "period: {min: 1h, max: 7d}\npass: {yesShareOfCast: 1/2}";

describe("the members could satisfy", () => {
  test.each([
    ["three friends", friends(), people(3)],
    ["two of the three", friends(), people(2)],
    ["rules of membership", withMembership(), people(3)],
    [
      "a lab",
      lab(),
      [person(1, { roles: ["maintainer"], affiliation: "A" }), person(2, { affiliation: "B" }), person(3)],
    ],
    ["one person alone", oneClass(`${anyhow}\nquorum: {atLeast: 1}`), people(1)],
  ])("%s", (_, sealed, members) => {
    expect(sentences(sealed.value, { members })).toEqual([]);
  });
});

describe("no vote could satisfy", () => {
  test.each([
    [
      "a quorum of more than there are",
      oneClass(`${anyhow}\nquorum: {atLeast: 4}`),
      people(3),
      "all asks for a quorum of 4, but 3 members may vote",
    ],
    [
      "a formula that grows faster than its members",
      oneClass(`${anyhow}\nquorum: {formula: n + 1}`),
      people(3),
      "quorum of 4, but 3",
    ],
    [
      "a quorum, because services do not vote",
      oneClass(`${anyhow}\nquorum: {atLeast: 3}`),
      [...people(2), person(3, { roles: ["service"] })],
      "quorum of 3, but 2",
    ],
    [
      "a quorum, because only some vote",
      oneClass(`${anyhow}\nquorum: {atLeast: 2}`, "voters: [maintainer]"),
      [...people(3), person(4, { roles: ["maintainer"] })],
      "quorum of 2, but 1 members may vote",
    ],
    [
      "a quorum of signed ballots without keys",
      friends(),
      people(3).map((member) => ({ ...member, sshKeys: [] })),
      "constitutional asks for a quorum of 2, but 0 members with an SSH key may vote",
    ],
    [
      "a quorum, because one affiliation counts so little",
      oneClass(`${anyhow}\nquorum: {atLeast: 3}`, "votesPerAffiliation: 2"),
      people(5).map((member) => ({ ...member, affiliation: "A" })),
      "quorum of 3, but 5 members may vote, and by affiliation 2 count",
    ],
    [
      "roles that nobody has",
      oneClass(`${anyhow}\nquorum: {atLeast: 1}\nrequires: {roles: {maintainer: 2}}`),
      [...people(3), person(4, { roles: ["maintainer"] })],
      "asks for the yes of 2 maintainers, but there are 1",
    ],
    [
      "more affiliations than there are",
      oneClass(`${anyhow}\nquorum: {atLeast: 1}\nrequires: {affiliations: 2}`),
      people(3).map((member) => ({ ...member, affiliation: "A" })),
      "asks for 2 affiliations, but there are 1",
    ],
    [
      "a least number of members",
      constitution(exampleText("membership").replace("minMembers: 2", "minMembers: 4")),
      people(3),
      "membership asks for 4 voting members, but there are 3",
    ],
    [
      "a vote about a member, who has none on it",
      constitution(
        exampleText("membership")
          .replace("floor(n / 2) + 1", "'max(floor(n / 2) + 1, 3)'")
          .replace("max(floor(n / 2) + 1, ceil(2 * n / 3))", "max(floor(n / 2) + 1, 3)"),
      ),
      people(3),
      "membership could decide about no member, because who it is about has no vote",
    ],
    [
      "the consent of an owner who has no vote",
      constitution(exampleText("lab").replace("classes:", "voters: [maintainer]\nclasses:")),
      [
        ...people(4).map((member, index) => ({
          ...member,
          roles: ["maintainer" as const],
          affiliation: "AB"[index % 2] as string,
        })),
        person(5, { machines: ["m"] }),
      ],
      "erin owns machines, but has no vote to consent with",
    ],
    [
      "an emergency of two affiliations",
      lab(),
      people(3).map((member) => ({ ...member, roles: ["member" as const, "maintainer" as const], affiliation: "A" })),
      "emergency asks for 2 signers of different affiliation, but members with an SSH key have 1",
    ],
  ])("%s", (_, sealed, members, words) => {
    expect(sentences(sealed.value, { members }).join("\n")).toContain(words);
  });
});
