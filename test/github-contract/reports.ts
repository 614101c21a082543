/** Statuses, which anybody who may write can set; check runs, which only Apps can. */

import type { Octokit } from "@octokit/rest";
import { describe, expect, test } from "vitest";
import { propose, refusalOf, type Subject, type TheSubject } from "./subject.ts";

export function reportsContract(the: TheSubject): void {
  describe("statuses", () => {
    test("every one stays, the newest first, one context beside the other", async () => {
      const { author, owner, repo } = the();
      const { head } = await propose(the());
      const set = (context: string, state: "pending" | "success"): Promise<unknown> =>
        author.octokit.repos.createCommitStatus({ owner, repo, sha: head, context, state, description: state });
      await set("contract/plan", "pending");
      await set("contract/vote", "pending");
      await set("contract/plan", "success");
      const { data } = await author.octokit.repos.listCommitStatusesForRef({ owner, repo, ref: head });
      expect(data.map(({ context, state }) => [context, state])).toEqual([
        ["contract/plan", "success"],
        ["contract/vote", "pending"],
        ["contract/plan", "pending"],
      ]);
      expect(data[0]).toMatchObject({ description: "success", creator: { id: author.id } });
    });

    test("a description has at most 140 characters", async () => {
      const { author, owner, repo } = the();
      const { head } = await propose(the());
      const status = { owner, repo, sha: head, context: "contract/long", state: "success" as const };
      await author.octokit.repos.createCommitStatus({ ...status, description: "x".repeat(140) });
      const tooLong = author.octokit.repos.createCommitStatus({ ...status, description: "x".repeat(141) });
      expect(await refusalOf(tooLong)).toMatchObject({ status: 422, text: expect.stringContaining("140") });
    });
  });

  describe("check runs", () => {
    test("a person cannot make one", async () => {
      const { author, owner, repo } = the();
      const { head } = await propose(the());
      const refusal = await refusalOf(author.octokit.checks.create({ owner, repo, name: "plan", head_sha: head }));
      expect(refusal.status).toBe(403);
    });
  });
}

/** Needs an App that is installed there. */
export function checkRunsContract(the: TheSubject): void {
  describe("check runs of an App", () => {
    test("one is made, then changed, and found by its commit", async () => {
      const { owner, repo } = the();
      const app = appOf(the());
      const { head } = await propose(the());
      const { data: made } = await app.checks.create({
        owner,
        repo,
        name: "plan",
        head_sha: head,
        status: "in_progress",
      });
      expect(made).toMatchObject({ status: "in_progress", conclusion: null, completed_at: null, head_sha: head });
      const output = { title: "One model comes", summary: "It fits." };
      const run = { owner, repo, check_run_id: made.id };
      const { data: done } = await app.checks.update({ ...run, conclusion: "success", output });
      expect(done).toMatchObject({ id: made.id, status: "completed", conclusion: "success", output });
      expect(done.completed_at).toBeTruthy();
      const { data } = await app.checks.listForRef({ owner, repo, ref: head });
      expect(data.check_runs.map(({ id }) => id)).toEqual([made.id]);
    });

    test("of two with one name the list has the newer, and all when asked for all", async () => {
      const { owner, repo } = the();
      const app = appOf(the());
      const { head } = await propose(the());
      const run = { owner, repo, name: "vote", head_sha: head, status: "in_progress" as const };
      const first = await app.checks.create(run);
      const second = await app.checks.create(run);
      const latest = await app.checks.listForRef({ owner, repo, ref: head, check_name: "vote" });
      expect(latest.data.check_runs.map(({ id }) => id)).toEqual([second.data.id]);
      const all = await app.checks.listForRef({ owner, repo, ref: head, check_name: "vote", filter: "all" });
      expect(all.data.check_runs.map(({ id }) => id).sort()).toEqual([first.data.id, second.data.id].sort());
    });
  });
}

function appOf({ app }: Subject): Octokit {
  if (!app) throw new Error("this case needs an App");
  return app;
}
