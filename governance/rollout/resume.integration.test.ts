import { describe, expect } from "vitest";
import { members } from "../../operator/apis/member.ts";
import { modelDeployments } from "../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../operator/apis/model-host.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { KubeObject } from "../../operator/kube/resource.ts";
import { mortalClient } from "../../test/deployments/mortal.ts";
import {
  hostObject,
  memberObject,
  modelObject,
  removeGoverned,
  type Start,
  targetOf,
  test,
  useGovernedKinds,
} from "../../test/rollout/test.ts";
import type { Target } from "./rollout.ts";

useGovernedKinds();

const resting = { replicas: 0 };
/** Of the change below: two come, three are changed, two are taken over by two writes each, two go. */
const writesOfTheWay = 11;

describe("a rollout killed", () => {
  test("before any of its writes comes to the same end", async ({ client, namespace, start }) => {
    const ends = new Map<number, string>();
    const world = { client, start, namespace };
    for (let death = 1; death <= writesOfTheWay + 1; death++) {
      expect(await dieAt(death, world), `killed before write ${death}`).toBe(death - 1);
      ends.set(death, await endOf(world, after(namespace)));
      await removeGoverned(client);
    }
    const whole = ends.get(writesOfTheWay + 1)!;
    for (const [death, end] of ends) expect(end, `killed before write ${death}`).toBe(whole);
    expect(whole).toContain("newcomer");
    expect(whole).not.toContain("leaver");
  });
});

interface World {
  readonly client: KubeClient;
  readonly start: Start;
  readonly namespace: string;
}

function before(namespace: string): Target {
  const kept = ["a", "b", "c", "d", "leaver"].map((name) => modelObject(namespace, name, { ...resting, priority: 2 }));
  const hosts = ["gpu", "leaver"].map((name) => hostObject(`${name}-${namespace}`, { pause: true }));
  return targetOf([...hosts, ...kept, memberObject(`alice-${namespace}`, { displayName: "Alice" })]);
}

function after(namespace: string): Target {
  const kept = ["b", "c", "d"].map((name) => modelObject(namespace, name, { ...resting, priority: 2 }));
  const host = hostObject(`gpu-${namespace}`, { pause: true, memoryShare: 50 });
  const objects = [
    ...[host, ...kept, modelObject(namespace, "a", resting), modelObject(namespace, "newcomer", resting)],
    ...[memberObject(`alice-${namespace}`), memberObject(`newcomer-${namespace}`), memberObject(`hand-${namespace}`)],
    modelObject(namespace, "hand", resting),
  ];
  return targetOf(objects, { seed: "b", confirmations: [{ kind: "ModelHost", name: `leaver-${namespace}` }] });
}

/** How many writes came through. */
async function dieAt(death: number, { client, start, namespace }: World): Promise<number> {
  const first = start(client);
  await first.apply(before(namespace));
  await first.stop();
  for (const object of [
    { ...modelObject(namespace, "hand", { priority: 9 }), type: modelDeployments },
    { ...memberObject(`hand-${namespace}`, { affiliation: "Initech" }), type: members },
  ]) {
    await client.create(object.type, object.body as never, { fieldManager: "by-hand" });
  }
  let writes = 0;
  const life = new AbortController();
  const call = (): void => {
    life.signal.throwIfAborted();
    if (++writes < death) return;
    life.abort(new Error("killed"));
    life.signal.throwIfAborted();
  };
  const second = start(mortalClient(client, { call, signal: life.signal }), { limits: { writesAtOnceMax: 1 } });
  await second.rollout.advance(after(namespace), life.signal).catch(() => undefined);
  await second.stop();
  return life.signal.aborted ? writes - 1 : writes;
}

/** A process that knows nothing of it carries on; then all that matters of every object. */
async function endOf({ client, start, namespace }: World, target: Target): Promise<string> {
  const { advance, stop } = start(client);
  expect(await advance(target)).toMatchObject({ state: "applied" });
  await stop();
  const all = await Promise.all([members, modelHosts, modelDeployments].map((type) => client.list<KubeObject>(type)));
  const objects = all.flatMap(({ items }) => items);
  const own = objects.filter(({ metadata }) => `${metadata.namespace} ${metadata.name}`.includes(namespace));
  return JSON.stringify(own.map(essence), undefined, 1);
}

function essence({ kind, metadata, ...rest }: KubeObject): unknown {
  const { name, labels, annotations } = metadata;
  const { managedFields } = metadata as { managedFields?: { manager: string; fieldsV1: unknown }[] };
  const owners = managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1]);
  return { kind, name, labels, annotations, owners, spec: (rest as { spec?: unknown }).spec };
}
