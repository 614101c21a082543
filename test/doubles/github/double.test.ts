import { describe, expect, test } from "vitest";
import type { GitHubDouble } from "./double.ts";
import { ask, installationToken, policy, start } from "./github.fixture.ts";

/** A pull request as the API has it. */
async function pull(double: GitHubDouble, number: number): Promise<Record<string, unknown>> {
  return (await ask(double, `${policy}/pulls/${number}`)).body;
}

async function list(double: GitHubDouble, path: string): Promise<Record<string, unknown>[]> {
  return (await ask(double, `${policy}${path}`)).body as unknown as Record<string, unknown>[];
}

describe("accounts", () => {
  test("one that is renamed keeps its number, and its old login can be somebody else's", async () => {
    const { double } = await start();
    const { number } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    await double.as("bob").approve(number);
    const { id } = double.as("bob").account;
    double.admin.renameUser("bob", "robert");
    const other = double.admin.addUser("bob", "write");
    await double.as("bob").approve(number);
    const reviews = await list(double, `/pulls/${number}/reviews`);
    expect(reviews.map(({ user }) => user)).toMatchObject([
      { login: "robert", id },
      { login: "bob", id: other },
    ]);
    expect(other).not.toBe(id);
  });

  test("one that is gone is nobody in reviews and comments, and a ghost as author", async () => {
    const { double } = await start();
    const { number } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    await double.as("bob").approve(number);
    await double.as("bob").comment(number, "/abstain");
    double.admin.deleteUser("bob");
    double.admin.deleteUser("alice");
    expect(await list(double, `/pulls/${number}/reviews`)).toMatchObject([{ user: null, state: "APPROVED" }]);
    expect(await list(double, `/issues/${number}/comments`)).toMatchObject([{ user: null, body: "/abstain" }]);
    expect(await pull(double, number)).toMatchObject({ user: { login: "ghost", id: 10_137 } });
  });

  test("a bot says that it is one, and may approve like anybody", async () => {
    const { double } = await start();
    double.admin.addUser("helper[bot]", "write", "Bot");
    const { number } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    await double.as("helper[bot]").approve(number);
    const [review] = await list(double, `/pulls/${number}/reviews`);
    expect(review).toMatchObject({ state: "APPROVED", user: { type: "Bot" } });
  });

  test("who may only read may vote, and not merge", async () => {
    const { double } = await start();
    const { number } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    await double.as("carol").approve(number);
    await expect(double.as("carol").merge(number)).rejects.toThrow("Must have write rights");
    await expect(double.as("carol").push("x", {})).rejects.toThrow("Must have write rights");
  });
});

describe("the repository", () => {
  test("one that is renamed is found by its old name, which leads to its number", async () => {
    const { double } = await start();
    double.admin.renameRepository("rules");
    const moved = await ask(double, `${policy}/pulls?state=all`);
    const { id } = double.repository;
    expect(moved.status).toBe(301);
    expect(moved.headers.get("location")).toBe(`${double.url}/repositories/${id}/pulls?state=all`);
    expect((await ask(double, `/repositories/${id}`)).body).toMatchObject({ id, full_name: "community/rules" });
    expect((await ask(double, `${policy}/git/refs`, { method: "POST", body: {} })).status).toBe(307);
  });

  test("one that is private and renamed does not exist for who may not read it", async () => {
    const { double } = await start({ visibility: "private" });
    double.admin.renameRepository("rules");
    expect((await ask(double, policy)).status).toBe(404);
    const token = double.admin.createToken("alice", { permissions: {} }).text;
    expect((await ask(double, policy, { token })).status).toBe(301);
  });

  test("one that is transferred is found by its old name", async () => {
    const { double } = await start();
    double.admin.transferRepository("company");
    expect((await ask(double, policy)).status).toBe(301);
    expect((await ask(double, "/repos/company/policy")).body).toMatchObject({ id: double.repository.id });
  });

  test("one that is transferred is out of reach for what its old owner gave", async () => {
    const { double } = await start({ visibility: "private" });
    const app = await installationToken(double);
    const person = double.admin.createToken("alice", { permissions: { contents: "read" } }).text;
    const path = `/repositories/${double.repository.id}`;
    expect((await ask(double, path, { token: app })).status).toBe(200);
    double.admin.transferRepository("company");
    for (const token of [app, person]) expect((await ask(double, path, { token })).status).toBe(404);
  });

  test("one that is made anew under its name has another number, and no history of the old one", async () => {
    const { double } = await start();
    const { id } = double.repository;
    const { number } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    await double.recreateRepository({ "evil.yaml": "1\n" });
    expect((await ask(double, policy)).body).not.toMatchObject({ id });
    expect((await ask(double, `/repositories/${id}`)).status).toBe(404);
    expect((await ask(double, `${policy}/pulls/${number}`)).status).toBe(404);
    expect((await double.as("bob").propose("Again", { "b.txt": "1\n" })).number).toBe(1);
  });

  test("the old name of a renamed one can be taken by another", async () => {
    const { double } = await start();
    const { id } = double.repository;
    double.admin.renameRepository("rules");
    await double.recreateRepository();
    expect((await ask(double, policy)).body["id"]).not.toBe(id);
  });

  test("one that is deleted is not there", async () => {
    const { double } = await start();
    double.admin.deleteRepository();
    expect((await ask(double, policy)).status).toBe(404);
  });
});

describe("what an administrator can do", () => {
  test("merge what nobody voted on", async () => {
    const { double } = await start();
    const { number } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    const merged = await double.as("root").merge(number);
    expect(double.head()).toBe(merged);
    expect(await pull(double, number)).toMatchObject({ merged: true, merged_by: { login: "root" } });
  });

  test("force-push, rewind and begin anew, each of which the activity list tells", async () => {
    const { double } = await start();
    const first = double.head() ?? "";
    const second = await double.as("alice").push("main", { "a.txt": "1\n" });
    await double.admin.forcePush("main", first);
    expect(double.head()).toBe(first);
    const orphan = await double.admin.orphan("main", { "b.txt": "1\n" });
    expect((await double.repository.store.commit(orphan))?.parents).toEqual([]);
    const activity = await list(double, "/activity?ref=main");
    expect(activity.map(({ before, after, activity_type: type }) => [before, after, type])).toEqual([
      [first, orphan, "force_push"],
      [second, first, "force_push"],
      [first, second, "push"],
      ["0".repeat(40), first, "branch_creation"],
    ]);
  });

  test("merge several in one push by the queue, each with a commit of its own", async () => {
    const { double } = await start();
    const before = double.head() ?? "";
    const one = await double.as("alice").propose("One", { "a.txt": "1\n" });
    const two = await double.as("bob").propose("Two", { "b.txt": "2\n" });
    const after = await double.admin.mergeQueue([one.number, two.number]);
    const [last, first] = await double.repository.store.commits(after, undefined, 2);
    const { merge_commit_sha: firstMerge } = await pull(double, one.number);
    const { merge_commit_sha: secondMerge } = await pull(double, two.number);
    expect(secondMerge).toBe(after);
    expect(last?.parents).toEqual([firstMerge, two.head]);
    const firstCommit = await double.repository.store.commit(String(firstMerge));
    expect(firstCommit?.parents).toEqual([before, one.head]);
    expect(first).toBeDefined();
    expect(await list(double, "/activity?ref=main&per_page=1")).toMatchObject([
      { before, after, activity_type: "merge_queue_merge", actor: { login: "github-merge-queue[bot]" } },
    ]);
    const found = await list(double, `/commits/${String(firstMerge)}/pulls`);
    expect(found.map(({ number }) => number)).toEqual([one.number]);
  });

  test.each(["merge", "squash", "rebase"] as const)(
    "have GitHub %s with a tree that nobody asked for",
    async (method) => {
      const { double } = await start();
      const before = double.head() ?? "";
      const { number, head } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
      const right = await double.repository.store.mergeTree(before, head);
      double.admin.wrongMerge({ "reverted.txt": "gone wrong\n" });
      const merged = await double.as("alice").merge(number, { method });
      const commit = await double.repository.store.commit(merged);
      expect(commit?.parents[0]).toBe(before);
      expect(commit?.tree).not.toBe(right);
      const next = await double.as("alice").propose("Another", { "b.txt": "1\n" });
      const expected = await double.repository.store.mergeTree(merged, next.head);
      const well = await double.as("alice").merge(next.number, { method });
      expect((await double.repository.store.commit(well))?.tree).toBe(expected);
    },
  );

  test("open 1,000 pull requests at once", async () => {
    const { double } = await start();
    const numbers = await double.admin.openMany(1_000, "carol");
    expect(numbers).toHaveLength(1_000);
    const page = await ask(double, `${policy}/pulls?per_page=100&page=10`);
    expect(page.body).toHaveLength(100);
    expect(page.headers.get("link")).not.toContain('rel="next"');
    expect(await pull(double, numbers[500] ?? 0)).toMatchObject({ commits: 1, mergeable: true });
  });
});

describe("forks", () => {
  test("a proposal from one has its head there, and its objects here", async () => {
    const { double } = await start();
    double.admin.addUser("dora");
    const { number, head } = await double.as("dora").propose("From afar", { "a.txt": "1\n" }, { fork: true });
    expect(await pull(double, number)).toMatchObject({
      head: { sha: head, label: expect.stringMatching(/^dora:/), repo: { full_name: "dora/policy", fork: true } },
      base: { repo: { full_name: "community/policy" } },
      mergeable: true,
    });
    expect(double.repository.refs.get(`refs/pull/${number}/head`)).toBe(head);
    const merged = await double.as("root").merge(number);
    expect((await double.repository.store.commit(merged))?.parents[1]).toBe(head);
  });

  test("one whose fork is deleted has no head repository any more", async () => {
    const { double } = await start();
    double.admin.addUser("dora");
    const { number } = await double.as("dora").propose("From afar", { "a.txt": "1\n" }, { fork: true });
    double.admin.deleteUser("dora");
    expect(await pull(double, number)).toMatchObject({ head: { repo: null, user: null } });
  });
});

describe("files of a push", () => {
  test("can be of any mode, be removed, and have any name", async () => {
    const { double } = await start();
    const target = double.head() ?? "";
    const oid = await double.as("alice").push("odd", {
      "README.md": undefined,
      "run.sh": { mode: "100755", content: "#!/bin/sh\n" },
      link: { mode: "120000", content: "/etc/passwd" },
      module: { mode: "160000", oid: target },
      'dir/é "quoted"\n.txt': new Uint8Array([0, 255]),
    });
    const tree = await double.repository.store.tree(oid);
    expect(tree.map(({ mode, path }) => `${mode} ${path}`)).toEqual([
      '100644 dir/é "quoted"\n.txt',
      "120000 link",
      "160000 module",
      "100755 run.sh",
    ]);
  });
});

test("ten doubles live side by side", async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => start()));
  const answers = await Promise.all(all.map(({ double }) => ask(double, policy)));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
});
