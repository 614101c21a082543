/**
 * A community that governs itself, saved while everything in it changes, lost, and restored into an empty cluster: with the same decisions
 * and keys, and with a governance service that goes on where the log ends. Real API servers, real git, real ballots.
 */
import { createHash, randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newKey } from "../../api/members/key.ts";
import { restoreBackup } from "../../cli/backup/restore.ts";
import { takeBackup } from "../../cli/backup/take.ts";
import { replay } from "../../cli/log/replay.ts";
import type { Surroundings } from "../../cli/policy/surroundings.ts";
import { openRepository } from "../../governance/git/open.ts";
import type { GitRepository, Oid } from "../../governance/git/repository.ts";
import type { LoggedRecord } from "../../governance/log/decision-log.ts";
import { logRef } from "../../governance/log/remote-log.ts";
import { verifyLog } from "../../governance/log/verify-log.ts";
import { decisionName } from "../../governance/mirror/entries.ts";
import { modelText } from "../../governance/service/testing/community.fixture.ts";
import { type Decision, decisions } from "../../operator/apis/decision.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import { members } from "../../operator/apis/member.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../operator/apis/model-host.ts";
import { systemClock } from "../../operator/clock/system.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { foundPolicy } from "../governance/found-policy.ts";
import { type People, peopleOf } from "../governance/people.ts";
import { type Installation, startInstallation } from "./installation.ts";

const folder = scratchDirectory("governed-backup");
const file = join(folder, "saved.tar");
const state = join(folder, "governance");
const restoredState = join(folder, "restored");
const restoredPolicy = join(folder, "policy-restored.git");
const { signal } = new AbortController();
setMaxListeners(0, signal);
const said: string[] = [];
const around: Surroundings = {
  ...{ env: { PATH: process.env["PATH"], HOME: folder }, cwd: folder, clock: systemClock, signal },
  say: (...lines) => void said.push(...lines),
};
const eventually = { timeout: 60_000, interval: 100 };
/** Of one member at once, so that the object stays small. */
const keysMax = 8;

const opened: GitRepository[] = [];
let source: Installation;
let target: Installation;
let genesis: Oid;
let taken: Awaited<ReturnType<typeof takeBackup>>;
/** Issued before the backup began, and while it was taken. */
const issued = { before: [] as Issued[], during: [] as Issued[] };

async function open(path: string): Promise<GitRepository> {
  const repository = await openRepository({ path, environment: { PATH: process.env["PATH"] } });
  opened.push(repository);
  return repository;
}

async function recordsIn(path: string): Promise<readonly LoggedRecord[]> {
  const repository = await open(path);
  return (await verifyLog(repository, (await repository.resolve(logRef)) as Oid, {})).records;
}

const digestsOf = (records: readonly LoggedRecord[]): string[] => records.map(({ digest }) => digest);
/** A key by its member and the part of it that the cluster knows. */
interface Issued {
  readonly key: string;
  readonly spec: { readonly id: string; readonly prefix: string; readonly sha256: string };
}

/** All of a member's keys are one writer's, so they are written together. */
async function issueKey({ admin }: Installation, member: string, issued: Issued[]): Promise<void> {
  const { key, prefix } = newKey(randomBytes);
  const sha256 = createHash("sha256").update(key).digest("hex");
  issued.push({ key, spec: { id: `key-${issued.length}`, prefix, sha256 } });
  const keyed = { metadata: { name: member }, spec: { keys: issued.slice(-keysMax).map(({ spec }) => spec) } };
  await admin.apply(members, keyed as never, { fieldManager: "commonhold-cli-keys" });
}

/** One decision after another from its opening to its end, until it is told to stop; each adds a model and changes another. */
async function decide(remote: GitRepository, goOn: () => boolean, onApplied: () => void): Promise<void> {
  const people = peopleOf(remote, genesis);
  for (let at = 1; goOn(); at++) {
    const files = {
      "models/smollm2.yaml": modelText("smollm2", at % 2),
      [`models/added-${at}.yaml`]: modelText(`added-${at}`, 0),
    };
    await bring(source, people, files);
    onApplied();
  }
}

/** From an opening to what is in force. */
async function bring(installation: Installation, people: People, files: Readonly<Record<string, string>>) {
  const proposal = await people.propose("alice", files);
  const until = (state: string) =>
    vi.waitFor(async () => expect(await stateOf(installation, proposal.id)).toBe(state), eventually);
  await until("open");
  await people.vote("bob", proposal);
  await until("passed");
  await people.merge(proposal);
  await until("applied");
}

const stateOf = async ({ admin }: Installation, proposal: string): Promise<string | undefined> =>
  (await admin.get<Decision>(decisions, { name: decisionName({ proposal }) }))?.status?.state;

/** What nobody governs, changed as fast as it goes. */
async function change({ admin }: Installation, goOn: () => boolean): Promise<void> {
  for (let at = 1; goOn(); at++) {
    const object = {
      metadata: { name: "own", namespace: "default" },
      spec: { model: { ollama: "own" }, priority: at % 1_000 },
    };
    await admin.apply<ModelDeployment>(modelDeployments, object as never, { fieldManager: "kubectl" });
    if (at % 10 === 0) await issueKey(source, "bob", issued.during);
  }
}

beforeAll(async () => {
  [source, target] = await Promise.all([startInstallation(around), startInstallation(around)]);
  const remote = await open(join(folder, "policy.git"));
  genesis = await foundPolicy(remote);
  await source.startGovernance(state, remote.path, genesis);
  await vi.waitFor(async () => expect(await source.admin.get(members, { name: "bob" })).toBeDefined(), eventually);
  await issueKey(source, "alice", issued.before);
  await issueKey(source, "alice", issued.before);
  let isLoaded = true;
  let applied = 0;
  const loads = [
    decide(
      remote,
      () => isLoaded,
      () => applied++,
    ),
    change(source, () => isLoaded),
  ];
  const under = Promise.all(loads);
  await Promise.race([vi.waitFor(() => expect(applied).toBeGreaterThan(0), { timeout: 180_000 }), under]);
  taken = await takeBackup(
    {
      ...{ to: file, cluster: source.cluster, namespace: systemNamespace, withSecrets: false, version: "0" },
      ...{ governanceState: state, repository: remote.path },
    },
    around,
  );
  // One more decision ends after it.
  const saved = applied;
  await Promise.race([vi.waitFor(() => expect(applied).toBeGreaterThan(saved), { timeout: 180_000 }), under]);
  isLoaded = false;
  await under;
  await source.stopServices();
  await restoreBackup(
    {
      from: file,
      cluster: target.cluster,
      intoExisting: false,
      governanceState: restoredState,
      policy: restoredPolicy,
    },
    around,
  );
}, 480_000);

afterAll(async () => {
  await Promise.all([source?.discard(), target?.discard()]);
  await Promise.all(opened.map((repository) => repository.close()));
  rmSync(folder, { recursive: true, force: true });
});

describe("a community that was saved while it decided, and restored into an empty cluster", () => {
  test("has the log that it had, which was longer when the backup ended than when it began", async () => {
    const before = digestsOf(await recordsIn(join(state, "repository.git")));
    const restored = digestsOf(await recordsIn(join(restoredState, "repository.git")));
    expect(restored).toHaveLength(taken.log?.size ?? 0);
    expect(before.slice(0, restored.length)).toEqual(restored);
    expect(before.length).toBeGreaterThan(restored.length);
  });

  test.each([
    ["of the governance service", join(restoredState, "repository.git")],
    ["as it was published", restoredPolicy],
  ])("replays to the same decisions from the log %s", async (_, repository) => {
    said.length = 0;
    await replay({ repository, key: [] }, around);
    expect(said.join("\n")).toMatch(/^All [1-9][0-9]* records agree; [1-9][0-9]* verdicts were recomputed/);
  });

  test("lets those in whose keys were issued before, and nobody else", async () => {
    const url = await target.startGateway();
    const ask = async (key: string) =>
      (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;
    for (const { key } of issued.before) expect(await ask(key)).toBe(200);
    expect(await ask(newKey(randomBytes).key)).toBe(401);
  });

  test("goes on where the log ends: nothing is decided, made or removed a second time, and the next record follows the last", async () => {
    const published = await recordsIn(restoredPolicy);
    const held = async () =>
      Promise.all(
        ([modelDeployments, modelHosts, members] as ResourceType[]).map(async (type) =>
          (await target.admin.list(type)).items.map(({ metadata }) => `${metadata.name} ${metadata.uid}`),
        ),
      );
    const before = (await held()).flat();
    const service = await target.startGovernance(restoredState, restoredPolicy, genesis);
    await expect.poll(async () => (await fetch(`${service.url}/readyz`)).status, eventually).toBe(200);
    const people = peopleOf(await open(restoredPolicy), genesis);
    await bring(target, people, { "models/after.yaml": modelText("after", 0) });

    const records = await recordsIn(join(restoredState, "repository.git"));
    expect(digestsOf(records).slice(0, published.length)).toEqual(digestsOf(published));
    expect(records.length).toBeGreaterThan(published.length);
    const applied = records.flatMap(({ record }) => (record.kind === "applied" ? [record.commit] : []));
    expect(new Set(applied).size).toBe(applied.length);
    expect((await held()).flat()).toEqual(expect.arrayContaining(before));
    const ended = published.flatMap(({ record }) => (record.kind === "ratified" ? (record.proposal ?? []) : []));
    expect(ended.length).toBeGreaterThan(0);
    for (const proposal of ended) expect(await stateOf(target, proposal)).toBe(await stateOf(source, proposal));
    said.length = 0;
    await replay({ repository: restoredPolicy, key: [] }, around);
    expect(said.join("\n")).toContain(`All ${records.length} records agree`);
  });
});
