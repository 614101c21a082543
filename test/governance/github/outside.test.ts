/**
 * Attacks that need no right at all, and a GitHub that fails: notices that nobody sent, names and titles that want to be more than words,
 * a thousand pull requests, outages and limits. Each is named by its sentence; after each every verdict can be recomputed.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { createMirror } from "../../../governance/mirror/mirror.ts";
import { outsideCode } from "../../../governance/proposals/report/outside-code.fixture.ts";
import type { Passed } from "../../../governance/service/pass.ts";
import { hour, minute, modelText, second } from "../../../governance/service/testing/policy.fixture.ts";
import type { webhookOutcomes } from "../../../governance/webhooks/outcome.ts";
import type { Fault } from "../../doubles/github/api/faults.ts";
import type { Delivery } from "../../doubles/github/webhooks/deliveries.ts";
import { disagreements } from "../replayed.ts";
import { decisionsInMemory } from "./decisions.fixture.ts";
import { type GitHubCommunity, type PullHandle, startGitHubCommunity } from "./github-community.fixture.ts";
import { type Hook, listenTo } from "./hook.fixture.ts";

// Git and a server of its own for each take a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let c: GitHubCommunity;
let hook: Hook | undefined;
const begin = async (options: Parameters<typeof startGitHubCommunity>[0] = {}): Promise<void> => {
  c = await startGitHubCommunity(options);
  await c.pass();
};
afterEach(async () => {
  const found = await disagreements(c);
  await hook?.close();
  hook = undefined;
  await c.discard();
  expect(found).toEqual([]);
});

const two = { "models/smollm2.yaml": modelText("smollm2", 2) };
const inForce = (): string => c.targets.at(-1)?.commit ?? "";
const proposed = async (by = "alice"): Promise<PullHandle> => c.propose(by, two);

/** Voted for by two and old enough to be merged. */
async function passed(): Promise<PullHandle> {
  const proposal = await proposed();
  await c.vote("bob", proposal, "yes");
  await passAfter(hour);
  return proposal;
}

/** One pass after some time. */
async function passAfter(ms: number): Promise<Passed> {
  await c.clock.advance(ms);
  return c.pass();
}

describe("a notice that nobody sent changes nothing, and is counted", () => {
  const secret = "It's a Secret to Everybody";
  const lie = async (): Promise<Delivery> => {
    const { number } = await proposed();
    await c.double.as("bob").approve(number);
    const delivery = c.double.webhooks.queue.at(-1) as Delivery;
    c.double.webhooks.drop();
    return delivery;
  };

  test.each<[string, { secret: string | null }, keyof typeof webhookOutcomes]>([
    ["without a signature", { secret: null }, "unsigned"],
    ["signed with a secret of somebody else", { secret: "a guess" }, "forged"],
    ["signed with a secret that was changed since", { secret: "the one before" }, "forged"],
  ])("%s", async (_, signing, outcome) => {
    await begin();
    hook = await listenTo(c.double, [secret]);
    const { status } = await c.double.webhooks.send(await lie(), signing);
    expect([status, hook.woken, await hook.counted()]).toEqual([401, 0, { [outcome]: 1 }]);
    expect(c.kinds()).toEqual(["genesis", "applied"]);
  });

  test("signed for another body", async () => {
    await begin();
    hook = await listenTo(c.double);
    const delivery = await lie();
    const { headers, body } = await c.double.webhooks.signed(delivery);
    const answer = await fetch(hook.url, { method: "POST", headers, body: body.replace("approved", "APPROVED") });
    expect([answer.status, hook.woken, await hook.counted()]).toEqual([401, 0, { forged: 1 }]);
  });

  test("while the secret is changed, the old one and the new one are taken, and afterwards only the new one", async () => {
    await begin();
    hook = await listenTo(c.double, ["new", "old"]);
    const [one, other] = [await lie(), await lie()];
    expect((await c.double.webhooks.send(one, { secret: "old" })).status).toBe(202);
    expect((await c.double.webhooks.send(other, { secret: "new" })).status).toBe(202);
    await hook.close();
    hook = await listenTo(c.double, ["new"]);
    expect((await c.double.webhooks.send(one, { secret: "old" })).status).toBe(401);
    expect(await hook.counted()).toEqual({ forged: 1 });
  });

  test("a true one that is sent again wakes nobody a second time", async () => {
    await begin();
    hook = await listenTo(c.double);
    const delivery = await lie();
    for (let times = 0; times < 3; times++) await c.double.webhooks.send(delivery);
    expect([hook.woken, await hook.counted()]).toEqual([1, { accepted: 1, repeated: 2 }]);
  });

  test("one that GitHub signs and that lies about a merge only wakes: what counts is read anew", async () => {
    await begin();
    hook = await listenTo(c.double);
    const proposal = await proposed();
    const told = c.double.webhooks.queue.find(({ event }) => event === "pull_request") as Delivery;
    const lies = told.body.replace('"state":"open"', '"state":"closed"').replace('"merged":false', '"merged":true');
    expect(lies).not.toBe(told.body);
    expect((await c.double.webhooks.send({ ...told, action: "closed", body: lies })).status).toBe(202);
    const { view } = await c.pass();
    expect(view.open).toMatchObject([{ proposal: { id: proposal.id, state: "open" } }]);
  });

  test("lost, doubled or reversed: record by record the log is the same", async () => {
    const deliveries: Readonly<Record<string, (queue: GitHubCommunity["double"]["webhooks"]) => unknown>> = {
      none: (webhooks) => webhooks.drop(),
      "each at once": (webhooks) => webhooks.deliver(),
      "every second one, twice, the last one first": (webhooks) => {
        let count = 0;
        webhooks.drop(() => count++ % 2 === 0);
        webhooks.double();
        webhooks.reverse();
        return webhooks.deliver();
      },
    };
    const logs: string[][] = [];
    for (const [index, told] of Object.values(deliveries).entries()) {
      if (index > 0) await c.discard();
      await begin();
      const heard = await listenTo(c.double);
      const proposal = await proposed();
      await told(c.double.webhooks);
      await c.vote("bob", proposal, "yes");
      await told(c.double.webhooks);
      await passAfter(hour);
      await c.merge(proposal);
      await told(c.double.webhooks);
      await c.pass();
      await passAfter(hour);
      logs.push(c.log.records.map(({ digest }) => digest));
      await heard.close();
    }
    expect(c.kinds()).toEqual(["genesis", "applied", "opened", "ratified", "applied"]);
    expect(logs).toEqual([logs[0], logs[0], logs[0]]);
  });
});

describe("nobody speaks in our name", () => {
  test("another App's checks of the same names are not edited and not believed", async () => {
    await begin();
    const { app, token } = c.double.admin.addApp("imitator", { checks: "write" });
    const proposal = await proposed();
    const fields = {
      head_sha: proposal.head,
      status: "completed",
      conclusion: "success",
      output: { title: "Passed", summary: "" },
    };
    for (const name of ["vote", "plan", "ratified"]) await post("check-runs", token, { ...fields, name });
    const theirs = structuredClone(runsOf(app));
    await c.pass();
    await (await c.restarted()).pass();
    expect(c.shown(proposal.head)["vote"]).toMatch(/^in_progress: Open: 1 yes/);
    expect(runsOf(app)).toEqual(theirs);
    await c.merge(proposal, { by: "root" });
    await c.pass();
    expect(c.last("unratified")).toMatchObject({ code: "NotPassed" });
  });

  test("a stranger's comment that copies our hidden mark is not edited, and ours is not written twice", async () => {
    await begin();
    const proposal = await proposed();
    await c.pass();
    const [ours] = c.comments(proposal);
    const other = await c.propose("bob", { "models/other.yaml": modelText("other") });
    const copy = ours?.body.replace("Open", "Passed") ?? "";
    for (const { number } of [proposal, other]) await c.double.as("mallory").comment(number, copy);
    await c.pass();
    await c.vote("carol", proposal, "yes");
    await (await c.restarted()).pass();
    for (const { number } of [proposal, other]) {
      const said = c.comments({ number }).map(({ user, body }) => [user.login, body === copy]);
      expect(said.toSorted()).toEqual([
        ["commonhold[bot]", false],
        ["mallory", true],
      ]);
    }
    expect(c.comments(proposal)[0]?.body).toContain("Open: 2 yes");
  });

  test("a status of our name that somebody who may push has set is set anew", async () => {
    await begin({ mode: "token" });
    const proposal = await proposed();
    await c.pass();
    const { text } = c.double.admin.createToken("root", { permissions: { statuses: "write" } });
    const passes = { context: "commonhold/vote", state: "success", description: "Passed: 3 yes" };
    await post(`statuses/${proposal.head}`, text, passes);
    await (await c.restarted()).pass();
    const last = c.double.repository.statuses.findLast(({ context }) => context === "commonhold/vote");
    expect(last).toMatchObject({ state: "pending", creator: { login: "service" } });
  });

  const runsOf = (app: object) =>
    c.double.repository.checkRuns
      .filter((run) => run.app === app)
      .map(({ name, headSha, status, conclusion, output }) => ({ name, headSha, status, conclusion, output }));

  async function post(path: string, token: string, body: object): Promise<void> {
    const headers = { authorization: `Bearer ${token}`, "user-agent": "imitator" };
    const url = `${c.double.url}/repos/community/policy/${path}`;
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.status).toBe(201);
  }
});

describe("words from outside stay words", () => {
  const tricks = [
    "@everyone",
    "#1",
    "<img src=x onerror=alert(1)>",
    "[x](https://evil.example)",
    "`",
    "**PASSED**",
    "\u001b[31m",
    "\u202etxt",
    "\u200b",
  ];
  const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

  test("in titles, logins, branch names and paths, for who reads reports and for who reads Decisions", async () => {
    await begin();
    const { client, shown } = decisionsInMemory();
    const { log, logger } = c.governance;
    Object.assign(c.governance, { mirror: createMirror({ client, log, identity: c.governance.identity, logger }) });
    const title = `Add ${tricks.join(" ")}`;
    const files = { "models/@everyone <img src=x> `[a](b)\u202e.yaml": "a: 1\n" };
    const proposal = await c.propose("alice", files, { title, branch: "@everyone`<b>\u202e", body: tricks.join("\n") });
    c.double.admin.addUser("@everyone`\u202e<b>");
    await c.double.as("@everyone`\u202e<b>").review(proposal.number, { event: "APPROVE", body: tricks.join("\n") });
    await c.pass();
    const merge = await c.merge(proposal, { by: "root" });
    await c.live(2 * minute);
    const { checkRuns, comments, pulls } = c.double.repository;
    const offers = [...pulls.values()].filter(({ user }) => user === c.double.app.bot);
    expect(offers).toHaveLength(1);
    const titles = [...checkRuns.map(({ output }) => output.title ?? ""), ...offers.map((offer) => offer.title)];
    const texts = [
      ...checkRuns.map(({ output }) => `${output.summary}`),
      ...comments.map(({ body }) => body.slice(body.indexOf("\n"))),
      ...offers.map(({ body }) => `${body}`),
    ];
    expect(texts.join()).toContain("everyone");
    expect([...titles, ...texts].flatMap((text) => text.split("\n")).filter((line) => unprintable.test(line))).toEqual(
      [],
    );
    expect(texts.map(outsideCode).join("\n")).not.toMatch(/[@<[\]`]|https:|PASSED\*\*.*PASSED/);
    expect(c.shown(merge)["ratified"]).toMatch(/^failure/);
    expect(shown()).toHaveLength(1);
    expect(shown()[0]?.spec.title).toContain("\\x1b[31m \\u{202e}txt");
    expect(JSON.stringify(shown())).not.toMatch(/\\u00|\u202e|\u200b/);
  });
});

describe("an outsider who opens 1,000 pull requests", () => {
  test("keeps nothing of members' from being judged in the same pass, and nothing of theirs is in the log", async () => {
    await begin();
    const merge = await c.merge(await passed());
    await c.double.admin.openMany(1_000, "mallory");
    const proposal = await c.propose("bob", { "models/other.yaml": modelText("other") });
    await c.vote("alice", proposal, "yes");
    const from = c.double.requests.length;
    const { view } = await c.pass();
    expect(view.troubles).toEqual([]);
    expect(c.last("ratified")?.merge?.commit).toBe(merge);
    expect(view.open.find((one) => one.proposal.id === proposal.id)?.verdict?.tally).toMatchObject({ yes: 2 });
    expect(c.shown(proposal.head)["vote"]).toContain("Open: 2 yes");
    // 12 pages; 4 lists of 50 of theirs; 5 requests for each of 10 reports on them; some for members' own.
    expect(c.double.requests.length - from).toBeLessThan(300);
    expect(c.kinds()).toEqual(["genesis", "applied", "opened", "ratified", "opened"]);
  });

  test("uses up no more than half of the hour: a member's vote is still seen", async () => {
    await begin();
    await c.double.admin.openMany(60, "mallory");
    c.double.limits.settings = { ...c.double.limits.settings, requestsPerHour: 150 };
    for (let passes = 0; passes < 2; passes++) {
      await c.clock.advance(minute);
      await c.pass();
    }
    const proposal = await proposed();
    await c.vote("bob", proposal, "yes");
    expect((await c.pass()).view.troubles).toEqual([]);
    expect(c.shown(proposal.head)["vote"]).toContain("Open: 2 yes");
  });
});

describe("while GitHub", () => {
  const everything = /./;
  const api = /^\w+ \/(repos|app)\b/;
  const git = /^\w+ \/community\/policy\.git/;

  test.each<[string, RegExp, Fault, string]>([
    ["answers 502", everything, { kind: "status", status: 502 }, "ForgeUnreachable"],
    ["closes every connection", everything, { kind: "close" }, "ForgeUnreachable"],
    ["answers half", api, { kind: "cut" }, "ForgeUnreachable"],
    ["loses its answers", api, { kind: "lost" }, "ForgeUnreachable"],
    ["does not give git's objects", git, { kind: "status", status: 503 }, "GitUnreachable"],
    ["has no more for us in this hour", api, { kind: "primary-limit" }, "ForgeLimited"],
    ["says that it is too much", api, { kind: "secondary-limit", retryAfterSeconds: 600 }, "ForgeLimited"],
  ])("%s, what was decided is applied in its time, and afterwards all goes on", async (_, what, fault, code) => {
    await begin();
    const merge = await c.merge(await passed());
    await c.pass();
    c.double.faults.add(what, fault, Number.POSITIVE_INFINITY);
    const { view } = await passAfter(hour);
    expect(view.troubles).toMatchObject([{ code, isTransient: true }]);
    expect([inForce(), c.last("applied")?.commit]).toEqual([merge, merge]);
    c.double.faults.clear();
    const next = await c.propose("bob", { "models/other.yaml": modelText("other") });
    await c.clock.advance(hour + minute);
    expect((await c.pass()).view.troubles).toEqual([]);
    expect(c.shown(merge)["ratified"]).toMatch(/^success: In force/);
    expect(c.shown(next.head)["vote"]).toMatch(/Open: 1 yes/);
  });

  test("is down, what was decided is applied in its time, and afterwards all goes on", async () => {
    await begin();
    const merge = await c.merge(await passed());
    await c.pass();
    await c.double.goDown();
    expect((await passAfter(hour)).view.troubles).toMatchObject([{ code: "ForgeUnreachable", isTransient: true }]);
    expect(inForce()).toBe(merge);
    await c.double.start();
    expect((await c.pass()).view.troubles).toEqual([]);
    expect(c.shown(merge)["ratified"]).toMatch(/^success: In force/);
  });

  test("answers nothing, a pass gives up after half a minute and applies what is due", async () => {
    await begin();
    const merge = await c.merge(await passed());
    await c.pass();
    await c.clock.advance(hour);
    c.double.faults.add("GET /repos/community/policy", { kind: "hang" });
    const from = c.double.requests.length;
    const passing = c.pass();
    await expect.poll(() => c.double.requests.length).toBeGreaterThan(from);
    await c.clock.advance(30 * second);
    expect((await passing).view.troubles).toMatchObject([{ code: "ForgeUnreachable" }]);
    expect(inForce()).toBe(merge);
  });

  test("limits us, nothing is asked before the time that it named, and everything after it", async () => {
    await begin();
    const proposal = await proposed();
    c.double.faults.add("GET *pulls", { kind: "secondary-limit", retryAfterSeconds: 600 });
    await c.pass();
    const from = c.double.requests.length;
    for (let asked = 0; asked < 3; asked++) {
      await c.clock.advance(3 * minute);
      expect((await c.pass()).view.troubles).toMatchObject([{ code: "ForgeLimited" }]);
    }
    expect(c.double.requests.length).toBe(from);
    await c.clock.advance(minute);
    expect((await c.pass()).view.troubles).toEqual([]);
    expect(c.shown(proposal.head)["vote"]).toContain("Open");
  });

  test("fails in the middle of what was said on one proposal, nothing is judged by half of the votes", async () => {
    await begin();
    const proposal = await passed();
    await c.vote("carol", proposal, "no");
    await c.merge(proposal);
    c.double.faults.add("GET *reviews", { kind: "status", status: 500 });
    expect((await c.pass()).view.troubles).toMatchObject([{ code: "ForgeUnreachable" }]);
    expect(c.kinds()).toEqual(["genesis", "applied", "opened"]);
    await c.pass();
    expect(c.last("ratified")?.tally).toMatchObject({ yes: 2, no: 1 });
  });

  test("gives old lists, a merge is waited for and not called a push without a proposal", async () => {
    await begin();
    const proposal = await passed();
    const merge = await c.merge(proposal);
    const end = c.double.faults.add(/^GET \/repos\/community\/policy\/(pulls\?|commits\/)/, { kind: "stale" }, 100);
    await c.pass();
    end();
    await c.live(2 * minute);
    expect(c.last("unratified")).toBeUndefined();
    expect(c.last("ratified")?.merge?.commit).toBe(merge);
  });

  test("gives nothing but old answers, nothing happens, and later everything", async () => {
    await begin();
    const proposal = await passed();
    await c.vote("carol", proposal, "no");
    const end = c.double.faults.add(api, { kind: "stale" }, Number.POSITIVE_INFINITY);
    const { view } = await c.pass();
    expect([c.kinds().at(-1), view.open[0]?.verdict?.tally.no]).toEqual(["opened", 0]);
    end();
    await c.pass();
    expect(c.shown(proposal.head)["vote"]).toContain("2 yes, 1 no");
  });
});
