import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { KubeError } from "../../operator/kube/errors.ts";
import { clientOf } from "../../test/doubles/kube/client.ts";
import { type Cluster, refused } from "../../test/doubles/kube/cluster.ts";
import { hostObject, memberObject, modelObject, targetOf } from "../../test/rollout/targets.ts";
import { newCluster, type Running, sayReady, settled, startRollout, types } from "../../test/rollout/world.ts";
import type { RolloutOptions } from "./create-rollout.ts";

const deployments = types["ModelDeployment"]!;
const hosts = types["ModelHost"]!;
const chat = modelObject("community", "chat", { replicas: 0 });
const code = modelObject("community", "code", { replicas: 0 });
const gpu = hostObject("gpu");

const running: Running[] = [];

function started(cluster: Cluster, options: Partial<RolloutOptions> = {}): Running {
  const one = startRollout(cluster, options);
  running.push(one);
  return one;
}

afterEach(async () => {
  for (const one of running.splice(0)) {
    await one.stop();
    expect(one.clock.pending, "timers left behind").toBe(0);
  }
});

describe("a step", () => {
  test("tells what it changed once, then nothing", async () => {
    const { apply, advance } = started(newCluster());
    expect(await apply(targetOf([chat, gpu]))).toMatchObject({
      state: "applied",
      unchanged: 0,
      receipts: [
        { kind: "ModelDeployment", namespace: "community", name: "chat", uid: "uid-2", result: "created" },
        { kind: "ModelHost", name: "gpu", uid: "uid-1", result: "created" },
      ],
    });
    expect(await advance(targetOf([chat, gpu]))).toEqual({ state: "applied", receipts: [], unchanged: 2 });
  });

  test("of a thousand objects of which one changed writes one", async () => {
    const cluster = newCluster();
    const names = Array.from({ length: 1_000 }, (_, index) => `m${index}`);
    const models = names.map((name) => modelObject("community", name, { replicas: 0 }));
    await started(cluster).apply(targetOf(models));
    const before = cluster.writes.length;
    const changed = [modelObject("community", "m0", { replicas: 0, priority: 1 }), ...models.slice(1)];
    const outcome = await started(cluster).advance(targetOf(changed, { seed: "b" }));
    expect(outcome).toMatchObject({ state: "applied", unchanged: 999 });
    expect(cluster.writes.slice(before)).toEqual(["apply ModelDeployment community/m0"]);
  });

  test("one at a time", async () => {
    const { rollout, advance } = started(newCluster());
    const first = advance(targetOf([chat]));
    await settled();
    const abort = new AbortController();
    const { signal } = abort;
    const together = Promise.all([
      rollout.advance(targetOf([chat]), signal),
      rollout.advance(targetOf([chat]), signal),
    ]);
    await expect(together).rejects.toThrow("one at a time");
    await first;
    await settled();
    expect(await advance(targetOf([chat]))).toMatchObject({ state: "applied" });
  });

  test("does nothing on a view of the cluster that is old", async () => {
    const cluster = newCluster();
    const client = clientOf(cluster);
    const list = async (): Promise<never> => {
      throw refused(403, "Forbidden", "modelhosts");
    };
    const { rollout, clock } = started(cluster, { client: { ...client, list } });
    const advancing = rollout.advance(targetOf([chat]), new AbortController().signal);
    await settled();
    await clock.advance(20_000);
    expect(await advancing).toMatchObject({
      state: "failed",
      code: "Unreachable",
      sentence: expect.stringMatching(/nothing was changed: Member: refused: modelhosts/),
    });
    expect(cluster.writes).toEqual([]);
  });

  test("begins no write after its time", async () => {
    const cluster = newCluster();
    const client = clientOf(cluster);
    const apply: typeof client.apply = async (...args) => {
      await clock.advance(60_000);
      return client.apply(...args);
    };
    const limits = { writesAtOnceMax: 1, advanceTimeoutMs: 100_000 };
    const { advance, clock } = started(cluster, { client: { ...client, apply }, limits });
    const models = ["a", "b", "c", "d"].map((name) => modelObject("community", name, { replicas: 0 }));
    expect(await advance(targetOf(models))).toMatchObject({
      state: "failed",
      code: "Unreachable",
      sentence: "2 writes were not begun: the time was over. The next step goes on with them.",
      receipts: [{ name: "a" }, { name: "b" }],
    });
    expect(await advance(targetOf(models))).toMatchObject({ state: "applied", unchanged: 0 });
  });

  test("after enough unanswered writes begins no other", async () => {
    const cluster = newCluster();
    let calls = 0;
    const apply = async (): Promise<never> => {
      calls++;
      throw new KubeError("PATCH: the connection failed", { reason: "ConnectionFailed" });
    };
    const client = { ...clientOf(cluster), apply };
    const { advance } = started(cluster, { client, limits: { writesAtOnceMax: 1, unansweredMax: 3 } });
    const models = Array.from({ length: 9 }, (_, index) => modelObject("community", `m${index}`));
    const outcome = await advance(targetOf(models));
    expect(outcome).toMatchObject({ state: "failed", code: "Unreachable" });
    expect(outcome.receipts).toHaveLength(3);
    expect(calls).toBe(3);
  });
});

describe("what the API server makes of a write", () => {
  /** Something in the cluster that changes what is written, as a webhook does. */
  function meddled(cluster: Cluster, meddle: (spec: Record<string, unknown>) => void) {
    const client = clientOf(cluster);
    const apply: typeof client.apply = async (type, object, options) => {
      const changed = structuredClone(object) as typeof object & { spec: Record<string, unknown> };
      meddle(changed.spec);
      return client.apply(type, changed, options);
    };
    return { ...client, apply };
  }

  test("is a failure where it is not what the policy says", async () => {
    const cluster = newCluster();
    const client = meddled(cluster, (spec) => {
      spec["model"] = { ollama: "sponsored" };
    });
    expect(await started(cluster, { client }).advance(targetOf([chat]))).toMatchObject({
      state: "failed",
      code: "Refused",
      sentence: expect.stringMatching(
        /^ModelDeployment community\/chat \(models\/chat.yaml:1\) was written, but spec.model.ollama came out/,
      ),
      receipts: [{ result: "failed", reason: "NotTaken" }],
    });
  });

  test("is not fought over where the policy says nothing", async () => {
    const cluster = newCluster();
    const lines: string[] = [];
    const logger = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
    const client = meddled(cluster, (spec) => {
      spec["annotatedBy"] = "a webhook";
    });
    const { advance, isWorthALook } = started(cluster, { client, logger });
    expect(await advance(targetOf([chat]))).toMatchObject({ state: "applied" });
    const { length } = cluster.writes;
    expect(await advance(targetOf([chat]))).toMatchObject({ state: "applied", receipts: [] });
    expect(cluster.writes).toHaveLength(length);
    expect(lines.join("")).toContain("spec.annotatedBy");
    // A person who uses the same field is another matter.
    cluster.edit(deployments, chat, { spec: { annotatedBy: "mallory" } }, "mallory");
    expect(await isWorthALook()).toBe(true);
  });
});

describe("somebody who writes at the same time", () => {
  test("and makes the object anew keeps the one that they made", async () => {
    const cluster = newCluster();
    const client = clientOf(cluster);
    const remove: typeof client.remove = async (type, ref, options) => {
      cluster.remove(type, ref);
      cluster.create(type, { ...code.body, kind: "ModelDeployment" } as never, "person");
      return client.remove(type, ref, options);
    };
    const { apply, advance } = started(cluster, { client: { ...client, remove } });
    await apply(targetOf([chat, code]));
    expect(await advance(targetOf([chat], { seed: "b" }))).toMatchObject({ state: "applied" });
    expect(cluster.get(deployments, code)?.metadata.uid).toBe("uid-3");
  });

  test("and holds a model by a finalizer that the watch has not shown yet holds the machine under it, too", async () => {
    const cluster = newCluster();
    const client = clientOf(cluster);
    let isLate = false;
    const watch: typeof client.watch = async function* (type, options) {
      for await (const event of client.watch(type, options)) if (!isLate) yield event;
    };
    const remove: typeof client.remove = async (type, ref, options) => {
      isLate = true;
      cluster.setFinalizers(type, ref, ["commonhold.dev/remove-models"]);
      return client.remove(type, ref, options);
    };
    const { apply, advance } = started(cluster, { client: { ...client, remove, watch } });
    await apply(targetOf([gpu, chat, code]));
    const target = targetOf([chat], { seed: "b", confirmations: [{ kind: "ModelHost", name: gpu.name }] });
    expect(await advance(target)).toMatchObject({ state: "waiting", waitsFor: [{ name: code.name }] });
    expect(cluster.get(hosts, gpu)?.metadata.deletionTimestamp).toBeUndefined();
  });

  test("and does not stop is a failure, not a loop", async () => {
    const cluster = newCluster();
    const client = clientOf(cluster);
    let value = 0;
    const apply: typeof client.apply = async (type, object, options) => {
      const answer = await client.apply(type, object, options);
      cluster.edit(deployments, chat, { spec: { model: { ollama: `mallory-${++value}` } } }, "mallory");
      await settled();
      return answer;
    };
    const { advance } = started(cluster, { client: { ...client, apply } });
    expect(await advance(targetOf([chat]))).toMatchObject({
      state: "failed",
      code: "Conflict",
      receipts: [{ name: "chat", result: "failed", reason: "Conflict" }],
    });
    expect(value).toBeLessThan(10);
  });

  test("and deletes it in the same moment does not bring it back as a ghost", async () => {
    const cluster = newCluster();
    const client = clientOf(cluster);
    let isDeleted = false;
    const apply: typeof client.apply = async (type, object, options) => {
      const answer = await client.apply(type, object, options);
      if (!isDeleted) cluster.remove(deployments, chat);
      isDeleted = true;
      // The watch has shown both before the answer arrives.
      await settled();
      return answer;
    };
    const { advance } = started(cluster, { client: { ...client, apply } });
    expect(await advance(targetOf([chat]))).toMatchObject({ state: "applied", receipts: [{ uid: "uid-2" }] });
    expect(cluster.get(deployments, chat)).toBeDefined();
  });
});

describe("waiting", () => {
  test("wakes for what is waited for, and at the end of the time", async () => {
    const cluster = newCluster();
    const { advance, isWorthALook, rollout, clock } = started(cluster);
    const target = targetOf([gpu, chat]);
    expect(await advance(target)).toMatchObject({ state: "waiting" });
    await isWorthALook();
    expect(await advance(target)).toMatchObject({ state: "waiting" });
    expect(await isWorthALook()).toBe(false);
    let woken = false;
    const looking = rollout.changed(new AbortController().signal).then(() => {
      woken = true;
    });
    await clock.advance(599_999);
    expect(woken).toBe(false);
    await clock.advance(1);
    await looking;
    expect(await advance(target)).toMatchObject({ state: "failed", code: "Unhealthy", receipts: [{ name: "gpu" }] });
    sayReady(cluster);
    expect(await isWorthALook()).toBe(true);
    expect(await advance(target)).toMatchObject({ state: "applied", receipts: [{ name: "chat" }, { name: "gpu" }] });
  });

  test("a look in between does not make the time longer; a stage that is done begins it anew", async () => {
    const cluster = newCluster();
    const { advance, clock } = started(cluster);
    const target = targetOf([gpu, modelObject("community", "chat")]);
    await advance(target);
    await clock.advance(400_000);
    expect(await advance(target)).toMatchObject({ state: "waiting" });
    sayReady(cluster);
    expect(await advance(target)).toMatchObject({ state: "waiting", waitsFor: [{ name: "chat" }] });
    await clock.advance(400_000);
    expect(await advance(target)).toMatchObject({ state: "waiting" });
    await clock.advance(200_000);
    expect(await advance(target)).toMatchObject({ state: "failed", code: "Unhealthy" });
  });

  test("what a finalizer holds is not told as gone", async () => {
    const cluster = newCluster();
    const { apply, advance } = started(cluster);
    await apply(targetOf([chat, code]));
    cluster.setFinalizers(deployments, code, ["example.org/held"]);
    const target = targetOf([chat], { seed: "b" });
    expect(await advance(target)).toMatchObject({ state: "waiting", receipts: [] });
    cluster.setFinalizers(deployments, code, []);
    expect(await advance(target)).toMatchObject({ state: "applied", receipts: [{ name: "code", result: "pruned" }] });
  });

  test("a newer target does not wait for what an older one left ill", async () => {
    const { advance } = started(newCluster());
    expect(await advance(targetOf([gpu, chat]))).toMatchObject({ state: "waiting" });
    const newer = targetOf([gpu, chat, code], { seed: "b" });
    expect(await advance(newer)).toMatchObject({ state: "applied", unchanged: 1 });
  });
});

describe("drift", () => {
  test("is told once for each change, though it cannot be corrected just now", async () => {
    const cluster = newCluster();
    const client = clientOf(cluster);
    let isRefused = false;
    const apply: typeof client.apply = async (...args) => {
      if (isRefused) throw refused(403, "Forbidden", "no");
      return client.apply(...args);
    };
    const { advance, apply: reach, drifts } = started(cluster, { client: { ...client, apply } });
    const target = targetOf([chat, code]);
    await reach(target);
    cluster.edit(deployments, chat, { spec: { replicas: 5 } }, "mallory");
    isRefused = true;
    for (let step = 0; step < 3; step++)
      expect(await advance(target)).toMatchObject({ state: "failed", code: "Refused" });
    expect(drifts).toHaveLength(1);
    cluster.edit(deployments, chat, { spec: { replicas: 6 } }, "mallory");
    await advance(target);
    expect(drifts).toHaveLength(2);
    isRefused = false;
    expect(await advance(target)).toMatchObject({ state: "applied", receipts: [{ result: "configured" }] });
    expect(drifts).toHaveLength(2);
  });

  test("a listener that throws stops nothing", async () => {
    const cluster = newCluster();
    const onDrift = (): never => {
      throw new Error("listener");
    };
    const { advance, apply } = started(cluster, { hooks: { onDrift } });
    await apply(targetOf([chat]));
    cluster.remove(deployments, chat);
    expect(await advance(targetOf([chat]))).toMatchObject({ state: "applied", unchanged: 0 });
  });

  test("a look is worth it for what is governed and wanted otherwise, and for nothing else", async () => {
    const cluster = newCluster();
    const { apply, advance, isWorthALook } = started(cluster);
    const target = targetOf([chat, memberObject("alice")]);
    expect(await isWorthALook()).toBe(false);
    await apply(target);
    await advance(target);
    expect(await isWorthALook()).toBe(false);
    cluster.create(deployments, { ...code.body, apiVersion: "", kind: "" } as never, "person");
    cluster.setStatus(deployments, chat, { conditions: [] });
    cluster.edit(types["Member"]!, { name: "alice" }, { spec: { keys: [{ id: "laptop" }] } }, "key-issuer");
    cluster.edit(deployments, chat, { metadata: { labels: { team: "a" } } }, "person");
    expect(await isWorthALook()).toBe(false);
    cluster.remove(deployments, chat);
    expect(await isWorthALook()).toBe(true);
  });
});

describe("taking over", () => {
  test("what a late watch has not shown is seen when the write is refused for it", async () => {
    const cluster = newCluster();
    const client = clientOf(cluster);
    const apply: typeof client.apply = async (type, object, options) => {
      const owned = cluster.get(type, object.metadata as never)?.metadata.managedFields ?? [];
      if (owned.length === 1 && owned[0]?.manager === "person") throw refused(422, "Invalid", "set exactly one");
      return client.apply(type, object, options);
    };
    // Nothing comes after the first list.
    const watch: typeof client.watch = (type, options) =>
      client.watch(type, { ...options, resourceVersion: String(Number.MAX_SAFE_INTEGER) });
    const { advance } = started(cluster, { client: { ...client, apply, watch } });
    await settled();
    const spec = { model: { huggingFace: { repo: "owner/model" } } };
    const byHand = {
      kind: "ModelDeployment",
      apiVersion: "",
      metadata: { namespace: "community", name: "chat" },
      spec,
    };
    cluster.create(deployments, byHand, "person");
    expect(await advance(targetOf([chat]))).toMatchObject({ state: "applied", receipts: [{ result: "configured" }] });
    expect(cluster.get(deployments, chat)?.spec).toMatchObject({ model: { ollama: "tiny" } });
    expect(cluster.get(deployments, chat)?.spec?.["model"]).not.toHaveProperty("huggingFace");
  });

  test("leaves the keys of a member, and who owns them", async () => {
    const cluster = newCluster();
    const alice = memberObject("alice");
    const spec = { ...(alice.body["spec"] as object), affiliation: "Initech", keys: [{ id: "laptop" }] };
    cluster.create(types["Member"]!, { kind: "Member", apiVersion: "", metadata: { name: "alice" }, spec }, "person");
    expect(await started(cluster).apply(targetOf([alice]))).toMatchObject({ receipts: [{ result: "configured" }] });
    const live = cluster.get(types["Member"]!, { name: "alice" });
    expect(live?.spec).toMatchObject({ keys: [{ id: "laptop" }] });
    expect(live?.spec).not.toHaveProperty("affiliation");
    const person = live?.metadata.managedFields?.find(({ manager }) => manager === "person");
    expect(person?.fieldsV1).toMatchObject({ "f:spec": { "f:keys": {} } });
    const ours = live?.metadata.managedFields?.find(({ manager }) => manager === "commonhold-governance");
    expect(ours?.fieldsV1).not.toHaveProperty(["f:spec", "f:keys"]);
  });
});

describe("receipts", () => {
  test("an emergency and its end are two changes of one object", async () => {
    const { apply } = started(newCluster());
    const off = modelObject("community", "chat", { replicas: 0 });
    const on = modelObject("community", "chat", { replicas: 1 });
    await apply(targetOf([on, code]));
    const emergency = { ...targetOf([on, code]), overlays: [{ proposal: "git:1/2", object: off }] };
    expect(await apply(emergency)).toMatchObject({ receipts: [{ name: "chat", result: "configured" }], unchanged: 1 });
    expect(await apply(targetOf([on, code], { tree: "f".repeat(40) }))).toMatchObject({
      receipts: [{ name: "chat", result: "configured" }],
      unchanged: 1,
    });
  });

  test("a write whose answer was lost is told all the same", async () => {
    const cluster = newCluster();
    const client = clientOf(cluster);
    let isLost = true;
    const apply: typeof client.apply = async (...args) => {
      const answer = await client.apply(...args);
      if (!isLost) return answer;
      isLost = false;
      throw new KubeError("PATCH: the connection failed", { reason: "ConnectionFailed" });
    };
    const { advance } = started(cluster, { client: { ...client, apply } });
    expect(await advance(targetOf([chat]))).toMatchObject({
      state: "failed",
      code: "Unreachable",
      receipts: [{ result: "failed", reason: "ConnectionFailed" }],
    });
    expect(await advance(targetOf([chat]))).toMatchObject({ state: "applied", receipts: [{ result: "created" }] });
    expect(cluster.writes).toHaveLength(1);
  });
});
