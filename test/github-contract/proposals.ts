/** Opening pull requests, and what a push to their branch does to them. */
import { describe, expect, test } from "vitest";
import { propose, refusalOf, type Subject, type TheSubject } from "./subject.ts";

export function proposalsContract(the: TheSubject): void {
  const pull = async (
    number: number,
  ): Promise<Awaited<ReturnType<Subject["author"]["octokit"]["pulls"]["get"]>>["data"]> => {
    const { author, owner, repo } = the();
    return (await author.octokit.pulls.get({ owner, repo, pull_number: number })).data;
  };

  describe("proposals", () => {
    test("an opened one is open, by its author's number, with head and base, and git has its head", async () => {
      const { author, workshop, base } = the();
      const { number, head, branch } = await propose(the());
      expect(await pull(number)).toMatchObject({
        state: "open",
        merged: false,
        merged_at: null,
        user: { login: author.login, id: author.id },
        head: { sha: head, ref: branch },
        base: { ref: base, sha: await workshop.headOf(base) },
        commits: 1,
        changed_files: 1,
      });
      const ref = `refs/pull/${number}/head`;
      expect((await workshop.remoteRefs(ref)).get(ref)).toBe(head);
    });

    test("it is in the list of open ones, the last changed first", async () => {
      const { author, owner, repo, base } = the();
      const { number } = await propose(the());
      const order = { sort: "updated", direction: "desc" } as const;
      const { data } = await author.octokit.pulls.list({ owner, repo, base, state: "open", ...order });
      expect(data[0]?.number).toBe(number);
    });

    test("a push to its branch moves the head", async () => {
      const { workshop, eventually } = the();
      const { number, head, branch } = await propose(the());
      const next = await workshop.commit(head, { "more.txt": "more\n" }, "Write more");
      await workshop.push([`${next}:refs/heads/${branch}`]);
      const moved = await eventually(
        () => pull(number),
        (one) => one.head.sha === next,
      );
      expect(moved).toMatchObject({ head: { sha: next }, commits: 2, state: "open" });
      const ref = `refs/pull/${number}/head`;
      expect((await workshop.remoteRefs(ref)).get(ref)).toBe(next);
    });

    test("a forced push moves the head sideways", async () => {
      const { workshop, eventually, start } = the();
      const { number, branch } = await propose(the());
      const other = await workshop.commit(start, { "other.txt": `${number}\n` }, "Write another");
      await workshop.push([`+${other}:refs/heads/${branch}`]);
      const moved = await eventually(
        () => pull(number),
        (one) => one.head.sha === other,
      );
      expect(moved).toMatchObject({ head: { sha: other }, commits: 1 });
    });

    test("whether it can be merged is worked out, and git has the merge that was tried", async () => {
      const { workshop, eventually, base } = the();
      const { number, head } = await propose(the());
      const tried = await eventually(
        () => pull(number),
        (one) => one.mergeable !== null,
      );
      expect(tried).toMatchObject({ mergeable: true, merged: false });
      const ref = `refs/pull/${number}/merge`;
      await workshop.fetch(ref);
      const oid = (await workshop.remoteRefs(ref)).get(ref) ?? "";
      expect(tried.merge_commit_sha).toBe(oid);
      const before = await workshop.headOf(base);
      const { parents, tree } = await workshop.read(oid);
      expect(parents).toEqual([before, head]);
      expect(tree).toBe(await workshop.mergedTree(before, head));
    });

    test("one that conflicts cannot be merged", async () => {
      const { author, owner, repo, workshop, eventually, base } = the();
      const before = await workshop.headOf(base);
      const { number } = await propose(the(), [{ "conflict.txt": "one\n" }]);
      const other = await workshop.commit(before, { "conflict.txt": "two\n" }, "Write the same place");
      await workshop.push([`${other}:refs/heads/${base}`]);
      const tried = await eventually(
        () => pull(number),
        (one) => one.mergeable !== null,
      );
      expect(tried).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
      const refusal = await refusalOf(author.octokit.pulls.merge({ owner, repo, pull_number: number }));
      expect(refusal.status).toBe(405);
    });

    test("its title can be changed, by which it is changed", async () => {
      const { author, owner, repo, pass } = the();
      const { number } = await propose(the());
      const before = await pull(number);
      await pass(1_100);
      await author.octokit.pulls.update({ owner, repo, pull_number: number, title: "Another title" });
      const after = await pull(number);
      expect(after.title).toBe("Another title");
      expect(Date.parse(after.updated_at)).toBeGreaterThan(Date.parse(before.updated_at));
    });

    test("it can be closed and opened again", async () => {
      const { author, owner, repo } = the();
      const { number } = await propose(the());
      const closed = await author.octokit.pulls.update({ owner, repo, pull_number: number, state: "closed" });
      expect(closed.data).toMatchObject({ state: "closed", merged: false, closed_at: expect.any(String) });
      const opened = await author.octokit.pulls.update({ owner, repo, pull_number: number, state: "open" });
      expect(opened.data).toMatchObject({ state: "open", closed_at: null });
    });

    test("one whose branch is deleted is closed, and git keeps its head", async () => {
      const { workshop, eventually } = the();
      const { number, head, branch } = await propose(the());
      await workshop.push([`:refs/heads/${branch}`]);
      const closed = await eventually(
        () => pull(number),
        (one) => one.state === "closed",
      );
      expect(closed).toMatchObject({ state: "closed", merged: false, head: { sha: head } });
      const ref = `refs/pull/${number}/head`;
      expect((await workshop.remoteRefs(ref)).get(ref)).toBe(head);
    });

    const refusals: Record<string, { words: RegExp; open: () => Promise<unknown> }> = {
      "a second one of the same branch is refused": {
        words: /A pull request already exists/,
        open: async () => {
          const { author, owner, repo, base } = the();
          const { branch } = await propose(the());
          return author.octokit.pulls.create({ owner, repo, base, head: branch, title: "again" });
        },
      },
      "one without a commit is refused": {
        words: /No commits between/,
        open: async () => {
          const { author, owner, repo, base, workshop, start } = the();
          const branch = `${base}-nothing`;
          await workshop.push([`${start}:refs/heads/${branch}`]);
          return author.octokit.pulls.create({ owner, repo, base, head: branch, title: "nothing" });
        },
      },
      "one of a branch that is not there is refused": {
        words: /"field":"head"/,
        open: () => {
          const { author, owner, repo, base } = the();
          return author.octokit.pulls.create({ owner, repo, base, head: `${base}-nowhere`, title: "nowhere" });
        },
      },
      "one into a branch that is not there is refused": {
        words: /"field":"base"/,
        open: async () => {
          const { author, owner, repo, base } = the();
          const { branch } = await propose(the());
          return author.octokit.pulls.create({ owner, repo, base: `${base}-nowhere`, head: branch, title: "nowhere" });
        },
      },
    };
    test.each(Object.entries(refusals))("%s", async (_, { words, open }) => {
      const refusal = await refusalOf(open());
      expect(refusal.status).toBe(422);
      expect(refusal.text).toMatch(words);
    });
  });
}
