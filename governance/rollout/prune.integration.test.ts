import { describe, expect } from "vitest";
import { labels } from "../../operator/apis/group.ts";
import { type Member, members } from "../../operator/apis/member.ts";
import { modelDeployments } from "../../operator/apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../../operator/apis/model-host.ts";
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

const resting = { replicas: 0 };

describe("what the policy no longer has", () => {
  test("goes, models before machines, each waiting for the finalizers of the one before", async ({
    client,
    namespace,
    start,
  }) => {
    const { apply, advance, until } = start(client);
    const alice = memberObject(`alice-${namespace}`);
    const hosts = ["a", "b"].map((name) => hostObject(`${name}-${namespace}`));
    const [gone, kept] = [hosts[0]!, hosts[1]!];
    const chat = modelObject(namespace, "chat", resting);
    await apply(targetOf([alice, ...hosts, chat, modelObject(namespace, "code", resting)]));
    const finalizer = { metadata: { finalizers: ["commonhold.dev/remove-models"] } };
    await client.patch(modelDeployments, { namespace, name: "code" }, finalizer);

    const confirmations = [{ kind: "ModelHost", name: gone.name }];
    const after = targetOf([alice, kept, chat], { seed: "b", confirmations });
    const waiting = await until(after, ({ state }) => state === "waiting");
    expect(waiting).toMatchObject({
      waitsFor: [
        { kind: "ModelDeployment", name: "code", why: expect.stringContaining("commonhold.dev/remove-models") },
      ],
      receipts: [],
    });
    expect(await client.get(modelHosts, gone)).toBeDefined();
    await client.patch(modelDeployments, { namespace, name: "code" }, { metadata: { finalizers: null } });
    expect(await until(after, ({ state }) => state === "applied")).toMatchObject({
      unchanged: 3,
      receipts: [
        { kind: "ModelDeployment", name: "code", result: "pruned" },
        { kind: "ModelHost", name: gone.name, result: "pruned" },
      ],
    });
    expect(await client.get(modelHosts, gone)).toBeUndefined();
    expect(await advance(after)).toEqual({ state: "applied", receipts: [], unchanged: 3 });
  });

  test("stays where it is a machine that nobody confirmed, while the rest goes", async ({
    client,
    namespace,
    start,
  }) => {
    const { apply, advance } = start(client);
    const host = hostObject(`gpu-${namespace}`);
    const chat = modelObject(namespace, "chat", resting);
    await apply(targetOf([host, chat, modelObject(namespace, "code", resting)]));
    const outcome = await advance(targetOf([chat], { seed: "b" }));
    expect(outcome).toMatchObject({
      state: "failed",
      code: "Unconfirmed",
      sentence: `The removal of ModelHost ${host.name} is not confirmed, and everything on it would move away or stop: name it in confirmations.yaml, or bring its file back.`,
      receipts: [
        { name: "code", result: "pruned" },
        { name: host.name, result: "failed", reason: "Unconfirmed" },
      ],
    });
    expect(await client.get(modelHosts, host)).toBeDefined();
  });

  test("stays whole where too much would go, while what came is applied", async ({ client, namespace, start }) => {
    const { apply, advance } = start(client);
    const models = ["a", "b", "c", "d"].map((name) => modelObject(namespace, name, resting));
    await apply(targetOf(models));
    const outcome = await advance(targetOf([models[0]!, modelObject(namespace, "e", resting)], { seed: "b" }));
    expect(outcome).toMatchObject({
      state: "failed",
      code: "PruneCap",
      sentence: expect.stringMatching(/^3 of 5 objects of the kind ModelDeployment would be removed \(.*\), 1 may go/),
    });
    expect(outcome.receipts.map(({ name, result }) => `${name} ${result}`)).toEqual([
      "b failed",
      "c failed",
      "d failed",
      "e created",
    ]);
    expect((await client.list(modelDeployments, { namespace })).items).toHaveLength(5);
  });

  test("stays where nothing at all is wanted", async ({ client, namespace, start }) => {
    const { apply, advance } = start(client);
    await apply(targetOf([memberObject(`alice-${namespace}`), modelObject(namespace, "chat", resting)]));
    const nothing = await advance(targetOf([], { seed: "b" }));
    expect(nothing).toMatchObject({ state: "failed", code: "EmptySet", receipts: [] });
    const noModel = await advance(targetOf([memberObject(`alice-${namespace}`)], { seed: "c" }));
    expect(noModel).toMatchObject({
      state: "failed",
      code: "EmptySet",
      receipts: [{ name: "chat", result: "failed" }],
    });
    expect(await client.get(modelDeployments, { namespace, name: "chat" })).toBeDefined();
  });

  test("is nothing of somebody else's, whatever label it carries", async ({ client, namespace, start }) => {
    const { apply, advance } = start(client);
    const body = { metadata: { namespace, labels: { [labels.governedBy]: "commonhold-governance" } } };
    const strangers = ["mine", "mine-too"].map((name) => ({
      ...modelObject(namespace, name).body,
      metadata: { ...body.metadata, name },
    }));
    for (const stranger of strangers) await client.create(modelDeployments, stranger as never);
    const target = targetOf([modelObject(namespace, "chat", resting)]);
    await apply(target);
    expect(await advance(target)).toEqual({ state: "applied", receipts: [], unchanged: 1 });
    expect((await client.list(modelDeployments, { namespace })).items).toHaveLength(3);
    for (const { metadata } of strangers) await client.remove(modelDeployments, metadata);
  });

  test("goes although its label was taken off", async ({ client, namespace, start }) => {
    const first = start(client);
    const objects = ["chat", "code"].map((name) => modelObject(namespace, name, resting));
    await first.apply(targetOf(objects));
    await first.stop();
    const unlabelled = { metadata: { labels: { [labels.governedBy]: null } } };
    await client.patch(modelDeployments, { namespace, name: "code" }, unlabelled);
    const outcome = await start(client).advance(targetOf([objects[0]!], { seed: "b" }));
    expect(outcome).toMatchObject({ state: "applied", receipts: [{ name: "code", result: "pruned" }] });
  });

  test("is a member at once, whatever is unhealthy, with the keys that others gave", async ({
    client,
    namespace,
    start,
  }) => {
    const { apply, advance } = start(client);
    const [alice, bob] = ["alice", "bob"].map((name) => memberObject(`${name}-${namespace}`));
    await apply(targetOf([alice!, bob!]));
    const key = { id: "laptop", prefix: "ch_abcdefgh", sha256: "b".repeat(64) };
    const issuer = { fieldManager: "key-issuer" };
    await client.apply<Member>(members, { metadata: { name: bob!.name }, spec: { keys: [key] } as never }, issuer);
    const host = hostObject(`gpu-${namespace}`);
    const outcome = await advance(targetOf([alice!, host], { seed: "b" }));
    expect(outcome).toMatchObject({ state: "waiting", waitsFor: [{ kind: "ModelHost" }] });
    expect(outcome.receipts.map(({ name, result }) => `${name} ${result}`)).toEqual([
      `bob-${namespace} pruned`,
      `gpu-${namespace} created`,
    ]);
    expect(await client.get(members, bob!)).toBeUndefined();
  });

  test("is not an object that was made anew under its name in the same moment", async ({
    client,
    clientFor,
    httpProxy,
    namespace,
    start,
  }) => {
    const { apply, until } = start(clientFor(httpProxy));
    const [kept, gone] = ["kept", "gone"].map((name) => hostObject(`${name}-${namespace}`));
    await apply(targetOf([kept!, gone!]));
    await sayReady(client, modelHosts, gone!);
    // Between the look and the removal: deleted by hand and made anew by hand.
    const isRemoval = ({ method }: { method: string }): boolean => method === "DELETE";
    httpProxy.inject({ match: isRemoval, act: { delayMs: 500 } });
    const target = targetOf([kept!], { seed: "b", confirmations: [{ kind: "ModelHost", name: gone!.name }] });
    const advancing = until(target, ({ state }) => state === "applied");
    await expect.poll(() => httpProxy.seen.some(isRemoval)).toBe(true);
    await client.remove(modelHosts, gone!);
    const anew = await client.create<ModelHost>(modelHosts, gone!.body as never);
    expect(await advancing).toMatchObject({ state: "applied" });
    expect((await client.get(modelHosts, gone!))?.metadata.uid).toBe(anew.metadata.uid);
    await client.remove(modelHosts, gone!);
  });
});
