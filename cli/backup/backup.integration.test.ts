/** A backup of one real API server with a log that is being written, restored into another, with everything that must be refused. */
import { setMaxListeners } from "node:events";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { genesis, halted, logOptions, temporaryFolders } from "../../governance/log/log-world.fixture.ts";
import { createLog, openDecisionLog } from "../../governance/log/open-log.ts";
import { logRef } from "../../governance/log/remote-log.ts";
import { pinStore } from "../../governance/service/pins.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import { type Member, members } from "../../operator/apis/member.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { governanceService, operatorService } from "../../operator/apis/permissions.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { configMaps, leases, namespaces, secrets } from "../../operator/kube/builtin-types.ts";
import { scratchDirectory } from "../../test/control-plane/scratch.ts";
import { startTestControlPlane } from "../../test/control-plane/test.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { installManifests } from "../up/community/manifests.ts";
import { type Cluster, openCluster } from "./cluster.ts";
import { sendGovernanceState } from "./governance-state.ts";
import { restoreBackup } from "./restore.ts";
import { type TakeOptions, takeBackup } from "./take.ts";

const root = join(import.meta.dirname, "../..");
const folder = scratchDirectory("backup");
const folders = temporaryFolders();
const { signal } = new AbortController();
setMaxListeners(0, signal);
const around: Surroundings = {
  env: { PATH: process.env["PATH"] },
  cwd: folder,
  clock: systemClock,
  signal,
  say: () => undefined,
};
const state = join(folder, "governance");
const planes: Awaited<ReturnType<typeof startTestControlPlane>>[] = [];
const clusters: Cluster[] = [];
let source: Cluster;
let log: Awaited<ReturnType<typeof createLog>>;
let taken: Awaited<ReturnType<typeof takeBackup>>;
const file = join(folder, "saved.tar");
const keyHash = "a".repeat(64);

async function newCluster(withKinds = true): Promise<Cluster> {
  const plane = await startTestControlPlane();
  planes.push(plane);
  const cluster = openCluster(plane.adminKubeconfigPath, around);
  clusters.push(cluster);
  const governed = { governance: true, governedNamespaces: ["community"] };
  if (withKinds) await installManifests(cluster.client, root, systemClock, signal, governed);
  return cluster;
}

/** A kubectl that keeps what it is asked and runs a line of shell. */
function standIn(script: string): { around: Surroundings; asked: () => string } {
  const bin = mkdtempSync(join(folder, "bin-"));
  writeFileSync(join(bin, "kubectl"), `#!/bin/sh\necho "$*" > ${bin}/asked\n${script}\n`, { mode: 0o755 });
  return {
    around: { ...around, env: { PATH: `${bin}:${process.env["PATH"]}` } },
    asked: () => readFileSync(join(bin, "asked"), "utf8").trim(),
  };
}

const take = (more: Partial<TakeOptions> = {}, by = around) =>
  takeBackup(
    {
      to: file,
      cluster: source,
      namespace: systemNamespace,
      withSecrets: false,
      governanceState: state,
      version: "0",
      ...more,
    },
    by,
  );
const restore = (cluster: Cluster, more: object = {}) =>
  restoreBackup({ from: file, cluster, intoExisting: false, ...more }, around);
const deploymentOf = (cluster: Cluster) =>
  cluster.client.get<ModelDeployment>(modelDeployments, { name: "chat", namespace: "community" });

beforeAll(async () => {
  source = await newCluster();
  const governance = source.as(systemNamespace, governanceService.name);
  const byGovernance = { fieldManager: "commonhold-governance" };
  const alice = { metadata: { name: "alice" }, spec: { displayName: "Alice" } } as never;
  await governance.apply<Member>(members, alice, byGovernance);
  const keys = [{ id: "laptop", prefix: "ch_abcdefgh", sha256: keyHash }];
  const keyed = { metadata: { name: "alice" }, spec: { keys } } as never;
  await source.client.apply<Member>(members, keyed, { fieldManager: "commonhold-cli-keys" });
  const chat = {
    metadata: { name: "chat", namespace: "community" },
    spec: { model: { ollama: "smollm2:135m" } },
  } as never;
  await governance.apply<ModelDeployment>(modelDeployments, chat, byGovernance);
  const model = { reference: "smollm2:135m", digest: `sha256:${"b".repeat(64)}`, source: "Registry", sizeBytes: 1 };
  const resolved = { metadata: { name: "chat", namespace: "community" }, status: { model } } as never;
  const operator = source.as(systemNamespace, operatorService.name);
  await operator.applyStatus<ModelDeployment>(modelDeployments, resolved, { fieldManager: "commonhold-operator" });
  const marks = { "helm.sh/chart": "commonhold-0.1.0", team: "ours" };
  await source.client.patch(namespaces, { name: "community" }, { metadata: { labels: marks } });
  const secret = { metadata: { name: "host-token", namespace: systemNamespace }, stringData: { token: "hunter2" } };
  await source.client.create(secrets, secret);
  const repository = await folders.open(join(state, "repository.git"));
  log = await createLog(logOptions(repository), genesis);
  mkdirSync(join(state, "keys"));
  writeFileSync(join(state, "keys/log-key"), "a private key");
  writeFileSync(join(state, "sightings.jsonl"), "");
  const pins = pinStore(source.client, systemNamespace);
  // Under load: records are appended and pinned all the while, as governance does.
  let writing = true;
  let at = 0;
  const { promise: underLoad, resolve: isUnderLoad } = withResolvers();
  const load = (async () => {
    while (writing) {
      if (at === 5) isUnderLoad();
      await log.append(halted(++at));
      const { origin, genesisDigest, head, checkpoint } = log;
      await pins.write({ origin, genesisDigest, minimum: head, checkpoint }, signal);
    }
  })();
  await Promise.race([underLoad, load]);
  taken = await take().finally(() => {
    writing = false;
  });
  await load;
});

/** Node 20 has no `Promise.withResolvers`. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

afterAll(async () => {
  await Promise.all(clusters.map((one) => one.close()));
  await Promise.all(planes.map((one) => one.discard()));
  await folders.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe("a backup taken under load", () => {
  test("is one file for its owner only, with a log that goes as far as the cluster remembered at least", () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(taken.log?.size).toBeGreaterThan(5);
    expect(taken.kubernetes).toMatch(/^v1\./);
  });

  test("holds no Secret unless told, and says which it left out", async () => {
    expect(readFileSync(file).includes(Buffer.from("hunter2").toString("base64"))).toBe(false);
    expect(taken.leftOut.join()).toContain("host-token");
    const whole = join(folder, "with-secrets.tar");
    await take({ to: whole, withSecrets: true });
    expect(readFileSync(whole).includes(Buffer.from("hunter2").toString("base64"))).toBe(true);
  });

  test("with a policy repository gives it back with every reference, and takes the log from there where the service's folder is away", async () => {
    const path = join(folder, "published.tar");
    const url = join(state, "repository.git");
    const saved = await take({ to: path, governanceState: undefined, repository: url });
    expect(saved.log?.size).toBe(log.head.size);
    expect(saved.leftOut.join()).toContain("keys of the decision log");
    const policy = join(folder, "policy.git");
    const target = await newCluster();
    await restore(target, { from: path, policy });
    expect(await (await folders.open(policy)).refs("refs/")).toEqual(await (await folders.open(url)).refs("refs/"));
  });

  test("has the service's folder from its pod, where no machine of the person sees it", async () => {
    const sent = join(folder, "sent.tar");
    await sendGovernanceState(state, createWriteStream(sent), around);
    const path = join(folder, "by-pod.tar");
    // What comes after `--` is run as it would be in the pod, by the very program.
    const program = join(root, "dist/cli/main.js");
    const kubectl = standIn(
      `while [ "$1" != commonhold ]; do shift; done; shift
COMMONHOLD_GOVERNANCE_STATE=${state} exec ${process.execPath} ${program} "$@"`,
    );
    const pod = { governanceState: undefined, governancePod: { namespace: "ours" } };
    const saved = await take({ to: path, ...pod }, kubectl.around);
    expect(saved.log?.size).toBe(log.head.size);
    expect(saved.entries.map((entry) => entry.path)).toEqual(
      expect.arrayContaining(["governance/keys/log-key", "governance/sightings.jsonl"]),
    );
    expect(kubectl.asked()).toBe(
      "--namespace ours exec deployment/commonhold-governance --container governance -- commonhold governance-state",
    );
  });

  test("says what the pod's own program says, where its folder is none", async () => {
    const program = join(root, "dist/cli/main.js");
    const { around: by } = standIn(`exec ${process.execPath} ${program} governance-state --state ${folder}/nowhere`);
    const pod = { governanceState: undefined, governancePod: { namespace: "ours" } };
    await expect(take({ to: join(folder, "no-state.tar"), ...pod }, by)).rejects.toThrow(
      /did not send its folder: .*nowhere is no folder of the governance service: it has no repository.git/,
    );
  });

  const sends: Record<string, [script: string, sentence: RegExp]> = {
    "says no": [
      'echo "pods is forbidden: no exec" >&2; exit 1',
      /did not send its folder: pods is forbidden: no exec\. It takes kubectl/,
    ],
    "ends in the middle": [`head -c 1500 ${join(folder, "sent.tar")}`, /did not send its folder/],
    "sends something else": ["echo hello", /did not send its folder/],
    "sends nothing": ["true", /did not send its folder/],
    "sends another folder": ["tar -cf - -C /etc hostname", /did not send its folder: what came is not its folder/],
  };
  test.for(Object.entries(sends))("is not made where the pod %s", async ([name, [script, sentence]]) => {
    const path = join(folder, `${name.replaceAll(" ", "-")}.tar`);
    const { around: with_ } = standIn(script);
    await expect(
      take({ to: path, governanceState: undefined, governancePod: { namespace: "ours" } }, with_),
    ).rejects.toThrow(sentence);
    expect(existsSync(path)).toBe(false);
  });

  test("is not made where there is no kubectl", async () => {
    const pod = { governanceState: undefined, governancePod: { namespace: "ours" } };
    const nothing = { ...around, env: { PATH: folder } };
    await expect(take({ to: join(folder, "no-kubectl.tar"), ...pod }, nothing)).rejects.toThrow(
      /ENOENT.* It takes kubectl/,
    );
  });

  test("restored to where a chart has made its namespaces claims none of its marks, and brings back what people added", async () => {
    const target = await newCluster();
    const community = { name: "community" };
    const ofChart = { metadata: { ...community, labels: { "helm.sh/chart": "commonhold-0.2.0" } } };
    await target.client.apply(namespaces, ofChart, { fieldManager: "helm" });
    await restore(target);
    const { metadata } = (await target.client.get(namespaces, community)) ?? {};
    expect(metadata?.labels).toMatchObject({ "helm.sh/chart": "commonhold-0.2.0", team: "ours" });
    const later = { metadata: { ...community, labels: { "helm.sh/chart": "commonhold-0.3.0" } } };
    await target.client.apply(namespaces, later, { fieldManager: "helm", force: false });
  });

  test("restored into an empty cluster, after a kill in the middle, gives the same log, keys and pins", async () => {
    const target = await newCluster();
    const there = join(folder, "restored");
    let applied = 0;
    // The process is gone in the middle of its objects: nothing that comes later is sent.
    const cut: Cluster = {
      ...target,
      as: (...who) =>
        ({
          ...target.as(...who),
          apply: async (...call: Parameters<Cluster["client"]["apply"]>) => {
            if (++applied > 1) throw new Error("killed");
            return target.as(...who).apply(...call);
          },
        }) as Cluster["client"],
    };
    await expect(restore(cut, { governanceState: there })).rejects.toThrow("killed");
    expect(await deploymentOf(target)).toBeUndefined();
    await restore(target, { governanceState: there });
    const member = await target.client.get<Member>(members, { name: "alice" });
    expect(member?.spec.keys).toMatchObject([{ id: "laptop", sha256: keyHash }]);
    expect((await deploymentOf(target))?.status?.model?.digest).toBe(`sha256:${"b".repeat(64)}`);
    const owners = (object: unknown) =>
      (
        object as { metadata: { managedFields: { manager: string; fieldsV1: unknown; subresource?: string }[] } }
      ).metadata.managedFields
        .filter(({ subresource }) => !subresource)
        .map(({ manager, fieldsV1 }) => [manager, fieldsV1] as const)
        // The server sorts them by the second of their last write.
        .toSorted(([one], [other]) => (one < other ? -1 : 1));
    expect(owners(member)).toEqual(owners(await source.client.get(members, { name: "alice" })));
    expect(
      await target.client.get(configMaps, { name: "commonhold-restore", namespace: systemNamespace }),
    ).toBeUndefined();
    const repository = await folders.open(join(there, "repository.git"));
    const pins = await pinStore(target.client, systemNamespace).read(signal);
    const again = await openDecisionLog({ ...logOptions(repository), ...(pins && { pins }) });
    expect(again.records.map(({ digest }) => digest)).toEqual(
      log.records.slice(0, taken.log?.size).map(({ digest }) => digest),
    );
    expect(await repository.resolve(logRef)).toBe(taken.log?.tip);
  });
});

describe("nothing is restored", () => {
  const damaged = (change: (bytes: Buffer) => Buffer): string => {
    const path = join(folder, `damaged-${Math.random()}.tar`);
    writeFileSync(path, change(Buffer.from(readFileSync(file))));
    return path;
  };
  const flipped = (what: string) => (bytes: Buffer) => {
    const at = bytes.indexOf(what);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    return bytes;
  };
  const files: Record<string, [change: (bytes: Buffer) => Buffer, sentence: string]> = {
    "from a file with one bit of an object changed": [
      flipped('displayName": "Alice'),
      "objects/members/alice.json holds other bytes",
    ],
    "from a file with one bit of its manifest changed": [flipped('"createdAt"'), "manifest.json"],
    "from a file that was cut": [(bytes) => bytes.subarray(0, bytes.length / 2), "is no backup, or is cut"],
    "from something else": [() => Buffer.from("hello"), "no backup"],
  };
  test.for(Object.entries(files))("%s", async ([, [change, sentence]]) => {
    await expect(restore(source, { from: damaged(change), intoExisting: true })).rejects.toThrow(sentence);
  });

  test("from a file that is not there", async () => {
    await expect(restore(source, { from: join(folder, "nowhere.tar") })).rejects.toThrow("nowhere.tar cannot be read");
  });
  test("where the cluster remembers a longer log, whatever was said", async () => {
    expect(log.head.size).toBeGreaterThan(taken.log?.size ?? 0);
    await expect(restore(source, { intoExisting: true })).rejects.toThrow("older than what the cluster remembers");
  });
  test("into a cluster without our kinds", async () => {
    await expect(restore(await newCluster(false))).rejects.toThrow("members.commonhold.dev");
  });
  test("into a cluster that has objects already", async () => {
    const target = await newCluster();
    const operator = target.as(systemNamespace, governanceService.name);
    await operator.apply<Member>(members, { metadata: { name: "bob" }, spec: {} } as never, {
      fieldManager: "commonhold-governance",
    });
    await expect(restore(target)).rejects.toThrow("is not empty: it has Member bob");
  });
  test("while a service runs there that would write at the same time", async () => {
    const target = await newCluster();
    const spec = {
      holderIdentity: "pod-1",
      leaseDurationSeconds: 60,
      renewTime: new Date().toISOString().replace("Z", "000Z"),
    };
    await target.client.create(leases, { metadata: { name: "commonhold-operator", namespace: systemNamespace }, spec });
    await expect(restore(target)).rejects.toThrow("commonhold-operator runs in https://");
  });
  describe("where something else is in a folder, and nothing is written to the cluster or to the other folder", () => {
    const path = join(folder, "both.tar");
    let target: Cluster;
    beforeAll(async () => {
      target = await newCluster();
      await take({ to: path, repository: join(state, "repository.git") });
    });
    const otherLog = async (at: string): Promise<void> => {
      await createLog(logOptions(await folders.open(at)), { ...genesis, at: genesis.at + 1 });
    };
    const write = async (at: string, text: string): Promise<void> => {
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, text);
    };
    const cases: Record<string, [prepare: (at: string) => Promise<void>, sentence: RegExp]> = {
      "another decision log": [(at) => otherLog(join(at, "state/repository.git")), /is there already with another log/],
      "another log's key": [
        (at) => write(join(at, "state/keys/log-key"), "other"),
        /log-key is there already and is another/,
      ],
      "sightings of another service": [
        (at) => write(join(at, "state/sightings.jsonl"), "{}\n"),
        /sightings.jsonl is there already/,
      ],
      "files that are no repository": [(at) => write(join(at, "state/repository.git/x"), ""), /is no repository/],
      "a file where the folder should be": [
        (at) => write(join(at, "state/repository.git"), ""),
        /is no folder that can be read/,
      ],
      "another policy repository": [(at) => otherLog(join(at, "policy.git")), /is there already with other references/],
    };
    test.for(Object.entries(cases))("%s", async ([name, [prepare, sentence]]) => {
      const at = join(folder, name.replaceAll(/[^a-z]/g, "-"));
      await prepare(at);
      const before = readdirSync(at, { recursive: true }).sort();
      const places = { governanceState: join(at, "state"), policy: join(at, "policy.git") };
      await expect(restore(target, { from: path, ...places })).rejects.toThrow(sentence);
      expect(readdirSync(at, { recursive: true }).sort()).toEqual(before);
      const marker = { name: "commonhold-restore", namespace: systemNamespace };
      expect(await target.client.get(configMaps, marker)).toBeUndefined();
      expect((await target.client.list(members)).items).toEqual([]);
    });
  });
  test("and no backup is written over another file", async () => {
    await expect(take()).rejects.toThrow("is there already");
  });
});
