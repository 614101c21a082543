import { describe, expect } from "vitest";
import { annotations, fieldManagers, labels } from "../../operator/apis/group.ts";
import { type Member, members } from "../../operator/apis/member.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../operator/apis/model-host.ts";
import {
  hostObject,
  memberObject,
  modelObject,
  sayReady,
  targetOf,
  test,
  useGovernedKinds,
} from "../../test/rollout/test.ts";

useGovernedKinds();

const key = { id: "laptop", prefix: "ch_abcdefgh", sha256: "a".repeat(64) };

describe("a first apply", () => {
  test("goes in waves, each when the one before is healthy, and a second one writes nothing", async ({
    client,
    clientFor,
    httpProxy,
    namespace,
    start,
  }) => {
    const { advance, until } = start(clientFor(httpProxy));
    const host = hostObject(`gpu-${namespace}`);
    const target = targetOf([modelObject(namespace, "chat"), host, memberObject(`alice-${namespace}`)]);
    const first = await advance(target);
    expect(first).toMatchObject({
      state: "waiting",
      waitsFor: [{ kind: "ModelHost", why: "it has no status yet: the operator has not looked at it" }],
      receipts: [
        { kind: "Member", result: "created" },
        { kind: "ModelHost", result: "created" },
      ],
    });
    expect(await client.get(modelDeployments, { namespace, name: "chat" })).toBeUndefined();

    await sayReady(client, modelHosts, host, "False");
    const ill = await until(target, (outcome) => JSON.stringify(outcome).includes("ProbeFailed"));
    expect(ill).toMatchObject({ waitsFor: [{ name: host.name, why: "ProbeFailed: It does not serve." }] });
    await sayReady(client, modelHosts, host);
    await until(target, (outcome) => JSON.stringify(outcome).includes('"kind":"ModelDeployment"'));
    await sayReady(client, modelDeployments, { namespace, name: "chat" });
    const last = await until(target, ({ state }) => state === "applied");
    expect(last).toMatchObject({ unchanged: 0, receipts: [{ kind: "Member" }, { kind: "ModelDeployment" }, {}] });
    const live = await client.get<ModelDeployment>(modelDeployments, { namespace, name: "chat" });
    expect(live?.metadata).toMatchObject({
      labels: { [labels.governedBy]: fieldManagers.governance },
      annotations: {
        [annotations.digest]: target.policy.objects[0]?.digest,
        [annotations.ratifiedCommit]: target.commit,
        [annotations.ratifiedTree]: target.tree,
      },
    });

    const writes = (): number => httpProxy.seen.filter(({ method }) => method !== "GET").length;
    const before = writes();
    expect(await advance(target)).toEqual({ state: "applied", receipts: [], unchanged: 3 });
    const other = start(clientFor(httpProxy));
    expect(await other.advance({ ...target, wasApplied: true })).toEqual({
      state: "applied",
      receipts: [],
      unchanged: 3,
    });
    expect(await other.advance(targetOf(target.policy.objects, { seed: "b" }))).toEqual({
      state: "applied",
      receipts: [],
      unchanged: 3,
    });
    expect(writes()).toBe(before);
    // A process that died told nobody: what the objects show is told again.
    const reborn = await start(clientFor(httpProxy)).advance(target);
    expect(reborn).toMatchObject({ state: "applied", unchanged: 0 });
    expect(reborn.receipts.map(({ kind, result }) => [kind, result])).toEqual([
      ["Member", "created"],
      ["ModelDeployment", "created"],
      ["ModelHost", "created"],
    ]);
    expect(writes()).toBe(before);
  });

  test("takes only the fields that the policy speaks of", async ({ client, namespace, start }) => {
    const { apply, advance, drifts } = start(client);
    const name = `alice-${namespace}`;
    const first = memberObject(name, { displayName: "Alice", affiliation: "Initech" });
    await apply(targetOf([first]));
    const issuer = { fieldManager: "key-issuer", force: false };
    await client.apply<Member>(members, { metadata: { name }, spec: { keys: [key] } as never }, issuer);
    await client.patch(members, { name }, { metadata: { annotations: { "example.org/note": "hers" } } });
    await apply(targetOf([memberObject(name, { displayName: "Alice B." })], { seed: "b" }));
    const live = await client.get<Member>(members, { name });
    expect(live?.spec).toMatchObject({ displayName: "Alice B.", keys: [{ id: "laptop" }] });
    expect(live?.spec).not.toHaveProperty("affiliation");
    expect(live?.metadata.annotations).toHaveProperty(["example.org/note"], "hers");
    expect(await advance(targetOf([memberObject(name, { displayName: "Alice B." })], { seed: "b" }))).toMatchObject({
      receipts: [],
    });
    expect(drifts).toEqual([]);
  });

  test("takes over what was made by hand, also what excludes what the policy says", async ({
    client,
    kubectl,
    namespace,
    start,
  }) => {
    const { apply, advance, drifts } = start(client);
    const byHand = `
apiVersion: commonhold.dev/v1alpha1
kind: ModelDeployment
metadata: {name: chat, labels: {team: a}}
spec:
  model: {huggingFace: {repo: owner/model-GGUF, quantization: Q4_K_M}}
  update: Propose
  priority: 7
  parameters: {temperature: 1}
`;
    await kubectl(["create", "-f", "-"], { stdin: byHand });
    const target = targetOf([modelObject(namespace, "chat", { replicas: 0 })]);
    const outcome = await apply(target);
    expect(outcome.receipts).toMatchObject([{ kind: "ModelDeployment", name: "chat", result: "configured" }]);
    const live = await client.get<ModelDeployment>(modelDeployments, { namespace, name: "chat" });
    expect(live?.spec).toEqual({
      model: { ollama: "tiny" },
      replicas: 0,
      context: 4096,
      parameters: {},
      placement: { layer: "community", hostSelector: {}, spreadBy: "host", minimumTrust: "known" },
      priority: 0,
      update: "Propose",
    });
    expect(live?.metadata.labels).toMatchObject({ team: "a" });
    expect(await advance(target)).toEqual({ state: "applied", receipts: [], unchanged: 1 });
    expect(drifts).toEqual([]);
  });

  test("says what to do about a namespace that is not there, and goes on with the others", async ({
    client,
    namespace,
    start,
  }) => {
    const { advance } = start(client);
    const there = modelObject(namespace, "chat", { replicas: 0 });
    const outcome = await advance(targetOf([modelObject("nowhere", "lost"), there]));
    expect(outcome).toMatchObject({
      state: "failed",
      code: "NamespaceMissing",
      sentence:
        "ModelDeployment nowhere/lost (models/lost.yaml:1) cannot be made: there is no namespace nowhere. Whoever runs the cluster makes it with kubectl create namespace nowhere and labels it commonhold.dev/governed=true.",
      receipts: [
        { name: "lost", result: "failed", reason: "NamespaceMissing" },
        { name: "chat", result: "created" },
      ],
    });
  });
});
