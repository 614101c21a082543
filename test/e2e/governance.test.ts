/**
 * One story of a community that governs, on real parts: control plane with admission and audit, two Ollama hosts of two members, a
 * registry, operator, gateway and governance under their own permissions, a bare repository as remote, witnesses, and members who do
 * everything by the command line. Each test goes on where the one before ended.
 */
import { chmodSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decisionName } from "../../governance/mirror/entries.ts";
import { type Member, members } from "../../operator/apis/member.ts";
import type { ModelDeployment } from "../../operator/apis/model-deployment.ts";
import { gatewayService, governanceService, operatorService } from "../../operator/apis/permissions.ts";
import { runKubectl } from "../control-plane/kubectl.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { pushModel } from "../doubles/registry/push.ts";
import { tinyGguf } from "../models/tiny-gguf.ts";
import type { RunResult } from "../programs/run.ts";
import { type ListedRecord, recordsSeenBy } from "./governance-log.ts";
import { Person, proposalIn } from "./governance-person.ts";
import { constitutionText, hostText, membersText, modelText } from "./governance-policy.ts";
import { decisionUntil, type GovernanceProcess, startGovernance } from "./governance-service.ts";
import { startWitness, type WitnessProcess } from "./governance-witness.ts";
import { grantsOf, ungranted, usesOf } from "./permissions.ts";
import { deploymentUntil, getDeployment, hostUntil, isReady } from "./wait.ts";
import { issueKey, startWorld, type World } from "./world.ts";

const folder = scratchDirectory("e2e-policy");
const remote = join(folder, "policy.git");
const alice = new Person(folder, "alice");
const bob = new Person(folder, "bob");
const carol = new Person(folder, "carol");
const dora = new Person(folder, "dora");
const witnesses: WitnessProcess[] = [];

let world: World;
let governance: GovernanceProcess;
let settings: Readonly<Record<string, string>>;
let apiKey = "";
/** Of the model that the story is about, and the machine that serves it. */
let reference = "";
let serving = "";

const eventually = { timeout: 120_000, interval: 100 };

beforeAll(async () => {
  world = await startWorld(["gpu1", "gpu2"], { governed: true });
  settings = {
    COMMONHOLD_POLICY: remote,
    COMMONHOLD_POLICY_GENESIS: await found(),
    COMMONHOLD_POLL_MS: "1000",
  };
  governance = await startGovernance(world, settings);
});

afterAll(async () => {
  await Promise.all(witnesses.map((witness) => witness.stop()));
  await world?.discard();
});

/** The policy repository with its signed first commit, and a clone for everybody. */
async function found(): Promise<string> {
  await alice.git(folder, "init", "--quiet", "--bare", "--initial-branch=main", remote);
  alice.write({
    "constitution.yaml": constitutionText,
    "members.yaml": membersText([
      { person: alice, machine: "gpu1" },
      { person: bob, machine: "gpu2" },
      { person: carol },
    ]),
    "hosts/gpu1.yaml": hostText("gpu1", "alice", urlOf("gpu1")),
    "hosts/gpu2.yaml": hostText("gpu2", "bob", urlOf("gpu2")),
  });
  await alice.commonhold("init", "--remote", remote);
  for (const person of [bob, carol, dora]) await person.getClone(remote);
  return alice.git(alice.clone, "rev-parse", "HEAD");
}

const urlOf = (host: string): string => world.hosts.get(host)!.url;

async function push(name: string, seed: number) {
  const pushed = await pushModel(world.registry.origin, {
    ...{ repository: `library/${name}`, tag: "1", gguf: tinyGguf({ seed, name }) },
  });
  return { ...pushed, reference: `${world.registry.host}/library/${name}:1` };
}

async function answer(model: string): Promise<string> {
  const client = new OpenAI({ baseURL: `${world.gateway.url}/v1`, apiKey, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "hello" }];
  const { choices } = await client.chat.completions.create({ model, messages, max_tokens: 8 });
  return choices[0]?.message.content ?? "";
}

/** The gateway hears of a replica a moment after whoever asks the API server. */
async function answered(model: string): Promise<void> {
  await expect.poll(() => answer(model).then(({ length }) => length), eventually).toBeGreaterThan(0);
}

/** Hosts whose replica of the model answers. */
function servingOf({ status }: ModelDeployment): string[] {
  const ready = status?.replicas?.filter(({ state }) => state === "Ready") ?? [];
  return ready.flatMap(({ hosts }) => hosts.map(({ name }) => name)).sort();
}

/** From the votes to what is in force. */
async function passMergeApply(proposal: string, voters: readonly Person[], merger = alice) {
  await Promise.all(voters.map((voter) => voter.vote(proposal, "yes")));
  await decisionUntil(world, { proposal }, "passed");
  await merger.commonhold("merge", proposal);
  return decisionUntil(world, { proposal }, "applied");
}

const kubectl = (...args: readonly string[]): Promise<RunResult> => runKubectl(world.plane, args);
const memberNamed = (name: string): Promise<Member | undefined> => world.client.get<Member>(members, { name });

describe("three members and their machines", () => {
  test("the genesis makes members, and machines that become ready", async () => {
    for (const name of ["gpu1", "gpu2"]) await hostUntil(world, name, isReady);
    expect((await kubectl("get", "members", "-o", "name")).stdout.trim().split("\n")).toEqual(
      ["alice", "bob", "carol"].map((name) => `member.commonhold.dev/${name}`),
    );
    apiKey = await issueKey(world.client, "alice");
  });

  test("a model is proposed, voted for, merged and ratified, waits its timelock, is pulled, and answers", async () => {
    const model = await push("mind", 1);
    reference = model.reference;
    const proposal = await alice.propose("Serve mind", { "models/mind.yaml": modelText("mind", reference) });
    expect((await decisionUntil(world, { proposal }, "open")).spec.title).toBe("Serve mind");
    expect(await alice.refused("merge", proposal)).toMatch(/has not passed/);
    await bob.vote(proposal, "yes");
    await decisionUntil(world, { proposal }, "passed");
    expect(await getDeployment(world, "mind")).toBeUndefined();
    await carol.commonhold("merge", proposal);
    const { status } = await decisionUntil(world, { proposal }, "applied");
    expect(status).toMatchObject({
      ...{ class: "routine", tally: { summary: "2-0-0", electors: 3 } },
      receipts: [{ kind: "ModelDeployment", namespace: "community", name: "mind", result: "created" }],
    });
    const ratified = status?.records?.find(({ kind }) => kind === "ratified");
    expect(Date.parse(status!.appliesAt!) - Date.parse(ratified!.at)).toBeGreaterThanOrEqual(1_000);
    expect(Date.parse(status!.appliedAt!)).toBeGreaterThanOrEqual(Date.parse(status!.appliesAt!));
    const ready = await deploymentUntil(world, "mind", isReady);
    expect(ready.status?.model?.digest).toBe(model.digest);
    [serving = ""] = servingOf(ready);
    await answered("mind");
  });

  test("two of them run witnesses, which cosign from now on", async () => {
    witnesses.push(...(await Promise.all([startWitness(bob), startWitness(carol)])));
    const peers = witnesses.map(({ peer }) => peer).join(",");
    await governance.restart({ ...settings, COMMONHOLD_WITNESSES: peers, COMMONHOLD_WITNESS_QUORUM: "2" });
    const cosigned = async () => (await fetch(`${governance.url}/checkpoint`)).text();
    await expect
      .poll(cosigned, eventually)
      .toMatch(
        /bob\.example\/witness [\s\S]*carol\.example\/witness |carol\.example\/witness [\s\S]*bob\.example\/witness /,
      );
  });
});

const ends: Record<string, string> = {};

describe("what the community does not want, and what it wants at once", () => {
  test("proposals that nobody wants, that many do not want, or that a machine's owner does not", async () => {
    const [rejected, expired, vetoed] = await Promise.all([
      alice.propose("Write down less", { "docs/less.md": "Less.\n" }),
      bob.propose("Write down more", { "docs/more.md": "More.\n" }),
      carol.propose("Use gpu1 less", { "hosts/gpu1.yaml": hostText("gpu1", "alice", urlOf("gpu1"), true) }),
    ]);
    Object.assign(ends, { rejected, expired, vetoed });
    await Promise.all([
      bob.vote(rejected, "no"),
      carol.vote(rejected, "no", "--reason", "we need it"),
      alice.vote(vetoed, "no", "--reason", "it is mine"),
    ]);
    ends["closed"] = await carol.propose("Write it in red", { "docs/red.md": "Red.\n" });
    await decisionUntil(world, { proposal: ends["closed"] }, "open");
    await carol.commonhold("close", ends["closed"]);
    await decisionUntil(world, { proposal: ends["closed"] }, "closed");
  });

  test("an emergency that two sign stops a machine without a merge, and its model moves to the other", async () => {
    const owner = serving === "gpu1" ? "alice" : "bob";
    const paused = { [`hosts/${serving}.yaml`]: hostText(serving, owner, urlOf(serving), true) };
    const proposal = await alice.propose(`Stop ${serving}`, paused, "--emergency");
    ends["ended"] = proposal;
    await Promise.all([alice.vote(proposal, "yes"), carol.vote(proposal, "yes")]);
    await decisionUntil(world, { proposal }, "emergency");
    await hostUntil(world, serving, ({ spec }) => spec.pause === true);
    await deploymentUntil(world, "mind", (mind) => isReady(mind) && !servingOf(mind).includes(serving));
    await answered("mind");
    expect(await alice.refused("merge", proposal)).toMatch(/is an emergency: it is in force without a merge/);
  });
});

describe("somebody new", () => {
  test("is invited, and votes from then on", async () => {
    const invitation = proposalIn(
      await alice.commonhold("invite", "dora", "--ssh-key", `${dora.home}/.ssh/id_ed25519.pub`),
    );
    expect(await dora.refused("vote", invitation, "yes")).toMatch(/belongs to no member/);
    await passMergeApply(invitation, [bob]);
    expect((await memberNamed("dora"))?.spec.sshKeys).toEqual([expect.stringContaining(dora.publicKey)]);
    const proposal = await carol.propose("Have a spare", { "models/spare.yaml": modelText("spare", reference, 0) });
    const { status } = await passMergeApply(proposal, [dora]);
    expect(status?.tally).toMatchObject({ summary: "2-0-0", electors: 4 });
  });

  test("gets another key under the old one, and the old one is of no use any more", async () => {
    const old = { path: `${dora.home}/.ssh/id_ed25519`, publicKey: dora.publicKey };
    const next = dora.makeKey("id_next");
    const rotation = proposalIn(await dora.commonhold("rotate-key", "--new", `${next.path}.pub`));
    await passMergeApply(rotation, [alice, bob, carol]);
    expect((await memberNamed("dora"))?.spec.sshKeys).toEqual([expect.stringContaining(next.publicKey)]);
    const proposal = await bob.propose("Have another", { "models/other.yaml": modelText("other", reference, 0) });
    expect(await dora.refused("vote", proposal, "yes", "--key", old.path)).toMatch(/belongs to no member/);
    dora.useKey(next);
    await passMergeApply(proposal, [dora], dora);
  });
});

describe("what was begun is over", () => {
  test.each(["rejected", "expired", "vetoed", "closed"] as const)(
    "a proposal that is %s shows it everywhere",
    async (state) => {
      const proposal = ends[state]!;
      await decisionUntil(world, { proposal }, state);
      const name = decisionName({ proposal });
      expect((await kubectl("get", "decisions", name)).stdout).toMatch(new RegExp(`${name} .* ${state} `));
      const told = JSON.parse(await bob.commonhold("status", proposal, "--json"));
      expect(told.proposals).toMatchObject([{ id: proposal, decision: { kind: state } }]);
    },
  );

  test("the emergency ends by itself, and the machine serves again what is decided", async () => {
    const proposal = ends["ended"]!;
    await decisionUntil(world, { proposal }, "ended");
    const told = JSON.parse(await bob.commonhold("status", proposal, "--json"));
    expect(told.proposals).toMatchObject([{ id: proposal, decision: { kind: "ended" } }]);
    await hostUntil(world, serving, (host) => host.spec.pause === false && isReady(host));
    const files = { "models/mind.yaml": modelText("mind", reference, 2) };
    await passMergeApply(await alice.propose("Serve mind on both", files), [bob]);
    expect(servingOf(await deploymentUntil(world, "mind", isReady))).toEqual(["gpu1", "gpu2"]);
  });
});

describe("somebody with all rights", () => {
  test("who pushes without a vote changes nothing; the way back that is offered needs no vote", async () => {
    const { clone } = bob;
    await bob.freshen();
    bob.write({ "models/evil.yaml": modelText("evil", "evil:1") });
    await bob.git(clone, "add", "--all");
    await bob.git(clone, "commit", "--quiet", "-m", "Serve evil");
    await bob.git(clone, "push", "--quiet", "origin", "HEAD:main");
    const commit = await bob.git(clone, "rev-parse", "HEAD");
    const held = await decisionUntil(world, { commit }, "unratified");
    expect(held.status?.reasons?.join()).toMatch(/is not ratified/);
    expect(JSON.parse(await carol.commonhold("status", "--json"))).toMatchObject({ unratified: ["models/evil.yaml"] });
    const revert = `reverts/${commit.slice(0, 12)}`;
    await bob.git(clone, "fetch", "--quiet", "origin");
    await bob.git(clone, "push", "--quiet", "origin", `origin/${revert}:main`);
    await decisionUntil(world, { commit }, "restored");
    expect(JSON.parse(await carol.commonhold("status", "--json"))).toMatchObject({ unratified: [] });
    expect(await getDeployment(world, "evil")).toBeUndefined();
  });

  test.each([
    ["edited", ["patch", "md", "mind", "--type=merge", "-p", '{"spec":{"replicas":5}}'], "change"],
    ["scaled", ["scale", "md", "mind", "--replicas=0"], "scale"],
    ["deleted", ["delete", "md", "mind"], "delete"],
  ])("by kubectl nothing that is governed is %s", async (_, args, deed) => {
    const { code, stderr } = await kubectl("--namespace", "community", ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `ModelDeployment community/mind is governed: only a decision of the community may ${deed} it. Open a proposal: commonhold propose`,
    );
  });

  test("who deletes it in the name of governance sees it come back, and everybody is told", async () => {
    const before = await getDeployment(world, "mind");
    const as = "--as=system:serviceaccount:commonhold-system:commonhold-governance";
    await world.kubectl([as, "--namespace", "community", "delete", "md", "mind", "--wait=false"]);
    const isNew = ({ metadata }: ModelDeployment): boolean => metadata.uid !== before?.metadata.uid;
    await deploymentUntil(world, "mind", (mind) => isNew(mind) && isReady(mind));
    const told = async () => (await kubectl("get", "events.events.k8s.io", "-n", "community")).stdout;
    await expect.poll(told, eventually).toMatch(/DriftCorrected .*mind/);
    await answered("mind");
  });
});

describe("the decision log of all this", () => {
  let records: ListedRecord[];

  test("is whole, is what the witnesses hold, and every verdict comes out again", async () => {
    const flags = witnesses.flatMap(({ peer }) => ["--witness", peer]);
    const [verified, replayed, listed] = await Promise.all([
      bob.commonhold("log", "verify", ...flags),
      carol.commonhold("log", "replay"),
      recordsSeenBy(dora),
    ]);
    records = listed;
    const { length } = records;
    expect(verified).toContain(`is whole: ${length} records`);
    expect(verified.match(new RegExp(`holds ${length} records, cosigned at`, "g"))).toHaveLength(2);
    expect(replayed).toMatch(new RegExp(`All ${length} records agree; [1-9][0-9]* verdicts were recomputed`));
    expect([...new Set(records.map(({ record }) => record.kind))].sort()).toEqual([
      ...["applied", "closed", "emergency", "emergencyEnded", "expired", "genesis", "opened", "ratified", "rejected"],
      ...["restored", "unratified", "vetoed"],
    ]);
  });

  test.each(["record.json", "evidence.json", "checkpoint"])(
    "with one bit of a %s flipped, is known to be damaged, and where",
    async (file) => {
      const copy = join(folder, `flipped-${file}`);
      cpSync(remote, copy, { recursive: true });
      const { index } = records.find(({ record }) => record.kind === "vetoed")!;
      const after = records.length - 1 - index;
      const oid = await carol.git(copy, "rev-parse", `refs/commonhold/log~${after}:${file}`);
      flipBit(join(copy, "objects", oid.slice(0, 2), oid.slice(2)));
      expect(await carol.refused("log", "verify", "--repository", copy)).toMatch(
        new RegExp(`record ${index}: .*${oid}`),
      );
    },
  );
});

/** Of a loose object, in its middle. */
function flipBit(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length >> 1;
  bytes[at] = bytes[at]! ^ 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

describe("permissions", () => {
  test("each service did only what it may, and governance may do only what it did", async () => {
    const used = usesOf(governanceService, world.plane.auditLogPath).map(({ what }) => what);
    expect(used).toEqual(expect.arrayContaining(grantsOf(governanceService, "always")));
    for (const service of [operatorService, gatewayService, governanceService]) {
      const uses = usesOf(service, world.plane.auditLogPath);
      expect(uses.filter(({ refused }) => refused)).toEqual([]);
      expect(ungranted(service, uses)).toEqual([]);
    }
  });
});
