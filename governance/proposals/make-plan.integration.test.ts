/** Plans against a real API server: it says what it would store, and stores nothing. */
import { beforeAll, expect } from "vitest";
import { fieldManagers } from "../../operator/apis/group.ts";
import { systemClock } from "../../operator/clock/system.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { removeOurs } from "../../test/control-plane/remove-ours.ts";
import { installCrds, workerControlPlane } from "../../test/control-plane/test.ts";
import { test as base } from "../../test/kube-faults/test.ts";
import { resourceTypeOf } from "../policy/kinds.ts";
import type { GovernedObject, Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { type Files, files, host, members, model, treeOf } from "../policy/tree.fixture.ts";
import { described } from "./capacity/community.fixture.ts";
import type { Live } from "./cluster-view.ts";
import { makePlan } from "./make-plan.ts";
import type { DescribeModel } from "./models/description.ts";

beforeAll(async () => {
  await installCrds(await workerControlPlane(), "manifests/crds");
});

/** In a cluster in which nothing of ours is left. */
const test = base.extend("empty", { auto: true }, async ({ client }): Promise<boolean> => {
  await removeOurs(client);
  return true;
});

const never = new AbortController().signal;
const MiB = 2 ** 20;
const describeModel: DescribeModel = async ({ ollama = "?" }) => described(ollama, 182 * MiB);

/** A policy for one namespace, whose members and machines nobody else in this cluster has. */
function policyIn(namespace: string, changes: Files = {}) {
  const machine = `m-${namespace}`;
  const own: Files = {
    "members.yaml": membersIn(namespace),
    "hosts/alice-desktop.yaml": undefined,
    [`hosts/${machine}.yaml`]: host(machine, `alice-${namespace}`),
    "models/smollm2.yaml": model("smollm2", namespace),
  };
  const parsed = readPolicy(treeOf({ ...files, ...own, ...changes }), { namespaces: [namespace, "nowhere"] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed;
}

function membersIn(namespace: string): string {
  return members
    .replaceAll(/name: (alice|bob|carol)/g, (_, name) => `name: ${name}-${namespace}`)
    .replace("[alice-desktop]", `[m-${namespace}]`);
}

async function rollOut(client: KubeClient, { objects }: Policy): Promise<void> {
  for (const { kind, body } of objects) {
    await client.apply<Live>(resourceTypeOf(kind), body as unknown as Live, { fieldManager: fieldManagers.governance });
  }
}

function live(client: KubeClient, { kind, namespace, name }: Pick<GovernedObject, "kind" | "namespace" | "name">) {
  return client.get<Live>(resourceTypeOf(kind), { name, namespace });
}

/** The machine answers, as its operator would write it. */
function answers(client: KubeClient, name: string) {
  const ready = {
    type: "Ready",
    status: "True",
    reason: "Serving",
    message: "x",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const object = { metadata: { name }, status: { version: "0.24.0", conditions: [ready] } } as unknown as Live;
  return client.applyStatus<Live>(resourceTypeOf("ModelHost"), object, { fieldManager: "test" });
}

test("an empty cluster: everything is created in the plan, with the server's defaults, and nothing is stored", async ({
  client,
  namespace,
}) => {
  const { value: before } = policyIn(namespace);
  const nothing = { ...before, objects: [] };
  const planned = await makePlan(
    nothing,
    policyIn(namespace),
    { cluster: client, describeModel, clock: systemClock },
    never,
  );
  expect(planned.objects.map(({ kind, change, basis }) => [kind, change, basis])).toEqual([
    ["ModelHost", "create", "dry-run"],
    ["ModelDeployment", "create", "dry-run"],
    ["Member", "create", "dry-run"],
    ["Member", "create", "dry-run"],
    ["Member", "create", "dry-run"],
  ]);
  expect(planned.objects[1]?.diff).toContain("+  context: 4096");
  for (const object of before.objects) expect(await live(client, object)).toBeUndefined();
  expect(planned.capacity).toEqual([
    `m-${namespace} would bring 24.0 GiB for models, as alice-${namespace} declares`,
    `${namespace}/smollm2 would run on m-${namespace} (needs 182 MiB; 23.8 GiB stay free)`,
  ]);
});

test("after a rollout: only what changes, against what is really there", async ({ client, namespace }) => {
  const { value: before } = policyIn(namespace);
  await rollOut(client, before);
  await answers(client, `m-${namespace}`);
  const sources = { cluster: client, describeModel, clock: systemClock };
  const two = model("smollm2", namespace, "{model: {ollama: smollm2:135m}, replicas: 2}");
  const planned = await makePlan(before, policyIn(namespace, { "models/smollm2.yaml": two }), sources, never);
  expect(planned.objects).toHaveLength(1);
  expect(planned.objects[0]?.diff.filter((line) => /^[+-]/.test(line))).toEqual(["+  replicas: 2"]);
  expect(planned.capacity.join("\n")).toMatch(
    new RegExp(
      `${namespace}/smollm2 would run on m-${namespace} .*\\n${namespace}/smollm2 would lack replicas: 1 of 2 replicas placed`,
    ),
  );

  // Somebody changed it by hand: the plan says that this would be put right.
  const spec = { model: { ollama: "other:1" } };
  const deployment = resourceTypeOf("ModelDeployment");
  await client.patch(deployment, { name: "smollm2", namespace }, { spec });
  const again = await makePlan(before, policyIn(namespace, { "models/smollm2.yaml": two }), sources, never);
  expect(again.objects[0]?.diff).toEqual(expect.arrayContaining(["-    ollama: other:1", "+    ollama: smollm2:135m"]));
  expect(await live(client, { kind: "ModelDeployment", namespace, name: "smollm2" })).toMatchObject({ spec });
});

test("what the kind's rules forbid is refused with their words, and the rest is planned all the same", async ({
  client,
  namespace,
}) => {
  const { value: before } = policyIn(namespace);
  const changes = {
    "models/a.yaml": model("a", namespace, "{model: {ollama: 'a:1', huggingFace: {repo: b/c}}}"),
    "models/b.yaml": model("b", namespace),
    "models/nowhere.c.yaml": model("c", "nowhere"),
  };
  const planned = await makePlan(before, policyIn(namespace, changes), { cluster: client, clock: systemClock }, never);
  const [a, b, c] = planned.objects;
  expect(a).toMatchObject({
    name: "a",
    change: "create",
    refusal: "spec.model: set exactly one of model.ollama, model.huggingFace, model.files",
  });
  expect(a?.diff).toContain("+    ollama: a:1");
  expect(b).toMatchObject({ name: "b", change: "create", basis: "dry-run" });
  expect(b).not.toHaveProperty("refusal");
  expect(c?.refusal).toContain("the cluster has no namespace nowhere, or does not know the kind ModelDeployment yet");
});

test("a removal is tried, not done; members' keys are neither shown nor touched", async ({ client, namespace }) => {
  const { value: before } = policyIn(namespace);
  await rollOut(client, before);
  const name = `carol-${namespace}`;
  const keys = [{ id: "laptop", prefix: "ch_EXAMPLE0", sha256: "c".repeat(64) }];
  await client.apply<Live>(resourceTypeOf("Member"), { metadata: { name }, spec: { keys } } as unknown as Live, {
    fieldManager: "keys",
  });
  const gone = {
    "models/smollm2.yaml": undefined,
    "members.yaml": membersIn(namespace).replace(`name: ${name}`, `name: ${name}\n    displayName: Carol`),
  };
  const planned = await makePlan(before, policyIn(namespace, gone), { cluster: client, clock: systemClock }, never);
  expect(planned.objects).toMatchObject([
    { kind: "Member", name, change: "update", diff: expect.arrayContaining(["+  displayName: Carol"]) },
    { kind: "ModelDeployment", change: "remove", basis: "dry-run" },
  ]);
  expect(JSON.stringify(planned)).not.toContain("ccc");
  expect(await live(client, { kind: "ModelDeployment", namespace, name: "smollm2" })).toBeDefined();
  expect(await live(client, { kind: "Member", name })).toMatchObject({ spec: { keys } });
});

test("many changes are compared with one list of each kind", async ({ clientFor, httpProxy, namespace }) => {
  const { value: before } = policyIn(namespace);
  const many = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`models/m${i}.yaml`, model(`m${i}`, namespace)]),
  );
  const planned = await makePlan(
    before,
    policyIn(namespace, many),
    { cluster: clientFor(httpProxy), clock: systemClock },
    never,
  );
  expect(planned.objects.map(({ basis }) => basis)).toEqual(Array(60).fill("dry-run"));
  const gets = httpProxy.seen.filter(({ method }) => method === "GET");
  expect(gets.length).toBeLessThan(10);
});
