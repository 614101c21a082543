/** What a merge makes, each of the three ways; and what GitHub will not merge. */
import { describe, expect, test } from "vitest";
import { propose, refusalOf, type TheSubject } from "./subject.ts";

export function mergesContract(the: TheSubject): void {
  type Method = "merge" | "squash" | "rebase";
  const merge = async (number: number, method: Method): Promise<{ sha: string; before: string }> => {
    const { author, owner, repo, workshop, base } = the();
    const before = await workshop.headOf(base);
    const { data } = await author.octokit.pulls.merge({ owner, repo, pull_number: number, merge_method: method });
    expect(data.merged).toBe(true);
    return { sha: data.sha, before };
  };

  describe("merges", () => {
    test("a merge is a commit of both parents with the tree that git makes of them", async () => {
      const { workshop, base, author } = the();
      const { number, head } = await propose(the());
      const { sha, before } = await merge(number, "merge");
      const { parents, tree, message, committer } = await workshop.read(sha);
      expect(parents).toEqual([before, head]);
      expect(tree).toBe(await workshop.mergedTree(before, head));
      expect(message).toMatch(new RegExp(`^Merge pull request #${number} from `));
      expect(committer.name).toBe("GitHub");
      expect(await workshop.headOf(base)).toBe(sha);
      const { data } = await author.octokit.pulls.get({ ...names(the), pull_number: number });
      expect(data).toMatchObject({
        state: "closed",
        merged: true,
        merge_commit_sha: sha,
        merged_by: { id: author.id },
        head: { sha: head },
      });
      expect(data.merged_at).toBe(data.closed_at);
    });

    test("a squash is one commit on the base, whatever the branch had", async () => {
      const { workshop, author } = the();
      const { number, head } = await propose(the(), [{ a: "1\n" }, { b: "2\n" }]);
      const { sha, before } = await merge(number, "squash");
      const { parents, tree, message } = await workshop.read(sha);
      expect(parents).toEqual([before]);
      expect(tree).toBe(await workshop.mergedTree(before, head));
      expect(message).toContain(`(#${number})`);
      const { data } = await author.octokit.pulls.get({ ...names(the), pull_number: number });
      expect(data.merge_commit_sha).toBe(sha);
    });

    test("a rebase is each commit again on the base, with its author, and another committer", async () => {
      const { workshop, author } = the();
      const { number, head } = await propose(the(), [{ c: "1\n" }, { d: "2\n" }]);
      const { sha, before } = await merge(number, "rebase");
      const last = await workshop.read(sha);
      const first = await workshop.read(last.parents[0] ?? "");
      expect([last.parents.length, first.parents]).toEqual([1, [before]]);
      expect(last.tree).toBe(await workshop.mergedTree(before, head));
      expect(last.oid).not.toBe(head);
      expect([last.author.name, first.author.name]).toEqual(["Contract", "Contract"]);
      expect(last.committer.name).not.toBe("Contract");
      const { data } = await author.octokit.pulls.get({ ...names(the), pull_number: number });
      expect(data.merge_commit_sha).toBe(sha);
    });

    test("a rebase makes new commits where the old ones would have done", async () => {
      const { workshop, base } = the();
      const before = await workshop.headOf(base);
      const { number, head } = await propose(the(), [{}], before);
      const { sha } = await merge(number, "rebase");
      const { parents, tree } = await workshop.read(sha);
      expect(parents).toEqual([before]);
      expect(tree).toBe((await workshop.read(head)).tree);
      expect(sha).not.toBe(head);
    });

    test("one whose commits are pushed to the base is merged by that", async () => {
      const { workshop, base, author, eventually } = the();
      const { number, head } = await propose(the(), [{}], await workshop.headOf(base));
      await workshop.push([`${head}:refs/heads/${base}`]);
      const merged = await eventually(
        () => author.octokit.pulls.get({ ...names(the), pull_number: number }),
        ({ data }) => data.merged,
      );
      expect(merged.data).toMatchObject({ state: "closed", merged: true, merged_by: { id: author.id } });
    });

    test("the proposals of a commit are found by it", async () => {
      const { author } = the();
      const { number, head } = await propose(the());
      const of = { ...names(the), commit_sha: head };
      const { data } = await author.octokit.repos.listPullRequestsAssociatedWithCommit(of);
      expect(data.map((one) => one.number)).toEqual([number]);
    });

    const refusals: Record<string, { status: number; words: string; sha?: string; first?: "merge" | "close" }> = {
      "a head that is not the one that was looked at is not merged": {
        status: 409,
        words: "Head branch was modified",
        sha: "f".repeat(40),
      },
      "what is merged is not merged again": { status: 405, words: "not mergeable", first: "merge" },
      "what is closed is not merged": { status: 405, words: "not mergeable", first: "close" },
    };
    test.each(Object.entries(refusals))("%s", async (_, { status, words, sha, first }) => {
      const { author } = the();
      const { number } = await propose(the());
      const at = { ...names(the), pull_number: number };
      if (first === "merge") await author.octokit.pulls.merge(at);
      if (first === "close") await author.octokit.pulls.update({ ...at, state: "closed" });
      const refusal = await refusalOf(author.octokit.pulls.merge({ ...at, ...(sha && { sha }) }));
      expect(refusal.status).toBe(status);
      expect(refusal.text).toContain(words);
    });
  });
}

function names(the: TheSubject): { owner: string; repo: string } {
  const { owner, repo } = the();
  return { owner, repo };
}
