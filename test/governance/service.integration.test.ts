/**
 * The whole governance service under its generated permissions and nothing more: a real API server with admission on, real git, a
 * clock that runs. The operator's part, saying that hosts and models are ready, is played by the test with the operator's token.
 */
import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installManifests } from "../../cli/up/community/manifests.ts";
import { type ControlPlane, serviceAccount } from "../../cli/up/control-plane/control-plane.ts";
import { planDigest } from "../../governance/evidence/plan-digest.ts";
import { ballotTagName, formatBallot } from "../../governance/forges/git/ballot.ts";
import { proposalIdOf, remoteRefs } from "../../governance/forges/git/names.ts";
import { formatOpening, openingTagName } from "../../governance/forges/git/opening.ts";
import { openRepository } from "../../governance/git/open.ts";
import type { GitRepository, Oid } from "../../governance/git/repository.ts";
import { type RunningGovernance, startGovernance } from "../../governance/service/start.ts";
import {
  constitutionText,
  hostText,
  keys,
  membersText,
  modelText,
  type Name,
} from "../../governance/service/testing/community.fixture.ts";
import { readSettings } from "../../governance/settings.ts";
import { type Decision, decisions } from "../../operator/apis/decision.ts";
import { governanceConfigMap, systemNamespace } from "../../operator/apis/group.ts";
import { type Member, members } from "../../operator/apis/member.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../../operator/apis/model-host.ts";
import { governanceService, operatorService } from "../../operator/apis/permissions.ts";
import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import { type ConfigMap, configMaps } from "../../operator/kube/builtin-types.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import { startTestControlPlane } from "../control-plane/test.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "governed-"));
const governanceIdentity = serviceAccount(systemNamespace, governanceService.name);
const operatorIdentity = serviceAccount(systemNamespace, operatorService.name);
const quick = constitutionText
  .replaceAll(/period: \{min: [0-9]+h/g, "period: {min: 1s")
  .replaceAll(/timelock: [0-9]+h/g, "timelock: 1s");

let plane: ControlPlane & { discard(): Promise<void> };
let admin: KubeClient;
let operator: KubeClient;
let governanceClient: KubeClient;
let remote: GitRepository;
let genesis: Oid;
let service: RunningGovernance;
const logged: { level: number; msg: string; event?: string }[] = [];
let nursing = true;

beforeAll(async () => {
  plane = await startTestControlPlane({ identities: [governanceIdentity, operatorIdentity] });
  admin = clientOf(plane.adminKubeconfigPath);
  operator = clientOf(plane.kubeconfig(operatorIdentity));
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  await installManifests(admin, root, systemClock, signal, { governance: true, governedNamespaces: ["community"] });
  remote = await openRepository({ path: join(folder, "policy.git"), environment: { PATH: process.env["PATH"] } });
  const tree = await remote.writeTree(undefined, {
    "constitution.yaml": Buffer.from(quick),
    "members.yaml": Buffer.from(membersText()),
    "hosts/tower.yaml": Buffer.from(hostText("tower", "alice")),
    "models/smollm2.yaml": Buffer.from(modelText("smollm2")),
  });
  genesis = await remote.writeCommit({ tree, parents: [], message: "genesis", at: Date.now() });
  await remote.updateRef("refs/heads/main", genesis);
  void nurse();
  service = await start();
});

afterAll(async () => {
  nursing = false;
  await service?.stop();
  await Promise.all([governanceClient?.close(), operator?.close(), admin?.close(), remote?.close()]);
  await plane?.discard();
  rmSync(folder, { recursive: true, force: true });
});

function clientOf(kubeconfig: string): KubeClient {
  return createKubeClient(kubeConfigFromFile(kubeconfig), { clock: systemClock });
}

async function start(): Promise<RunningGovernance> {
  governanceClient = clientOf(plane.kubeconfig(governanceIdentity));
  const settings = readSettings({
    COMMONHOLD_GOVERNANCE_PORT: "0",
    COMMONHOLD_GOVERNANCE_STATE: join(folder, "state"),
    COMMONHOLD_POLICY: remote.path,
    COMMONHOLD_POLICY_GENESIS: genesis,
    COMMONHOLD_POLL_MS: "60000",
    COMMONHOLD_LEASE_DURATION_MS: "10000",
  });
  const logger = pino({ level: "info" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  return startGovernance({
    ...{ settings, client: governanceClient, logger, clock: systemClock, random: systemRandom, randomBytes, fetch },
    identity: `test-${logged.length}`,
    environment: { PATH: process.env["PATH"] },
  });
}

/** Says of everything that is not ready that it is, as the operator does once it has looked. */
async function nurse(): Promise<void> {
  while (nursing) {
    for (const type of [modelHosts, modelDeployments]) {
      const { items } = await operator.list<ModelHost | ModelDeployment>(type as never).catch(() => ({ items: [] }));
      for (const { metadata, status } of items) {
        const ready = status?.conditions?.find((one) => one.type === "Ready");
        if (ready?.observedGeneration === metadata.generation) continue;
        const condition = {
          ...{
            type: "Ready",
            status: "True",
            reason: "Ready",
            message: "ready",
            observedGeneration: metadata.generation,
          },
          lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
        };
        const { name, namespace } = metadata;
        const object = {
          metadata: { name, ...(namespace && { namespace }) },
          status: { observedGeneration: metadata.generation, conditions: [condition] },
        };
        await operator
          .applyStatus(type as never, object as never, { fieldManager: "commonhold-operator" })
          .catch(() => undefined);
      }
    }
    await systemClock.sleep(50);
  }
}

const notice = () => fetch(`${service.url}/webhooks/push`, { method: "POST" });
const eventually = { timeout: 30_000, interval: 100 };
const model = (name = "smollm2") => admin.get<ModelDeployment>(modelDeployments, { name, namespace: "community" });

async function propose(by: Name, files: Record<string, string>): Promise<{ id: string; opening: Oid; head: Oid }> {
  const base = (await remote.resolve("refs/heads/main")) as Oid;
  const at = Date.now();
  const bytes = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  const tree = await remote.writeTree((await remote.commit(base))?.tree, bytes);
  const head = await remote.writeCommit({ tree, parents: [base], message: "change", at, signer: keys[by] });
  const message = formatOpening({
    repository: `git:${genesis}`,
    base,
    head,
    emergency: false,
    title: "Two replicas <b>now</b>",
  });
  const opening = await remote.writeTag({ object: head, name: openingTagName, message, at, signer: keys[by] });
  await remote.updateRef(remoteRefs.opening(opening), opening);
  await remote.updateRef(remoteRefs.head(opening), head);
  return { id: proposalIdOf(genesis, opening), opening, head };
}

async function vote(by: Name, { id, opening, head }: Awaited<ReturnType<typeof propose>>): Promise<void> {
  const base = (await remote.resolve("refs/heads/main")) as Oid;
  const merged = await remote.mergeTree(base, head);
  const plan = planDigest(await remote.diff(base, merged.ok ? merged.tree : base));
  const message = formatBallot({ proposal: id, choice: "yes", head, plan, emergency: false, replaces: [] });
  const oid = await remote.writeTag({ object: head, name: ballotTagName, message, at: Date.now(), signer: keys[by] });
  await remote.updateRef(remoteRefs.ballot(opening, oid), oid);
}

async function merge({ head }: { head: Oid }): Promise<Oid> {
  const base = (await remote.resolve("refs/heads/main")) as Oid;
  const merged = await remote.mergeTree(base, head);
  if (!merged.ok) throw new Error("conflict");
  const oid = await remote.writeCommit({ tree: merged.tree, parents: [base, head], message: "merge", at: Date.now() });
  await remote.updateRef("refs/heads/main", oid);
  return oid;
}

describe("the governance service", () => {
  test("begins with what the genesis says, and is ready then", async () => {
    await expect.poll(async () => (await model())?.spec.replicas, eventually).toBe(1);
    expect((await admin.get<Member>(members, { name: "alice" }))?.spec.roles).toEqual(["member"]);
    await expect.poll(async () => (await fetch(`${service.url}/readyz`)).status, eventually).toBe(200);
    expect(await (await fetch(`${service.url}/checkpoint`)).text()).toContain(`commonhold.dev/log/${genesis}`);
    await expect.poll(() => remote.resolve("refs/commonhold/log"), eventually).toBeDefined();
  });

  test("brings a proposal that was voted for and merged into the cluster, and shows it as a Decision", async () => {
    const proposal = await propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    await notice();
    const name = `git-${proposal.opening.slice(0, 12)}`;
    const decision = () => admin.get<Decision>(decisions, { name });
    await expect.poll(async () => (await decision())?.status?.state, eventually).toBe("open");
    expect((await decision())?.spec.title).toBe("Two replicas <b>now</b>");
    await vote("bob", proposal);
    await notice();
    await expect.poll(async () => (await decision())?.status?.state, eventually).toBe("passed");
    await merge(proposal);
    await notice();
    await expect.poll(async () => (await model())?.spec.replicas, eventually).toBe(2);
    await expect.poll(async () => (await decision())?.status?.state, eventually).toBe("applied");
    expect((await decision())?.status).toMatchObject({
      class: "routine",
      tally: { summary: "2-0-0" },
      receipts: [{ kind: "ModelDeployment", name: "smollm2", result: "configured" }],
    });
    const conditions = (await decision())?.status?.conditions ?? [];
    expect(conditions.find(({ type }) => type === "Ready")).toMatchObject({ status: "True", reason: "Settled" });
    const report = await remote.resolve(`refs/commonhold/reports/${proposal.opening}`);
    const shown = Buffer.from((await remote.file(report as Oid, "report.md")) ?? []).toString("utf8");
    expect(shown).toContain("Passed");
    // What the service itself writes on an object is no change that anybody proposes.
    expect(shown).not.toContain("governed-by");
  });

  test("holds what is pushed without a vote, and says so in the cluster and on the remote", async () => {
    const base = (await remote.resolve("refs/heads/main")) as Oid;
    const tree = await remote.writeTree((await remote.commit(base))?.tree, {
      "models/evil.yaml": Buffer.from(modelText("evil")),
    });
    const commit = await remote.writeCommit({ tree, parents: [base], message: "evil", at: Date.now() });
    await remote.updateRef("refs/heads/main", commit);
    await notice();
    const decision = () => admin.get<Decision>(decisions, { name: `commit-${commit.slice(0, 12)}` });
    await expect.poll(async () => (await decision())?.status?.state, eventually).toBe("unratified");
    expect(await model("evil")).toBeUndefined();
    const revert = () => remote.resolve(`refs/heads/reverts/${commit.slice(0, 12)}`);
    await expect.poll(revert, eventually).toBeDefined();
    await remote.updateRef("refs/heads/main", (await revert()) as Oid);
    await notice();
    await expect.poll(async () => (await decision())?.status?.state, eventually).toBe("restored");
  });

  test("stopped and started again goes on with the same log, and its folder deleted, with the log of the remote", async () => {
    const sizeOf = async (): Promise<number> => {
      const map = await admin.get<ConfigMap>(configMaps, { name: governanceConfigMap, namespace: systemNamespace });
      return Number(map?.data?.["size"]);
    };
    const tip = async () => (await remote.resolve("refs/commonhold/log")) as Oid;
    const before = { size: await sizeOf(), tip: await tip() };
    await service.stop();
    service = await start();
    await expect.poll(async () => (await fetch(`${service.url}/readyz`)).status, eventually).toBe(200);
    expect({ size: await sizeOf(), tip: await tip() }).toEqual(before);
    await service.stop();
    rmSync(join(folder, "state/repository.git"), { recursive: true });
    rmSync(join(folder, "state/sightings.jsonl"), { force: true });
    service = await start();
    await expect.poll(async () => (await fetch(`${service.url}/readyz`)).status, eventually).toBe(200);
    expect(await tip()).toBe(before.tip);
  });

  test("whose folder is gone, and whose remote was cut, decides nothing and says what is missing", async () => {
    const tip = (await remote.resolve("refs/commonhold/log")) as Oid;
    const [parent] = (await remote.commit(tip))?.parents ?? [];
    await service.stop();
    rmSync(join(folder, "state/repository.git"), { recursive: true });
    await remote.updateRef("refs/commonhold/log", parent as Oid);
    logged.length = 0;
    service = await start();
    const said = () =>
      logged
        .filter(({ event }) => event === "waiting")
        .map(({ msg }) => msg)
        .join("\n");
    await expect.poll(said, eventually).toMatch(/the log ends before it, and had [0-9]+ records already/);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
    await remote.updateRef("refs/commonhold/log", tip);
    await expect.poll(async () => (await fetch(`${service.url}/readyz`)).status, eventually).toBe(200);
  });

  test("needed no permission that it does not have", () => {
    expect(logged.filter(({ msg }) => /forbidden/i.test(msg))).toEqual([]);
  });
});
