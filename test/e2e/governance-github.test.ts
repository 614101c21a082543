/**
 * The same community on GitHub, whose part the double plays: pull requests, reviews, check runs, webhooks. Then GitHub is gone for
 * good, and the installation goes on in plain git from its own clone, under the same log.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { webhookPath } from "../../governance/webhooks/github-webhooks.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { type GitHubDouble, startGitHubDouble } from "../doubles/github/double.ts";
import { pushModel } from "../doubles/registry/push.ts";
import { tinyGguf } from "../models/tiny-gguf.ts";
import { type ListedRecord, recordsSeenBy, verifiedLog } from "./governance-log.ts";
import { Person } from "./governance-person.ts";
import { constitutionText, hostText, membersText, modelText } from "./governance-policy.ts";
import { decisionUntil, type GovernanceProcess, startGovernance } from "./governance-service.ts";
import { deploymentUntil, hostUntil, isReady } from "./wait.ts";
import { startWorld, type World } from "./world.ts";

const folder = scratchDirectory("e2e-github");
const alice = new Person(folder, "alice");
const bob = new Person(folder, "bob");
const carol = new Person(folder, "carol");

let world: World;
let double: GitHubDouble;
let governance: GovernanceProcess;
let genesis = "";
let reference = "";

const eventually = { timeout: 120_000, interval: 100 };

beforeAll(async () => {
  [world, double] = await Promise.all([
    startWorld(["gpu1"], { governed: true }),
    startGitHubDouble({ users: { alice: "write", bob: "write", carol: "read", root: "admin" } }),
  ]);
  const tiny = { repository: "library/mind", tag: "1", gguf: tinyGguf({ seed: 1, name: "mind" }) };
  await pushModel(world.registry.origin, tiny);
  reference = `${world.registry.host}/library/mind:1`;
  genesis = await double.as("root").push("main", genesisFiles());
  governance = await startGovernance(world, githubSettings());
  double.webhooks.listen(governance.url + webhookPath, { automatic: true });
});

afterAll(async () => {
  await double?.stop();
  await world?.discard();
});

function genesisFiles(): Record<string, string> {
  const account = (name: string): number => double.world.accounts.named(name).id;
  return {
    "constitution.yaml": constitutionText,
    "members.yaml": membersText([
      { person: alice, machine: "gpu1", github: account("alice") },
      { person: bob, github: account("bob") },
      { person: carol, github: account("carol") },
    ]),
    "hosts/gpu1.yaml": hostText("gpu1", "alice", world.hosts.get("gpu1")!.url),
  };
}

/** An App; nothing but its webhooks wakes the service in the time that this test takes. */
function githubSettings(): Record<string, string> {
  const keyFile = join(folder, "app.pem");
  const secretFile = join(folder, "webhook-secret");
  writeFileSync(keyFile, double.app.privateKey, { mode: 0o600 });
  writeFileSync(secretFile, double.settings.webhookSecret, { mode: 0o600 });
  return {
    COMMONHOLD_FORGE: "github",
    COMMONHOLD_GITHUB_REPOSITORY: "community/policy",
    COMMONHOLD_POLICY_REPOSITORY: `github:${double.repository.id}`,
    COMMONHOLD_POLICY_GENESIS: genesis,
    COMMONHOLD_POLICY: double.cloneUrl,
    COMMONHOLD_GITHUB_API: double.url,
    COMMONHOLD_GITHUB_APP_ID: String(double.app.id),
    COMMONHOLD_GITHUB_APP_KEY_FILE: keyFile,
    COMMONHOLD_WEBHOOK_SECRET_FILE: secretFile,
    COMMONHOLD_POLL_MS: "600000",
    COMMONHOLD_SETTLE_MS: "1000",
  };
}

const pull = (number: number) => ({ proposal: `github:${double.repository.id}/${number}` });

/** `plan` and `vote` on a commit, as our App shows them: conclusion and title. */
function checksOn(commit: string): Record<string, string> {
  const ours = double.repository.checkRuns.filter(({ headSha, app }) => headSha === commit && app === double.app);
  return Object.fromEntries(
    ours.map(({ name, conclusion, status, output }) => [name, `${conclusion ?? status}: ${output.title}`]),
  );
}

test("a pull request is reviewed, merged by squash, verified and applied; webhooks alone wake the service", async () => {
  const files = { "models/mind.yaml": modelText("mind", reference) };
  const { number, head } = await double.as("alice").propose("Serve mind", files);
  await decisionUntil(world, pull(number), "open");
  await expect.poll(() => checksOn(head)["vote"], eventually).toMatch(/^in_progress: Open: 1 yes/);
  await double.as("bob").approve(number);
  await decisionUntil(world, pull(number), "passed");
  expect(checksOn(head)).toMatchObject({
    plan: expect.stringMatching(/^success: /),
    vote: expect.stringMatching(/^success: Passed: 2 yes, 0 no, 0 abstain of 3/),
  });
  const merge = await double.as("alice").merge(number, { method: "squash" });
  const { status } = await decisionUntil(world, pull(number), "applied");
  expect(status).toMatchObject({ merge, tally: { summary: "2-0-0" }, receipts: [{ name: "mind", result: "created" }] });
  await deploymentUntil(world, "mind", isReady);
});

test("a pull request that is closed is over; a ballot signed by the command line counts like a review", async () => {
  const closed = await double.as("carol").propose("Write in red", { "docs/red.md": "Red.\n" }, { fork: true });
  await decisionUntil(world, pull(closed.number), "open");
  await double.as("carol").close(closed.number);
  await decisionUntil(world, pull(closed.number), "closed");

  const { number } = await double
    .as("alice")
    .propose("Have a spare", { "models/spare.yaml": modelText("spare", reference, 0) });
  await getWritableClone(bob);
  await decisionUntil(world, pull(number), "open");
  await castSigned(bob, number);
  await decisionUntil(world, pull(number), "passed");
  await double.as("alice").merge(number);
  const { status } = await decisionUntil(world, pull(number), "applied");
  expect(status?.tally).toMatchObject({ summary: "2-0-0", electors: 3 });
});

/** One that ballots can be pushed from. */
async function getWritableClone(person: Person): Promise<void> {
  const { text } = double.admin.createToken(person.name, { permissions: { contents: "write", metadata: "read" } });
  await person.getClone(double.cloneUrl);
  await person.git(person.clone, "config", "credential.helper", `!echo username=x; echo password=${text}; :`);
}

/** GitHub tells of branches and tags only: a ballot is found by polling, or by whoever says that something was pushed. */
async function castSigned(person: Person, number: number, ...flags: readonly string[]): Promise<void> {
  await person.vote(String(number), "yes", ...flags);
  await fetch(`${governance.url}/webhooks/push`, { method: "POST" });
}

/** Of pull requests whose time goes by meanwhile. */
const ends: Record<string, { number: number; head: string }> = {};
const pausedMachine = () => ({ "hosts/gpu1.yaml": hostText("gpu1", "alice", world.hosts.get("gpu1")!.url, true) });

test("pull requests are reviewed that nobody wants, that many do not want, or that a machine's owner does not", async () => {
  const rejected = await double.as("alice").propose("Write down less", { "docs/less.md": "Less.\n" });
  const expired = await double.as("bob").propose("Write down more", { "docs/more.md": "More.\n" });
  const vetoed = await double.as("carol").propose("Use gpu1 less", pausedMachine(), { fork: true });
  for (const name of ["bob", "carol"]) await double.as(name).requestChanges(rejected.number, "we need it");
  await double.as("alice").requestChanges(vetoed.number, "it is mine");
  Object.assign(ends, { rejected, expired, vetoed });
});

test("an emergency that two signed stops a machine without a merge", async () => {
  const emergency = { body: "/emergency\n\nIt smokes." };
  const ended = await double.as("alice").propose("Stop gpu1", pausedMachine(), emergency);
  await getWritableClone(alice);
  for (const person of [alice, bob]) await castSigned(person, ended.number, "--emergency");
  await decisionUntil(world, pull(ended.number), "emergency");
  await hostUntil(world, "gpu1", ({ spec }) => spec.pause === true);
  Object.assign(ends, { ended });
});

test.each(["rejected", "expired", "vetoed"] as const)(
  "a pull request that is %s ends by itself, and shows it",
  async (state) => {
    const { number, head } = ends[state]!;
    await decisionUntil(world, pull(number), state);
    await expect.poll(() => checksOn(head)["vote"], eventually).toMatch(new RegExp(`^failure: ${state}`, "i"));
  },
);

test("the emergency ends by itself, and the machine serves again what is decided", async () => {
  await decisionUntil(world, pull(ends["ended"]!.number), "ended");
  await hostUntil(world, "gpu1", (host) => host.spec.pause === false && isReady(host));
  await deploymentUntil(world, "mind", isReady);
});

let before: ListedRecord[];

test("GitHub gone for good: the same installation goes on in plain git from its own clone", async () => {
  await double.goDown();
  const own = join(governance.state, "repository.git");
  before = await recordsSeenBy(alice, "--repository", own);
  expect((await fetch(`${governance.url}/readyz`)).status).toBe(200);
  await governance.stop();
  const remote = join(folder, "policy.git");
  await alice.git(folder, "init", "--quiet", "--bare", "--initial-branch=main", remote);
  await alice.git(
    ...([own, "push", "--quiet", remote, "refs/policy/heads/*:refs/heads/*", "refs/commonhold/log"] as const),
    // What verdicts were made from: heads of pull requests that were not merged as they were, and signed ballots.
    ...["refs/policy/pull/*:refs/heads/pull-requests/*", "refs/policy/commonhold/ballots/*:refs/commonhold/ballots/*"],
  );
  await governance.start({
    COMMONHOLD_FORGE: "git",
    COMMONHOLD_POLICY: remote,
    COMMONHOLD_POLICY_GENESIS: genesis,
    COMMONHOLD_POLL_MS: "1000",
  });
  rmSync(alice.clone, { recursive: true });
  await Promise.all([alice, carol].map((person) => person.getClone(remote)));
  const proposal = await carol.propose("Have another", { "models/other.yaml": modelText("other", reference, 0) });
  await alice.vote(proposal, "yes");
  await decisionUntil(world, { proposal }, "passed");
  await alice.commonhold("merge", proposal);
  const { status } = await decisionUntil(world, { proposal }, "applied");
  expect(status?.tally).toMatchObject({ summary: "2-0-0", electors: 3 });
});

test("the log is one unbroken log, and every verdict of both times comes out again", async () => {
  const [after, verified, replayed] = await Promise.all([
    recordsSeenBy(alice),
    verifiedLog(carol),
    carol.commonhold("log", "replay"),
  ]);
  expect(after.slice(0, before.length)).toEqual(before);
  expect(verified).toMatchObject({
    repository: `github:${double.repository.id}`,
    size: after.length,
    genesis: before[0]?.digest,
  });
  expect(replayed).toContain(`All ${after.length} records agree`);
  const ratified = after.flatMap(({ record }) => (record.kind === "ratified" ? [record.proposal.split(":")[0]] : []));
  expect(ratified).toEqual(["github", "github", "git"]);
});
