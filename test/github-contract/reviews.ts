/** Reviews and comments: what they are of, and what changes them. */
import { describe, expect, test } from "vitest";
import { type Person, propose, refusalOf, type Subject, type TheSubject } from "./subject.ts";

export function reviewsContract(the: TheSubject): void {
  describe("reviews by one person", () => {
    test("one is of the head at its time, and a push leaves it so", async () => {
      const { author, owner, repo, workshop, eventually } = the();
      const { number, head, branch } = await propose(the());
      const at = { owner, repo, pull_number: number };
      const { data } = await author.octokit.pulls.createReview({ ...at, event: "COMMENT", body: "first" });
      expect(data).toMatchObject({ state: "COMMENTED", commit_id: head, user: { id: author.id } });
      const next = await workshop.commit(head, { "more.txt": "more\n" }, "Write more");
      await workshop.push([`${next}:refs/heads/${branch}`]);
      await eventually(
        () => author.octokit.pulls.get(at),
        (one) => one.data.head.sha === next,
      );
      await author.octokit.pulls.createReview({ ...at, event: "COMMENT", body: "second" });
      const { data: all } = await author.octokit.pulls.listReviews(at);
      expect(all.map(({ body, commit_id }) => [body, commit_id])).toEqual([
        ["first", head],
        ["second", next],
      ]);
    });

    test("one may be of an older commit of the same proposal", async () => {
      const { author, owner, repo, workshop } = the();
      const { number, head } = await propose(the(), [{ a: "1\n" }, { a: "2\n" }]);
      const [older] = (await workshop.read(head)).parents;
      const review = { event: "COMMENT", body: "older", commit_id: older as string } as const;
      const { data } = await author.octokit.pulls.createReview({ owner, repo, pull_number: number, ...review });
      expect(data.commit_id).toBe(older);
    });

    const refusals: Record<string, { event: "APPROVE" | "REQUEST_CHANGES"; words: string }> = {
      "nobody approves their own": { event: "APPROVE", words: "Can not approve your own pull request" },
      "nobody requests changes of themselves": {
        event: "REQUEST_CHANGES",
        words: "Can not request changes on your own pull request",
      },
    };
    test.each(Object.entries(refusals))("%s", async (_, { event, words }) => {
      const { author, owner, repo } = the();
      const { number } = await propose(the());
      const review = { owner, repo, pull_number: number, event, body: "mine" };
      const refusal = await refusalOf(author.octokit.pulls.createReview(review));
      expect(refusal.status).toBe(422);
      expect(refusal.text).toContain(words);
    });
  });

  describe("comments", () => {
    test("an edit leaves no trace but the time", async () => {
      const { author, owner, repo, pass } = the();
      const { number } = await propose(the());
      const fields = { owner, repo, issue_number: number };
      const { data: made } = await author.octokit.issues.createComment({ ...fields, body: "/abstain" });
      expect(made.created_at).toBe(made.updated_at);
      await pass(1_100);
      await author.octokit.issues.updateComment({ owner, repo, comment_id: made.id, body: "/abstain after all" });
      const { data } = await author.octokit.issues.listComments(fields);
      expect(data).toMatchObject([{ id: made.id, body: "/abstain after all", created_at: made.created_at }]);
      expect(Date.parse(data[0]?.updated_at ?? "")).toBeGreaterThan(Date.parse(made.created_at));
    });

    test("all of a repository's are found by the time of their last change", async () => {
      const { author, owner, repo, pass } = the();
      const { number } = await propose(the());
      const comment = { owner, repo, issue_number: number };
      const older = await author.octokit.issues.createComment({ ...comment, body: "older" });
      const untouched = await author.octokit.issues.createComment({ ...comment, body: "untouched" });
      await pass(2_100);
      const { data: edited } = await author.octokit.issues.updateComment({
        owner,
        repo,
        comment_id: older.data.id,
        body: "edited",
      });
      const since = { owner, repo, since: edited.updated_at, per_page: 100 };
      const { data } = await author.octokit.issues.listCommentsForRepo(since);
      expect(data.map(({ id }) => id)).toContain(older.data.id);
      expect(data.map(({ id }) => id)).not.toContain(untouched.data.id);
    });
  });
}

/** Needs two people. */
export function othersReviewsContract(the: TheSubject): void {
  describe("reviews by another person", () => {
    test("an approval stays an approval of its commit after a push", async () => {
      const { author, owner, repo, workshop, eventually } = the();
      const reviewer = someoneElse(the());
      const { number, head, branch } = await propose(the());
      const at = { owner, repo, pull_number: number };
      await reviewer.octokit.pulls.createReview({ ...at, event: "APPROVE" });
      const next = await workshop.commit(head, { "more.txt": "more\n" }, "Write more");
      await workshop.push([`${next}:refs/heads/${branch}`]);
      await eventually(
        () => author.octokit.pulls.get(at),
        (one) => one.data.head.sha === next,
      );
      const { data } = await author.octokit.pulls.listReviews(at);
      expect(data).toMatchObject([{ state: "APPROVED", commit_id: head, user: { id: reviewer.id } }]);
    });

    test("a later one does not replace an earlier one in the list", async () => {
      const { author, owner, repo } = the();
      const reviewer = someoneElse(the());
      const { number } = await propose(the());
      const at = { owner, repo, pull_number: number };
      await reviewer.octokit.pulls.createReview({ ...at, event: "APPROVE" });
      await reviewer.octokit.pulls.createReview({ ...at, event: "REQUEST_CHANGES", body: "on second thought" });
      const { data } = await author.octokit.pulls.listReviews(at);
      expect(data.map(({ state }) => state)).toEqual(["APPROVED", "CHANGES_REQUESTED"]);
    });

    test("a dismissed one does not say what it was; the events do, and by whom", async () => {
      const { author, owner, repo } = the();
      const reviewer = someoneElse(the());
      const { number } = await propose(the());
      const at = { owner, repo, pull_number: number };
      const { data: review } = await reviewer.octokit.pulls.createReview({ ...at, event: "APPROVE" });
      const dismissal = { ...at, review_id: review.id, message: "not so" };
      const { data: dismissed } = await author.octokit.pulls.dismissReview(dismissal);
      expect(dismissed).toMatchObject({ state: "DISMISSED", user: { id: reviewer.id }, commit_id: review.commit_id });
      const { data: events } = await author.octokit.issues.listEvents({ owner, repo, issue_number: number });
      expect(events.filter(({ event }) => event === "review_dismissed")).toMatchObject([
        { actor: { id: author.id }, dismissed_review: { state: "approved", review_id: review.id } },
      ]);
    });
  });
}

function someoneElse({ reviewer }: Subject): Person {
  if (!reviewer) throw new Error("this case needs a second person");
  return reviewer;
}
