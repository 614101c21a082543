/** Rules that others live by, written in this language, decide as theirs do. */
import { describe, expect, test } from "vitest";
import type { Member } from "../documents/members.ts";
import type { VerdictState } from "../verdict.ts";
import {
  abstain,
  accountOf,
  ballot,
  day,
  hour,
  judge,
  no,
  oneClass,
  opened,
  people,
  person,
  sentencesOf,
  yes,
} from "./world.fixture.ts";

const outsider = { kind: "github", id: 99_999, login: "outsider", isBot: false } as const;

/** Members 1 to `yesses` say yes, the next `noes` no, the next `abstentions` abstain. */
function votes(yesses: number, noes: number, abstentions = 0) {
  const numbers = (count: number, from: number) => Array.from({ length: count }, (_, index) => from + index);
  return [
    ...numbers(yesses, 1).map((number) => yes(number)),
    ...numbers(noes, yesses + 1).map((number) => no(number)),
    ...numbers(abstentions, yesses + noes + 1).map((number) => abstain(number)),
  ];
}

describe("Debian (constitution 4.2, A.5): quorum 3Q of yes with Q = √N/2, two weeks, majority or N:1", () => {
  const rules = (share: string) =>
    oneClass(
      `period: {min: 14d, max: 14d}\nquorum: {formula: 3 * sqrt(n) / 2, of: "yes"}\npass: {yesShareOfCast: ${share}}`,
    );
  const developers = people(1000);

  test.each<[string, string, number, number, number, VerdictState]>([
    [
      "of 1000 developers 48 in favour are a quorum (47.43 rounded up by being whole people)",
      "1/2",
      48,
      0,
      0,
      "passed",
    ],
    ["47 are not", "1/2", 47, 0, 0, "expired"],
    ["opponents and abstentions do not help the quorum", "1/2", 47, 30, 30, "expired"],
    ["a simple majority needs more for than against", "1/2", 60, 59, 0, "passed"],
    ["a tie is none", "1/2", 60, 60, 0, "rejected"],
    ["3:1 for the constitution is reached exactly", "3/4", 90, 30, 0, "passed"],
    ["3:1 short of one", "3/4", 89, 30, 0, "rejected"],
    ["abstentions do not count against", "3/4", 90, 30, 500, "passed"],
  ])("%s", (_, share, yesses, noes, abstentions, state) => {
    const world = {
      constitution: rules(share),
      members: developers,
      proposer: outsider,
      ballots: votes(yesses, noes, abstentions),
    };
    expect(judge(world, opened + 14 * day).state).toBe(state);
    expect(judge(world, opened + 14 * day - 1).state).toBe("open");
  });
});

describe("PEP 13: two weeks, two thirds of the votes cast, at most two of one employer", () => {
  const rules = oneClass(
    "period: {min: 14d, max: 14d}\nquorum: {atLeast: 1}\npass: {yesShareOfCast: 2/3}",
    "votesPerAffiliation: 2",
  );
  const core: Member[] = people(12).map((member, index) =>
    index < 6 ? { ...member, affiliation: "Initech" } : member,
  );

  test.each<[string, ReturnType<typeof votes>, VerdictState, string]>([
    ["two thirds are enough", [yes(7), yes(8), no(9)], "passed", "2 yes and 1 no reach the share of 2/3."],
    [
      "less is not",
      [yes(7), yes(8), yes(9), no(10), no(11)],
      "rejected",
      "3 yes and 2 no do not reach the share of 2/3.",
    ],
    [
      "six of one employer count as two",
      [yes(1), yes(2), yes(3), yes(4), yes(5), yes(6), no(7), no(8)],
      "rejected",
      "2 yes and 2 no",
    ],
    [
      "and the verdict says so",
      [yes(1), yes(2), yes(3), no(7)],
      "passed",
      "Of 3 votes from Initech 2 count, in the proportion in which they were cast.",
    ],
    [
      "an employer that is divided counts divided",
      [yes(1), yes(2), no(3), no(4), yes(7), yes(8)],
      "passed",
      "3 yes and 1 no",
    ],
    [
      "a majority among its people decides most of its votes",
      [yes(1), yes(2), yes(3), no(4), yes(7)],
      "passed",
      "2 yes and 1 no",
    ],
    ["two of one employer count in full", [yes(1), no(2), yes(7)], "passed", "2 yes and 1 no"],
    ["two who name no employer are two", [yes(7), yes(8), yes(9), yes(10), no(11), no(12)], "passed", "4 yes and 2 no"],
  ])("%s", (_, ballots, state, words) => {
    const verdict = judge({ constitution: rules, members: core, proposer: outsider, ballots }, opened + 14 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });

  test("one employer in several spellings is one employer", () => {
    const spellings = ["Initech", "INITECH", "ｉnitech"];
    const members = people(4).map((member, index) =>
      spellings[index] ? { ...member, affiliation: spellings[index] } : member,
    );
    const verdict = judge(
      { constitution: rules, members, proposer: outsider, ballots: votes(3, 0) },
      opened + 14 * day,
    );
    expect(verdict.tally).toMatchObject({ yes: 2, capped: [{ votes: 3, counted: 2 }] });
  });

  test("its no-confidence vote cannot be carried by the quorum of one employer", () => {
    const strict = oneClass(
      "period: {min: 14d, max: 14d}\nquorum: {atLeast: 3}\npass: {yesShareOfCast: 2/3}",
      "votesPerAffiliation: 2",
    );
    const world = { constitution: strict, members: core, proposer: outsider, ballots: votes(6, 0) };
    expect(judge(world, opened + 14 * day).state).toBe("expired");
    expect(judge({ ...world, ballots: [...world.ballots, abstain(7)] }, opened + 14 * day).state).toBe("passed");
  });
});

describe("Apache: three +1 and no veto for code, three +1 and more for than against for a release, 72 hours", () => {
  const code = oneClass(
    'period: {min: 72h, max: 14d}\nquorum: {atLeast: 3, of: "yes"}\npass: {yesShareOfCast: 1/2}\nveto: {roles: [maintainer], needsReason: true}',
  );
  const release = oneClass(
    'period: {min: 72h, max: 14d}\nquorum: {atLeast: 3, of: "yes"}\npass: {yesShareOfCast: 1/2}',
  );
  const committee = people(6).map((member, index) =>
    index < 5 ? { ...member, roles: ["maintainer" as const] } : member,
  );
  const groundless = (number: number) => ballot(person(number), "no", { isReasoned: false });

  test.each<[string, typeof code, ReturnType<typeof votes>, VerdictState, string]>([
    ["three +1 pass", code, votes(3, 0), "passed", "3 yes of 6 voters, 3 needed"],
    ["two do not", code, votes(2, 0), "open", "2 yes of 6 voters, 3 needed"],
    [
      "one -1 with a reason vetoes code, whoever is for it",
      code,
      votes(4, 1),
      "vetoed",
      "Vetoed by erin (maintainer).",
    ],
    ["a -1 without a reason is no veto", code, [...votes(4, 0), groundless(5)], "passed", "4 yes and 1 no"],
    ["a -1 of who has no binding vote is none", code, [...votes(4, 0), no(6)], "passed", "4 yes and 1 no"],
    ["a veto that is taken back is none", code, [...votes(4, 0), no(5), yes(5)], "passed", "5 yes and 0 no"],
    ["a release cannot be vetoed", release, votes(3, 2), "passed", "3 yes and 2 no"],
    ["but needs more for than against", release, votes(3, 3), "open", "3 yes and 3 no do not"],
  ])("%s", (_, rules, ballots, state, words) => {
    const verdict = judge({ constitution: rules, members: committee, proposer: outsider, ballots }, opened + 3 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });

  test("nothing is decided in less than 72 hours", () => {
    expect(
      judge({ constitution: code, members: committee, proposer: outsider, ballots: votes(5, 0) }, opened + 3 * day - 1)
        .state,
    ).toBe("open");
  });
});

describe("OpenZeppelin GovernorPreventLateQuorum: voting 16 h, extension 8 h, times as in its own test", () => {
  const rules = oneClass(
    "period: {min: 16h, max: 16h}\nlateQuorum: 8h\nquorum: {atLeast: 2}\npass: {yesShareOfCast: 1/2}",
  );
  const world = (...ballots: ReturnType<typeof votes>) => ({
    constitution: rules,
    members: people(5),
    proposer: outsider,
    ballots,
  });
  const at = (hours: number) => opened + hours * hour;

  test.each<[string, ReturnType<typeof votes>, number, VerdictState]>([
    ["a quorum in time extends nothing", [yes(1, at(1)), yes(2, at(2))], 16, "passed"],
    [
      "a quorum exactly as long before the end as the extension extends nothing",
      [yes(1, at(1)), yes(2, at(8))],
      16,
      "passed",
    ],
    ["a quorum an hour later extends by an hour", [yes(1, at(1)), yes(2, at(9))], 17, "passed"],
    ["a quorum in the last minute extends in full", [yes(1, at(1)), yes(2, at(15.5))], 23.5, "passed"],
    ["no quorum at the end: defeated, not extended", [yes(1, at(1)), yes(2, at(16))], 16, "expired"],
  ])("%s", (_, ballots, hours, state) => {
    expect(judge(world(...ballots), at(hours) - 1).state).toBe("open");
    expect(judge(world(...ballots), at(hours)).state).toBe(state);
  });

  test("votes after the first to reach the quorum extend no further", () => {
    const early = [yes(1, at(1)), yes(2, at(9))];
    const more = [...early, yes(3, at(12)), yes(4, at(15))];
    expect(judge(world(...more), at(12)).closesAt).toBe(judge(world(...early), at(12)).closesAt);
  });

  test("but who breaks the quorum and restores it late is late", () => {
    const yesQuorum = oneClass(
      'period: {min: 16h, max: 16h}\nlateQuorum: 8h\nquorum: {atLeast: 2, of: "yes"}\npass: {yesShareOfCast: 1/2}',
    );
    const toggled = [yes(1, at(1)), yes(2, at(2)), abstain(2, at(3)), yes(2, at(15))];
    expect(judge({ ...world(...toggled), constitution: yesQuorum }, at(16)).closesAt).toBe(at(23));
  });

  test("an answer at the very end of the extension comes too late", () => {
    const swayed = (answer: number) => [yes(1, at(15)), yes(2, at(15)), no(3, answer), no(4, answer)];
    expect(judge(world(...swayed(at(23) - 1)), at(23)).state).toBe("rejected");
    expect(judge(world(...swayed(at(23))), at(23)).state).toBe("passed");
  });

  test("a quorum that breaks and is restored in the extension does not extend it again", () => {
    const early = [yes(1, at(15)), abstain(2, at(15))];
    const broken = { ...ballot(person(2), "abstain", { at: at(18) }), dismissedBy: accountOf(person(2)) };
    const restored = world(...early, broken, abstain(3, at(20)));
    expect(judge(restored, at(23))).toMatchObject({ state: "passed", closesAt: at(23), passesAt: at(23) });
  });

  test("others can oppose in the extension", () => {
    const swayed = [yes(1, at(15)), yes(2, at(15)), no(3, at(20)), no(4, at(22)), no(5, at(22.5))];
    expect(judge(world(...swayed), at(23)).state).toBe("rejected");
    expect(judge(world(...swayed.slice(0, 3)), at(23)).state).toBe("passed");
  });
});
