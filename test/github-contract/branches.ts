/** Refs: made by the API and by git, those that belong to GitHub, and the list of what was pushed. */
import { describe, expect, test } from "vitest";
import { propose, refusalOf, type TheSubject } from "./subject.ts";

export function branchesContract(the: TheSubject): void {
  describe("refs", () => {
    test("one that is made by the API is there for the API and for git", async () => {
      const { author, owner, repo, workshop, base, start: sha } = the();
      const name = `${base}-made/by/the-api`;
      const { data } = await author.octokit.git.createRef({ owner, repo, ref: `refs/heads/${name}`, sha });
      expect(data).toMatchObject({ ref: `refs/heads/${name}`, object: { sha, type: "commit" } });
      const found = await author.octokit.git.getRef({ owner, repo, ref: `heads/${name}` });
      expect(found.data.object.sha).toBe(sha);
      expect((await workshop.remoteRefs(`refs/heads/${name}`)).get(`refs/heads/${name}`)).toBe(sha);
    });

    test("git may push refs that are no branches", async () => {
      const { workshop, base, start: head } = the();
      const ref = `refs/commonhold-contract/${base.replaceAll("/", "-")}`;
      await workshop.push([`${head}:${ref}`]);
      expect((await workshop.remoteRefs(ref)).get(ref)).toBe(head);
      await workshop.push([`:${ref}`]);
      expect((await workshop.remoteRefs(ref)).has(ref)).toBe(false);
    });

    test("refs of pull requests are GitHub's own", async () => {
      const { workshop, start } = the();
      const { number, head } = await propose(the());
      await expect(workshop.push([`+${start}:refs/pull/${number}/head`])).rejects.toThrow(/refused/);
      const ref = `refs/pull/${number}/head`;
      expect((await workshop.remoteRefs(ref)).get(ref)).toBe(head);
    });

    test("a push that would lose commits is refused, unless it is forced", async () => {
      const { workshop, start } = the();
      const { branch } = await propose(the());
      const other = await workshop.commit(start, { sideways: "1\n" }, "Go sideways");
      await expect(workshop.push([`${other}:refs/heads/${branch}`])).rejects.toThrow(/rejected/);
      await workshop.push([`+${other}:refs/heads/${branch}`]);
    });

    test("the list of activity says who pushed what, the newest first", async () => {
      const { author, owner, repo, workshop, base, start, eventually } = the();
      const branch = `${base}-activity`;
      const first = await workshop.commit(start, { activity: "1\n" }, "One");
      const second = await workshop.commit(first, { activity: "2\n" }, "Two");
      const sideways = await workshop.commit(first, { activity: "3\n" }, "Three");
      await workshop.push([`${first}:refs/heads/${branch}`]);
      await workshop.push([`${second}:refs/heads/${branch}`]);
      await workshop.push([`+${sideways}:refs/heads/${branch}`]);
      const { data } = await eventually(
        () => author.octokit.repos.listActivities({ owner, repo, ref: `refs/heads/${branch}` }),
        (answer) => answer.data.length === 3,
      );
      const by = { id: author.id };
      expect(data).toMatchObject([
        { activity_type: "force_push", before: second, after: sideways, actor: by },
        { activity_type: "push", before: first, after: second, actor: by },
        { activity_type: "branch_creation", before: "0".repeat(40), after: first, actor: by },
      ]);
    });

    const refusals: Record<string, { status: number; words: string; ask: () => Promise<unknown> }> = {
      "one that is there is not made again": {
        status: 422,
        words: "Reference already exists",
        ask: async () => {
          const { author, owner, repo, base, start: sha } = the();
          return author.octokit.git.createRef({ owner, repo, ref: `refs/heads/${base}`, sha });
        },
      },
      "one to nothing is not made": {
        status: 422,
        words: "Object does not exist",
        ask: () => {
          const { author, owner, repo, base } = the();
          return author.octokit.git.createRef({ owner, repo, ref: `refs/heads/${base}-nil`, sha: "f".repeat(40) });
        },
      },
      "one that is not there is not found": {
        status: 404,
        words: "Not Found",
        ask: () => {
          const { author, owner, repo, base } = the();
          return author.octokit.git.getRef({ owner, repo, ref: `heads/${base}-nil` });
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
