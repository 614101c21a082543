/** The form of answers: numbers, pages, tags for caches, and who may not ask. */
import { Octokit } from "@octokit/rest";
import { describe, expect, test } from "vitest";
import { propose, refusalOf, type TheSubject } from "./subject.ts";

export function answersContract(the: TheSubject): void {
  describe("answers", () => {
    test("a repository has a number, and is the same when asked for by it", async () => {
      const { author, owner, repo } = the();
      const { data } = await author.octokit.repos.get({ owner, repo });
      const byNumber = await author.octokit.request("GET /repositories/{id}", { id: data.id });
      expect(Number.isInteger(data.id)).toBe(true);
      expect(byNumber.data.full_name).toBe(data.full_name);
    });

    test("who asks has a number", async () => {
      const { author } = the();
      const { data } = await author.octokit.users.getAuthenticated();
      expect(data).toMatchObject({ login: author.login, id: author.id, type: "User" });
    });

    test("a name in other letters leads to the same repository", async () => {
      const { author, owner, repo } = the();
      const { data } = await author.octokit.repos.get({ owner: owner.toUpperCase(), repo: repo.toUpperCase() });
      expect(data.name).toBe(repo);
    });

    test("what has not changed is answered with 304, which costs nothing of the quota", async () => {
      const { author, owner, repo, base } = the();
      const list = { owner, repo, base, state: "all" as const, per_page: 5 };
      const first = await author.octokit.pulls.list(list);
      const { etag } = first.headers;
      expect(etag).toBeTruthy();
      const headers = { "if-none-match": etag };
      const error = await author.octokit.pulls.list({ ...list, headers }).catch((refused: unknown) => refused);
      const { status, response } = error as { status: number; response: { headers: Record<string, string> } };
      expect(status).toBe(304);
      expect(response.headers["x-ratelimit-used"]).toBe(first.headers["x-ratelimit-used"]);
      expect(response.headers["etag"]).toBe(etag);
    });

    test("what has changed is answered whole, with another tag", async () => {
      const { author, owner, repo } = the();
      const { number } = await propose(the());
      const pull = { owner, repo, pull_number: number };
      const before = await author.octokit.pulls.listReviews(pull);
      await author.octokit.pulls.createReview({ ...pull, event: "COMMENT", body: "a change" });
      const headers = { "if-none-match": before.headers.etag };
      const after = await author.octokit.pulls.listReviews({ ...pull, headers });
      expect(after.status).toBe(200);
      expect(after.headers.etag).not.toBe(before.headers.etag);
    });

    test("every answer has the time and what is left of the quota", async () => {
      const { author, owner, repo } = the();
      const { headers } = await author.octokit.repos.get({ owner, repo });
      expect(Date.parse(headers.date ?? "")).toBeGreaterThan(0);
      const left = Number(headers["x-ratelimit-limit"]) - Number(headers["x-ratelimit-used"]);
      expect(Number(headers["x-ratelimit-remaining"])).toBe(left);
      expect(Number(headers["x-ratelimit-reset"]) * 1_000).toBeGreaterThan(Date.parse(headers.date ?? ""));
    });

    test("a long list comes in pages, whose links name the repository by its number", async () => {
      const { author, owner, repo } = the();
      const { number } = await propose(the());
      const at = { owner, repo, issue_number: number };
      for (const body of ["one", "two", "three"]) await author.octokit.issues.createComment({ ...at, body });
      const first = await author.octokit.issues.listComments({ ...at, per_page: 2 });
      expect(first.data).toHaveLength(2);
      expect(first.headers.link).toMatch(/\/repositories\/\d+\/issues\/\d+\/comments\?.*page=2.*>; rel="next"/);
      const all = await author.octokit.paginate(author.octokit.issues.listComments, { ...at, per_page: 2 });
      expect(all.map(({ body }) => body)).toEqual(["one", "two", "three"]);
    });

    const refusals: Record<string, { status: number; words: string; ask: () => Promise<unknown> }> = {
      "a token that nobody gave out is refused": {
        status: 401,
        words: "Bad credentials",
        ask: () => {
          const { author, owner, repo } = the();
          const { baseUrl } = author.octokit.request.endpoint.DEFAULTS;
          const stranger = new Octokit({ baseUrl, auth: `github_pat_${"x".repeat(20)}`, log: silent });
          return stranger.repos.get({ owner, repo });
        },
      },
      "a repository that is not there is not found": {
        status: 404,
        words: "Not Found",
        ask: () => the().author.octokit.repos.get({ owner: the().owner, repo: "there-is-no-such-repository" }),
      },
      "a pull request that is not there is not found": {
        status: 404,
        words: "Not Found",
        ask: () => the().author.octokit.pulls.get({ ...names(the), pull_number: 99_999_999 }),
      },
      "a comment that is not there cannot be changed": {
        status: 404,
        words: "Not Found",
        ask: () => the().author.octokit.issues.updateComment({ ...names(the), comment_id: 1, body: "x" }),
      },
      "statuses of a commit that is not there cannot be set": {
        status: 422,
        words: "No commit found for SHA",
        ask: () => {
          const status = { sha: "f".repeat(40), state: "success" as const };
          return the().author.octokit.repos.createCommitStatus({ ...names(the), ...status });
        },
      },
    };
    test.each(Object.entries(refusals))("%s", async (_, { status, words, ask }) => {
      const refusal = await refusalOf(ask());
      expect(refusal.status).toBe(status);
      expect(refusal.text).toContain(words);
    });
  });
}

function names(the: TheSubject): { owner: string; repo: string } {
  const { owner, repo } = the();
  return { owner, repo };
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
