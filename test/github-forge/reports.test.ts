/** What the service shows on GitHub, and that it shows the same only once. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Forge, ProposalReport } from "../../governance/forges/forge.ts";
import type { Opened } from "../doubles/github/actor.ts";
import { World } from "./world.ts";

let world: World;
let asApp: Forge;
let withToken: Forge;
beforeAll(async () => {
  world = await World.start();
  asApp = world.forge();
  withToken = world.forge(world.token());
});
afterAll(() => world.stop());
beforeEach(() => world.clock.advance(60_000));

let files = 0;
const propose = (): Promise<Opened> =>
  world.double.as("alice").propose("A change", { [`models/${files++}.yaml`]: "a: 1\n" });

function reportOf({ number, head }: Opened, fields: Partial<ProposalReport> = {}): ProposalReport {
  return {
    proposal: `github:${world.double.repository.id}/${number}`,
    head,
    plan: { state: "success", title: "Updates 1", summary: "### What changes", annotations: [] },
    vote: { state: "pending", title: "Open: 1 yes", summary: "### Why", annotations: [] },
    data: {},
    ...fields,
  };
}

const passed = { state: "success", title: "Passed: 2 yes", summary: "### Why", annotations: [] } as const;
const comments = (number: number) => world.double.repository.comments.filter(({ issue }) => issue === number);
const checks = (head: string) => world.double.repository.checkRuns.filter(({ headSha }) => headSha === head);
const statuses = (head: string) => world.double.repository.statuses.filter(({ sha }) => sha === head);
const changes = (from: number) => world.requests(from).filter((one) => !one.startsWith("GET"));
/** As a pass does: list, then report. */
const pass = async (forge: Forge, report: ProposalReport): Promise<void> => {
  await forge.proposals(0, world.signal);
  await forge.report(report, world.signal);
};

describe("an App", () => {
  test("shows two checks and one comment", async () => {
    const opened = await propose();
    await pass(asApp, reportOf(opened));
    expect(checks(opened.head)).toMatchObject([
      {
        name: "plan",
        status: "completed",
        conclusion: "success",
        output: { title: "Updates 1", summary: "### What changes" },
      },
      { name: "vote", status: "in_progress", conclusion: null, output: { title: "Open: 1 yes" } },
    ]);
    expect(comments(opened.number).map(({ user, body }) => [user.login, body.split("\n")[1]])).toEqual([
      ["commonhold[bot]", "## … Vote: Open: 1 yes"],
    ]);
    expect(statuses(opened.head)).toEqual([]);
  });

  test("shows the same only once, also after a restart", async () => {
    const opened = await propose();
    await pass(asApp, reportOf(opened));
    const from = world.double.requests.length;
    await world.clock.advance(60_000);
    await pass(asApp, reportOf(opened));
    await pass(world.forge(), reportOf(opened));
    expect(changes(from).filter((one) => !one.includes("access_tokens"))).toEqual([]);
  });

  test("replaces what changed in its place", async () => {
    const opened = await propose();
    await pass(asApp, reportOf(opened));
    await pass(asApp, reportOf(opened, { vote: passed }));
    expect(checks(opened.head)).toMatchObject([
      { name: "plan" },
      { name: "vote", status: "completed", conclusion: "success" },
    ]);
    expect(comments(opened.number)).toHaveLength(1);
    expect(comments(opened.number)[0]?.body).toContain("✓ Vote: Passed: 2 yes");
  });

  test("begins a new check where the old one had ended: an ended one cannot be opened again", async () => {
    const opened = await propose();
    await pass(asApp, reportOf(opened, { vote: passed }));
    await pass(asApp, reportOf(opened));
    const votes = checks(opened.head).filter(({ name }) => name === "vote");
    expect(votes.map(({ status }) => status)).toEqual(["completed", "in_progress"]);
  });

  test("shows problems at their lines, 50 at most, and never the same twice", async () => {
    const opened = await propose();
    const annotations = Array.from({ length: 60 }, (_, at) => ({
      path: "models/a.yaml",
      line: at + 1,
      message: "is wrong",
    }));
    const plan = { state: "failure", title: "60 problems", summary: "wrong", annotations } as const;
    await pass(asApp, reportOf(opened, { plan }));
    await pass(asApp, reportOf(opened, { plan: { ...plan, title: "Still 60 problems" } }));
    const plans = checks(opened.head).filter(({ name }) => name === "plan");
    expect(plans.map((run) => run.annotations.length)).toEqual([50, 50]);
    expect(plans[0]?.annotations[0]).toMatchObject({
      path: "models/a.yaml",
      start_line: 1,
      annotation_level: "failure",
    });
  });

  test("shows checks anew on a new head, and goes on in the same comment", async () => {
    const opened = await propose();
    await pass(asApp, reportOf(opened));
    const head = await world.double.as("alice").push(opened.branch, { "more.yaml": "a: 2\n" });
    await pass(asApp, reportOf({ ...opened, head }));
    expect(checks(head).map(({ name }) => name)).toEqual(["plan", "vote"]);
    expect(comments(opened.number)).toHaveLength(1);
  });

  test("says on a commit what became of it", async () => {
    const commit = world.double.head() ?? "";
    const report = { commit, state: "failure", title: "not ratified", summary: "Nobody voted for it." } as const;
    await asApp.reportCommit(report, world.signal);
    await asApp.reportCommit(report, world.signal);
    expect(checks(commit)).toMatchObject([
      { name: "ratified", conclusion: "failure", output: { title: "not ratified" } },
    ]);
  });
});

describe("the comment", () => {
  test("of somebody else with the same hidden line is not ours", async () => {
    const opened = await propose();
    await pass(asApp, reportOf(opened));
    const [ours] = comments(opened.number);
    const other = await propose();
    await world.double.as("mallory").comment(other.number, ours?.body ?? "");
    await pass(asApp, reportOf(other));
    expect(comments(other.number).map(({ user }) => user.login)).toEqual(["mallory", "commonhold[bot]"]);
  });

  test("is put back where an administrator changed it", async () => {
    const opened = await propose();
    await pass(asApp, reportOf(opened));
    const [before] = comments(opened.number);
    const body = before?.body ?? "";
    await world.clock.advance(60_000);
    await world.double.as("root").editComment(before?.id ?? 0, `${body.split("\n")[0]}\nAll is well.`);
    await pass(asApp, reportOf(opened));
    expect(comments(opened.number).map((comment) => comment.body)).toEqual([body]);
  });

  test("is written anew where somebody deleted it", async () => {
    const opened = await propose();
    await pass(asApp, reportOf(opened));
    // Long enough that nothing is left to be read: deleting leaves no trace in the list.
    await world.clock.advance(5_000);
    await pass(asApp, reportOf(opened));
    await world.double.as("root").deleteComment(comments(opened.number)[0]?.id ?? 0);
    await pass(asApp, reportOf(opened, { vote: passed }));
    expect(comments(opened.number).map(({ body }) => body.split("\n")[1])).toEqual(["## ✓ Vote: Passed: 2 yes"]);
  });

  test("is not written twice by a service that died before it remembered", async () => {
    const opened = await propose();
    world.double.faults.add(`POST /repos/community/policy/issues/${opened.number}/comments`, { kind: "lost" });
    await expect(pass(asApp, reportOf(opened))).rejects.toMatchObject({ code: "unreachable" });
    await world.clock.advance(60_000);
    await pass(world.forge(), reportOf(opened));
    expect(comments(opened.number)).toHaveLength(1);
  });

  test("holds no title that breaks out of it", async () => {
    const opened = await propose();
    const vote = { ...passed, title: "@alice [x](https://evil.example) <b> `" };
    await pass(asApp, reportOf(opened, { vote }));
    const line = comments(opened.number)[0]?.body.split("\n")[1];
    expect(line).toBe("## ✓ Vote: `@alice` `[x](https://evil.example)` `<b>` `` ` ``");
  });
});

describe("a token", () => {
  test("shows two statuses that lead to the comment", async () => {
    const opened = await propose();
    await pass(withToken, reportOf(opened));
    const [comment] = comments(opened.number);
    const link = `${world.double.url}/community/policy/pull/${opened.number}#issuecomment-${comment?.id}`;
    expect(statuses(opened.head)).toMatchObject([
      { context: "commonhold/plan", state: "success", description: "Updates 1", targetUrl: link },
      { context: "commonhold/vote", state: "pending", description: "Open: 1 yes", targetUrl: link },
    ]);
    expect(comment?.user.login).toBe("service");
    expect(checks(opened.head)).toEqual([]);
  });

  test("shows the same only once, also after a restart", async () => {
    const opened = await propose();
    await pass(withToken, reportOf(opened));
    const from = world.double.requests.length;
    await world.clock.advance(60_000);
    await pass(withToken, reportOf(opened));
    await pass(world.forge(world.token()), reportOf(opened));
    expect(changes(from)).toEqual([]);
  });

  test("sets anew what somebody else set in the same name", async () => {
    const opened = await propose();
    await pass(withToken, reportOf(opened));
    await forgeStatus(opened.head);
    await pass(world.forge(world.token()), reportOf(opened));
    expect(statuses(opened.head).at(-1)).toMatchObject({ context: "commonhold/vote", state: "pending" });
  });

  async function forgeStatus(head: string): Promise<void> {
    const token = world.double.admin.createToken("root", { permissions: { statuses: "write" } });
    await fetch(`${world.double.url}/repos/community/policy/statuses/${head}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token.text}`, "user-agent": "root" },
      body: JSON.stringify({ state: "success", context: "commonhold/vote", description: "Passed" }),
    });
  }
});

test("a proposal of another place is shown nothing", async () => {
  const from = world.double.requests.length;
  const opened = await propose();
  await asApp.report(reportOf(opened, { proposal: `git:${opened.head}/${opened.head}` }), world.signal);
  await asApp.report(reportOf(opened, { proposal: `github:1/${opened.number}` }), world.signal);
  expect(changes(from)).toEqual([]);
});

describe("a revert", () => {
  test("is offered once per commit, as a branch and a pull request", async () => {
    const { repository, double, signal, clock } = world;
    const good = double.head() ?? "";
    const head = await double.as("root").push("main", { "pushed.yaml": "a: 1\n" });
    await repository.fetch(await asApp.remote(signal), asApp.fetchRefspecs, { signal });
    const tree = (await repository.commit(good))?.tree ?? "";
    const revert = await repository.writeCommit({ tree, parents: [head], message: "Go back\n", at: clock.now() });
    const offer = { head, revert, title: "Go back to what was ratified", body: "Nobody voted for it." };
    await asApp.offerRevert(offer, signal);
    await world.forge().offerRevert(offer, signal);
    const made = [...double.repository.pulls.values()].filter(({ title }) => title === offer.title);
    expect(made).toMatchObject([{ base: { ref: "main" }, head: { ref: `reverts/${head.slice(0, 12)}`, oid: revert } }]);
    await double.as("root").close(made[0]?.number ?? 0);
    await asApp.offerRevert(offer, signal);
    expect([...double.repository.pulls.values()].filter(({ title }) => title === offer.title)).toHaveLength(1);
  });
});
