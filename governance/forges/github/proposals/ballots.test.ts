import { describe, expect, test } from "vitest";
import type { ForgeBallot } from "../../forge.ts";
import { ballotsOf, type Said } from "./ballots.ts";
import { comment, dismissed, head, minutes, oldHead, person, review } from "./said.fixture.ts";

const nothing: Said = { head, mergedAt: undefined, reviews: [], comments: [], events: [], seenBefore: new Map() };
const admin = person(900);

function only(said: Partial<Said>): ForgeBallot {
  const ballots = ballotsOf({ ...nothing, ...said });
  expect(ballots).toHaveLength(1);
  return ballots[0]!;
}

describe("a review", () => {
  test.each([
    ["that approves is a yes", "APPROVED", "yes"],
    ["that requests changes is a no", "CHANGES_REQUESTED", "no"],
  ])("%s", (_, state, choice) => {
    expect(only({ reviews: [review(5, state)] })).toEqual({
      id: "review:5",
      by: person(102),
      choice,
      head,
      at: minutes(5),
      isEmergency: false,
      replaces: [],
      isEdited: false,
      isReasoned: false,
    });
  });

  test.each([
    ["that only comments", review(5, "COMMENTED")],
    ["that is not sent yet", review(5, "PENDING", { submitted_at: undefined })],
    ["of an unknown kind", review(5, "BLESSED")],
    ["of a closed account", review(5, "APPROVED", { user: null })],
    ["that was dismissed, and nobody knows what it said", review(5, "DISMISSED")],
  ])("%s is no ballot", (_, one) => {
    expect(ballotsOf({ ...nothing, reviews: [one] })).toEqual([]);
  });

  test("is for the commit that it names, also after a push", () => {
    expect(only({ reviews: [review(5, "APPROVED", { commit_id: oldHead })] }).head).toBe(oldHead);
  });

  test("of a commit that is gone is for none that there is", () => {
    expect(only({ reviews: [review(5, "APPROVED", { commit_id: null })] }).head).toBe("0".repeat(40));
  });

  test("with words is reasoned", () => {
    expect(only({ reviews: [review(5, "CHANGES_REQUESTED", { isReasoned: true })] }).isReasoned).toBe(true);
  });

  test("of a bot is a ballot of a bot", () => {
    const bot = person(7, { isBot: true });
    expect(only({ reviews: [review(5, "APPROVED", { user: bot })] }).by).toEqual(bot);
  });

  test("each has its own ballot: what somebody said before is not lost", () => {
    const ballots = ballotsOf({ ...nothing, reviews: [review(5, "CHANGES_REQUESTED"), review(6, "APPROVED")] });
    expect(ballots.map(({ choice }) => choice)).toEqual(["no", "yes"]);
  });
});

describe("a review that was dismissed", () => {
  const of = (said: Partial<Said>) => only({ reviews: [review(5, "DISMISSED")], ...said });

  test.each([
    ["keeps its yes", "approved", "yes"],
    ["keeps its no", "changes_requested", "no"],
  ])("%s, and is flagged with who did it", (_, state, choice) => {
    const ballot = of({ events: [dismissed(5, state, minutes(9), admin)] });
    expect(ballot).toMatchObject({ choice, dismissedBy: admin });
  });

  test("keeps what was seen before where no event tells", () => {
    const ballot = of({ seenBefore: new Map([["review:5", "no"]]) });
    expect(ballot.choice).toBe("no");
    expect(ballot).not.toHaveProperty("dismissedBy");
  });

  test("after the merge was counted then, and stays", () => {
    const ballot = of({ events: [dismissed(5, "approved", minutes(20), person(102))], mergedAt: minutes(10) });
    expect(ballot.choice).toBe("yes");
    expect(ballot).not.toHaveProperty("dismissedBy");
  });

  test("before the merge is taken back by its voter", () => {
    const ballot = of({ events: [dismissed(5, "approved", minutes(9), person(102))], mergedAt: minutes(10) });
    expect(ballot.dismissedBy).toEqual(person(102));
  });

  test("that only commented is no ballot", () => {
    const events = [dismissed(5, "commented", minutes(9), admin)];
    expect(ballotsOf({ ...nothing, reviews: [review(5, "DISMISSED")], events })).toEqual([]);
  });
});

describe("a comment", () => {
  test("abstains, on the whole head that it shortens", () => {
    expect(only({ comments: [comment(8, `/abstain ${head.slice(0, 12)}`)] })).toMatchObject({
      id: "comment:8",
      choice: "abstain",
      head,
      at: minutes(8),
      isEdited: false,
    });
  });

  test("on another head is for that one", () => {
    expect(only({ comments: [comment(8, `/abstain ${oldHead}`)] }).head).toBe(oldHead);
  });

  test("that was edited is flagged, also when the edit made it a ballot", () => {
    expect(only({ comments: [comment(8, `/abstain ${head}`, { edited: minutes(9) })] }).isEdited).toBe(true);
  });

  test("takes back what its voter said before, in its place", () => {
    const ballots = ballotsOf({
      ...nothing,
      reviews: [review(5, "APPROVED")],
      comments: [comment(8, `/withdraw ${head}`)],
    });
    expect(ballots.map(({ id, dismissedBy }) => [id, dismissedBy])).toEqual([
      ["review:5", undefined],
      ["comment:8", person(102)],
    ]);
  });

  test.each([
    ["that says something else", comment(8, "I like it")],
    ["of a closed account", comment(8, `/abstain ${head}`, { by: null })],
  ])("%s is no ballot", (_, one) => {
    expect(ballotsOf({ ...nothing, comments: [one] })).toEqual([]);
  });
});

test("reviews and comments are in the order in which GitHub received them, of one second by their numbers", () => {
  const ballots = ballotsOf({
    ...nothing,
    reviews: [
      review(30, "APPROVED", { submitted_at: minutes(3) }),
      review(10, "CHANGES_REQUESTED", { submitted_at: minutes(7) }),
    ],
    comments: [
      comment(20, `/abstain ${head}`, { at: minutes(3) }),
      comment(40, `/abstain ${head}`, { at: minutes(1) }),
    ],
  });
  expect(ballots.map(({ id }) => id)).toEqual(["comment:40", "comment:20", "review:30", "review:10"]);
});
