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
import { openRepository } from "../../governance/git/open.ts";
import type { GitRepository, Oid } from "../../governance/git/repository.ts";
import { type RunningGovernance, startGovernance } from "../../governance/service/start.ts";
import { modelText } from "../../governance/service/testing/community.fixture.ts";
import { readSettings } from "../../governance/settings.ts";
import { type Decision, decisions } from "../../operator/apis/decision.ts";
import { governanceConfigMap, systemNamespace } from "../../operator/apis/group.ts";
import { type Member, members } from "../../operator/apis/member.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { governanceService, operatorService } from "../../operator/apis/permissions.ts";
import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import { type ConfigMap, configMaps } from "../../operator/kube/builtin-types.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import { startTestControlPlane } from "../control-plane/test.ts";
import { foundPolicy } from "./found-policy.ts";
import { startNurse } from "./nurse.ts";
import { type People, peopleOf } from "./people.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "governed-"));
const governanceIdentity = serviceAccount(systemNamespace, governanceService.name);
const operatorIdentity = serviceAccount(systemNamespace, operatorService.name);

let plane: ControlPlane & { discard(): Promise<void> };
let admin: KubeClient;
let operator: KubeClient;
let governanceClient: KubeClient;
let remote: GitRepository;
let genesis: Oid;
let service: RunningGovernance;
const logged: { level: number; msg: string; event?: string }[] = [];
let nurse: ReturnType<typeof startNurse>;
let people: People;

beforeAll(async () => {
  plane = await startTestControlPlane({ identities: [governanceIdentity, operatorIdentity] });
  admin = clientOf(plane.adminKubeconfigPath);
  operator = clientOf(plane.kubeconfig(operatorIdentity));
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  await installManifests(admin, root, systemClock, signal, { governance: true, governedNamespaces: ["community"] });
  remote = await openRepository({ path: join(folder, "policy.git"), environment: { PATH: process.env["PATH"] } });
  genesis = await foundPolicy(remote);
  people = peopleOf(remote, genesis);
  nurse = startNurse(operator);
  service = await start();
});

afterAll(async () => {
  await service?.stop();
  await nurse?.stop();
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

const notice = () => fetch(`${service.url}/webhooks/push`, { method: "POST" });
const eventually = { timeout: 60_000, interval: 100 };
const model = (name = "smollm2") => admin.get<ModelDeployment>(modelDeployments, { name, namespace: "community" });

describe("the governance service", () => {
  test("begins with what the genesis says, and is ready then", async () => {
    await expect.poll(async () => (await model())?.spec.replicas, eventually).toBe(1);
    expect((await admin.get<Member>(members, { name: "alice" }))?.spec.roles).toEqual(["member"]);
    await expect.poll(async () => (await fetch(`${service.url}/readyz`)).status, eventually).toBe(200);
    expect(await (await fetch(`${service.url}/checkpoint`)).text()).toContain(`commonhold.dev/log/${genesis}`);
    await expect.poll(() => remote.resolve("refs/commonhold/log"), eventually).toBeDefined();
  });

  test("brings a proposal that was voted for and merged into the cluster, and shows it as a Decision", async () => {
    const proposal = await people.propose(
      "alice",
      { "models/smollm2.yaml": modelText("smollm2", 2) },
      "Two replicas <b>now</b>",
    );
    await notice();
    const name = `git-${proposal.opening.slice(0, 12)}`;
    const decision = () => admin.get<Decision>(decisions, { name });
    await expect.poll(async () => (await decision())?.status?.state, eventually).toBe("open");
    expect((await decision())?.spec.title).toBe("Two replicas <b>now</b>");
    await people.vote("bob", proposal);
    await notice();
    await expect.poll(async () => (await decision())?.status?.state, eventually).toBe("passed");
    await people.merge(proposal);
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
