import { describe, expect, test } from "vitest";
import { fieldManagers, labels } from "../../operator/apis/group.ts";
import type { Cluster } from "../../test/doubles/kube/cluster.ts";
import { hostObject, memberObject, modelObject, targetOf } from "../../test/rollout/targets.ts";
import { newCluster, sayReady, snapshotOf, types } from "../../test/rollout/world.ts";
import type { GovernedObject } from "../policy/policy.ts";
import type { Command } from "./command.ts";
import { desiredObjects, originIn, sentObject } from "./desired.ts";
import { rolloutKinds } from "./kinds.ts";
import { planRollout } from "./plan.ts";
import type { Target } from "./rollout.ts";
import type { Snapshot } from "./snapshot.ts";

const alice = memberObject("alice");
const gpu = hostObject("gpu");
const chat = modelObject("community", "chat");
const code = modelObject("community", "code");
const first = targetOf([alice, gpu, chat]);
const second = targetOf([alice, hostObject("gpu", { memoryShare: 50 }), chat, code], { seed: "b" });
const deployments = types["ModelDeployment"]!;

/** As if the rollout had written each of them for this target. */
function applied(cluster: Cluster, target: Target): void {
  for (const desired of desiredObjects(target, rolloutKinds).values()) {
    const sent = sentObject(desired, originIn(target));
    cluster.apply(desired.kind!.type, sent as never, { fieldManager: fieldManagers.governance });
  }
}

function clusterWith(target: Target, ready = true): Cluster {
  const cluster = newCluster();
  applied(cluster, target);
  if (ready) sayReady(cluster);
  return cluster;
}

function planned(cluster: Cluster, target: Target, rest: Partial<Snapshot> = {}, now = 0) {
  const { commands, standing } = planRollout(snapshotOf(cluster, rest), target, now);
  return { commands: commands.map(worded), standing };
}

function worded(command: Command): string {
  const { name } = command.kind === "Apply" ? command.desired.object : command.live.metadata;
  const why = command.kind === "Apply" && command.drift ? ` (${command.drift.what})` : "";
  return `${command.kind} ${name}${why}`;
}

describe("waves", () => {
  test("members and machines come first", () => {
    expect(planned(newCluster(), first)).toMatchObject({ commands: ["Apply alice", "Apply gpu"] });
  });

  test("a model waits for a machine that this target changed", () => {
    const cluster = clusterWith(targetOf([alice, gpu]), false);
    const target = targetOf([alice, gpu, chat]);
    expect(planned(cluster, target)).toMatchObject({
      commands: [],
      standing: { state: "waiting", waitsFor: [{ kind: "ModelHost", name: "gpu" }] },
    });
    sayReady(cluster, () => true, "False");
    expect(planned(cluster, target).standing).toMatchObject({ waitsFor: [{ why: "ProbeFailed: It does not serve." }] });
    sayReady(cluster);
    expect(planned(cluster, target).commands).toEqual(["Apply chat"]);
  });

  test("not for one that an older target left ill", () => {
    const cluster = clusterWith(first, false);
    const newer = targetOf([alice, gpu, chat, code], { seed: "b" });
    expect(planned(cluster, newer).commands).toEqual(["Apply code"]);
  });

  test("the last wave is waited for too before anything is said to be applied", () => {
    const cluster = clusterWith(first);
    expect(planned(cluster, first).standing).toEqual({ state: "applied" });
    sayReady(cluster, ({ kind }) => kind === "ModelDeployment", "False");
    expect(planned(cluster, first).standing).toMatchObject({ state: "waiting", waitsFor: [{ name: "chat" }] });
  });

  test("what was applied before is no more waited for", () => {
    const cluster = clusterWith(first, false);
    expect(planned(cluster, first, { wasApplied: true })).toEqual({ commands: [], standing: { state: "applied" } });
  });

  test("time that is over is a failure, named, and still nothing comes after", () => {
    const cluster = clusterWith(targetOf([alice, gpu]), false);
    const late = planned(cluster, targetOf([alice, gpu, chat]), { waitingSince: 1_000 }, 601_000);
    expect(late).toMatchObject({
      commands: [],
      standing: {
        state: "failed",
        code: "Unhealthy",
        sentence:
          "Not healthy after 600 s: ModelHost gpu (it has no status yet: the operator has not looked at it). What comes after waits for it. Mend it, or decide otherwise: a newer decision does not wait.",
      },
    });
    const early = planned(cluster, targetOf([alice, gpu, chat]), { waitingSince: 1_000 }, 600_999);
    expect(early.standing.state).toBe("waiting");
  });

  test("a refusal holds the waves after it, and no object of its own", () => {
    const failure = { code: "Refused", reason: "Invalid", sentence: "No." } as const;
    const cluster = clusterWith(targetOf([alice]));
    const failures = new Map([["ModelHost//gpu", failure]]);
    const target = targetOf([memberObject("bob"), alice, gpu, chat]);
    expect(planned(cluster, target, { failures }).commands).toEqual(["Apply bob"]);
    applied(cluster, targetOf([memberObject("bob")]));
    expect(planned(cluster, target, { failures })).toMatchObject({
      commands: [],
      standing: { state: "failed", code: "Refused", sentence: "No." },
    });
  });
});

describe("what waits for nothing", () => {
  test("drift, whatever is ill and whichever wave", () => {
    const cluster = clusterWith(first);
    applied(cluster, second);
    sayReady(cluster, () => true, "False");
    cluster.edit(deployments, { namespace: "community", name: "chat" }, { spec: { priority: 7 } }, "mallory");
    expect(planned(cluster, second).commands).toEqual(["Apply chat (changed)"]);
  });

  test("an emergency", () => {
    const cluster = clusterWith(first);
    sayReady(cluster, () => true, "False");
    const reduced: GovernedObject = { ...modelObject("community", "chat", { replicas: 0 }) };
    const target = { ...first, overlays: [{ proposal: "git:1/2", object: reduced }] };
    expect(planned(cluster, target).commands).toEqual(["Apply chat"]);
    applied(cluster, target);
    expect(cluster.get(deployments, reduced)?.metadata.annotations).toMatchObject({
      "commonhold.dev/emergency": "git:1/2",
    });
    // When it is over the ratified object comes back.
    expect(planned(cluster, { ...first, tree: "f".repeat(40) }).commands).toEqual(["Apply chat"]);
  });

  test("an emergency over what is not there any more makes nothing", () => {
    const target = { ...targetOf([alice]), overlays: [{ proposal: "git:1/2", object: chat }] };
    expect(planned(clusterWith(targetOf([alice])), target)).toEqual({ commands: [], standing: { state: "applied" } });
  });

  test("a member who leaves", () => {
    const cluster = clusterWith(targetOf([alice, memberObject("bob")]));
    const target = targetOf([alice, gpu], { seed: "b" });
    expect(planned(cluster, target).commands).toEqual(["Apply gpu", "Remove bob"]);
  });
});

describe("what is drift", () => {
  test("a deletion, where all was applied before", () => {
    const cluster = clusterWith(first);
    cluster.remove(deployments, chat);
    expect(planned(cluster, first).commands).toEqual(["Apply chat"]);
    expect(planned(cluster, first, { wasApplied: true }).commands).toEqual(["Apply chat (deleted)"]);
  });

  test("not what a newer target wants otherwise", () => {
    const cluster = clusterWith(first);
    expect(planned(cluster, second).commands).toEqual(["Apply gpu"]);
  });

  test("not what was made by hand before", () => {
    const cluster = newCluster();
    cluster.create(deployments, { ...chat.body, apiVersion: "", kind: "" } as never, "person");
    expect(planned(cluster, targetOf([chat])).commands).toEqual(["Apply chat"]);
  });

  test("wiped traces of who owns what, though every value is as it was", () => {
    const cluster = clusterWith(first);
    const { resourceVersion } = cluster.get(deployments, chat)!.metadata;
    cluster.patchManagedFields(deployments, chat, [
      { path: "/metadata/managedFields", value: [] },
      { path: "/metadata/resourceVersion", value: resourceVersion },
    ]);
    const [command] = planRollout(snapshotOf(cluster, { wasApplied: true }), first, 0).commands;
    expect(command).toMatchObject({
      key: "ModelDeployment/community/chat",
      drift: { fields: ["metadata.managedFields"] },
    });
    applied(cluster, first);
    expect(planned(cluster, first)).toEqual({ commands: [], standing: { state: "applied" } });
  });

  test("who did it is who owns what differs, the latest of several", () => {
    const cluster = clusterWith(first);
    cluster.edit(deployments, chat, { spec: { priority: 1 } }, "first");
    cluster.tick();
    cluster.edit(deployments, chat, { spec: { replicas: 4 } }, "second");
    const [command] = planRollout(snapshotOf(cluster), first, 0).commands;
    expect(command).toMatchObject({ drift: { manager: "second", fields: ["spec.priority", "spec.replicas"] } });
  });
});

describe("what goes", () => {
  const models = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => modelObject("community", name));
  const all = targetOf([alice, gpu, ...models]);

  test("a quarter of a kind, and nothing else waits for it", () => {
    const target = targetOf([alice, gpu, ...models.slice(2)], { seed: "b" });
    expect(planned(clusterWith(all), target).commands).toEqual(["Remove a", "Remove b"]);
  });

  test.each<[string, Target, string]>([
    ["not more than a quarter", targetOf([alice, gpu, ...models.slice(3)], { seed: "b" }), "PruneCap"],
    ["not a machine that nobody confirmed", targetOf([alice, ...models], { seed: "b" }), "Unconfirmed"],
    ["not the last model and machine", targetOf([alice], { seed: "b" }), "EmptySet"],
    ["not everything", targetOf([], { seed: "b" }), "EmptySet"],
  ])("%s", (_, target, code) => {
    expect(planned(clusterWith(all), target)).toMatchObject({ commands: [], standing: { state: "failed", code } });
  });

  test("more than a quarter, and a machine, where each is named", () => {
    const gone = [gpu, ...models.slice(2)];
    const confirmations = gone.map(({ kind, namespace, name }) => ({ kind, name, ...(namespace && { namespace }) }));
    const target = targetOf([alice, ...models.slice(0, 2)], { seed: "b", confirmations });
    const cluster = clusterWith(all);
    expect(planned(cluster, target).commands).toHaveLength(6);
    for (const one of models.slice(2)) cluster.remove(deployments, one);
    expect(planned(cluster, target).commands).toEqual(["Remove gpu"]);
  });

  test("one of two", () => {
    const cluster = clusterWith(targetOf(models.slice(0, 2)));
    expect(planned(cluster, targetOf(models.slice(0, 1), { seed: "b" })).commands).toEqual(["Remove b"]);
  });

  test("nothing of a kind while another kind is over its bound", () => {
    const cluster = clusterWith(targetOf([alice, memberObject("bob"), ...models]));
    expect(planned(cluster, targetOf([alice, models[0]!], { seed: "b" })).commands).toEqual([]);
  });

  test("nothing that only looks as if it were ours", () => {
    const cluster = clusterWith(targetOf([chat]));
    const marked = { ...code.body, metadata: { ...code, labels: { [labels.governedBy]: fieldManagers.governance } } };
    cluster.create(deployments, marked as never, "person");
    expect(planned(cluster, targetOf([chat]))).toEqual({ commands: [], standing: { state: "applied" } });
  });

  test("nothing twice: what is held by a finalizer is waited for, and machines wait for models", () => {
    const cluster = clusterWith(all);
    cluster.setFinalizers(deployments, models[0]!, ["example.org/held"]);
    const confirmations = [{ kind: "ModelHost", name: "gpu" }];
    const target = targetOf([alice, ...models.slice(1)], { seed: "b", confirmations });
    expect(planned(cluster, target).commands).toEqual(["Remove a"]);
    cluster.remove(deployments, models[0]!);
    expect(planned(cluster, target)).toMatchObject({
      commands: [],
      standing: { state: "waiting", waitsFor: [{ name: "a", why: "it is being deleted, held by example.org/held" }] },
    });
    cluster.setFinalizers(deployments, models[0]!, []);
    expect(planned(cluster, target).commands).toEqual(["Remove gpu"]);
  });
});

describe("what cannot be", () => {
  test("an object of a kind that is not governed", () => {
    const secret: GovernedObject = { ...chat, kind: "Secret", group: "", version: "v1", plural: "secrets" };
    expect(planned(newCluster(), targetOf([secret, gpu]))).toMatchObject({ commands: ["Apply gpu"] });
    expect(planned(clusterWith(targetOf([gpu])), targetOf([secret, gpu]))).toMatchObject({
      commands: [],
      standing: {
        state: "failed",
        code: "Refused",
        sentence: expect.stringMatching(/^Secret community\/chat \(models\/chat.yaml:1\) is of no kind/),
      },
    });
  });

  test.each<[string, GovernedObject]>([
    ["one of another group with the name of ours", { ...chat, group: "example.org" }],
    ["one of another version", { ...chat, version: "v9" }],
    ["a model without a namespace", { ...modelObject("x", "chat"), namespace: undefined as never }],
    ["a machine in a namespace", { ...gpu, namespace: "community" }],
  ])("%s", (_, object) => {
    expect(planned(newCluster(), targetOf([object]))).toMatchObject({ commands: [], standing: { code: "Refused" } });
  });

  test("a namespace that is not there, while the others are made", () => {
    const lost = modelObject("nowhere", "lost");
    const missingNamespaces = new Set(["nowhere"]);
    expect(planned(newCluster(), targetOf([lost, chat]), { missingNamespaces }).commands).toEqual(["Apply chat"]);
    const cluster = clusterWith(targetOf([chat]));
    expect(planned(cluster, targetOf([lost, chat]), { missingNamespaces }).standing).toMatchObject({
      state: "failed",
      code: "NamespaceMissing",
    });
  });

  test("an object that is being deleted is waited for", () => {
    const cluster = clusterWith(first);
    cluster.setFinalizers(deployments, chat, ["example.org/held"]);
    cluster.remove(deployments, chat);
    for (const wasApplied of [true, false]) {
      expect(planned(cluster, first, { wasApplied })).toMatchObject({ commands: [], standing: { state: "waiting" } });
    }
  });
});
