/** Whatever came before, whatever is wanted, whoever meddled and wherever a process was killed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mortalClient } from "../../test/deployments/mortal.ts";
import { clientOf } from "../../test/doubles/kube/client.ts";
import type { Cluster, Stored } from "../../test/doubles/kube/cluster.ts";
import { hostObject, memberObject, modelObject, targetOf } from "../../test/rollout/targets.ts";
import { keyOf, liveIn, newCluster, sayReady, startRollout, types } from "../../test/rollout/world.ts";
import { runs } from "../../test/runs.ts";
import { type GovernedObject, type ObjectName, objectKey } from "../policy/policy.ts";
import { isGoverned } from "./governed.ts";
import type { RolloutOutcome, Target } from "./rollout.ts";

const names = ["a", "b", "c", "d", "e", "f"];

const model = fc
  .record({
    name: fc.constantFrom(...names),
    replicas: fc.constantFrom(0, 1, 2),
    priority: fc.constantFrom(undefined, 0, 5),
    stop: fc.constantFrom(undefined, ["x"], ["x", "y"]),
  })
  .map(({ name, replicas, priority, stop }) =>
    modelObject("community", name, {
      replicas,
      ...(priority !== undefined && { priority }),
      ...(stop && { parameters: { stop } }),
    }),
  );
const host = fc
  .record({ name: fc.constantFrom("gpu1", "gpu2"), memoryShare: fc.constantFrom(50, 100) })
  .map(({ name, memoryShare }) => hostObject(name, { memoryShare }));
const member = fc
  .record({ name: fc.constantFrom("alice", "bob"), affiliation: fc.constantFrom(undefined, "Initech") })
  .map(({ name, affiliation }) => memberObject(name, affiliation === undefined ? {} : { affiliation }));

const objects: fc.Arbitrary<GovernedObject[]> = fc.uniqueArray(
  fc.oneof({ weight: 3, arbitrary: model }, host, member),
  {
    selector: objectKey,
    maxLength: 9,
  },
);

const confirmed: readonly ObjectName[] = [
  ...names.map((name) => ({ kind: "ModelDeployment", namespace: "community", name })),
  ...["gpu1", "gpu2"].map((name) => ({ kind: "ModelHost", name })),
  ...["alice", "bob"].map((name) => ({ kind: "Member", name })),
];

/** What people did by hand: made something, changed something, took something away, or held it with a finalizer. */
const meddling = fc.record({
  what: fc.constantFrom("create", "edit", "remove", "hold", "unlabel"),
  object: fc.oneof(model, host, member),
});
type Meddling = { readonly what: string; readonly object: GovernedObject };

function meddle(cluster: Cluster, { what, object }: Meddling): void {
  const type = types[object.kind]!;
  const isThere = cluster.get(type, object) !== undefined;
  if (what === "create" && !isThere) cluster.create(type, { ...object.body, kind: object.kind } as never, "person");
  if (!isThere) return;
  const spec = object.kind === "ModelDeployment" ? { update: "Track", replicas: 9 } : { surprise: 1 };
  if (what === "edit") cluster.edit(type, object, { spec }, "person");
  if (what === "unlabel") cluster.edit(type, object, { metadata: { labels: null } }, "person");
  if (what === "remove") cluster.remove(type, object);
  if (what === "hold") cluster.setFinalizers(type, object, ["example.org/held"]);
}

/** The operator's part: everything is ready, nothing is held. */
function settle(cluster: Cluster): void {
  sayReady(cluster);
  for (const { kind, metadata } of cluster.all()) {
    if (metadata.finalizers?.length) cluster.setFinalizers(types[kind]!, metadata, []);
  }
}

async function reach(cluster: Cluster, target: Target): Promise<RolloutOutcome> {
  const one = startRollout(cluster);
  try {
    for (let step = 0; step < 12; step++) {
      const outcome = await one.advance(target);
      if (outcome.state !== "waiting") return outcome;
      settle(cluster);
    }
    throw new Error("it waits for ever");
  } finally {
    await one.stop();
  }
}

/** What matters of a cluster; versions and times do not. */
function essence(cluster: Cluster): unknown {
  const all = cluster.all().map(({ kind, metadata, spec }: Stored) => {
    const { name, namespace, labels, annotations, managedFields = [] } = metadata;
    const owners = managedFields.map(({ manager, operation, fieldsV1 }) => [manager, operation, fieldsV1]);
    return {
      kind,
      name,
      namespace,
      labels,
      annotations,
      spec,
      owners: owners.map((one) => JSON.stringify(one)).toSorted(),
    };
  });
  return all.toSorted((a, b) => (keyOf({ kind: a.kind, metadata: a }) < keyOf({ kind: b.kind, metadata: b }) ? -1 : 1));
}

/** A cluster of which some was applied, and in which people meddled. */
async function history(before: readonly GovernedObject[], meddlings: readonly Meddling[]): Promise<Cluster> {
  const cluster = newCluster();
  if (before.length > 0) await reach(cluster, targetOf(before, { seed: "before" }));
  cluster.tick();
  for (const one of meddlings) meddle(cluster, one);
  return cluster;
}

const worlds = fc.record({ before: objects, meddlings: fc.array(meddling, { maxLength: 4 }), after: objects });
const few = runs(30);

describe("whatever came before and whoever meddled", () => {
  test("an applied target is all there, exactly, and a second step writes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ before, meddlings, after }) => {
        const cluster = await history(before, meddlings);
        const target = targetOf(after, { seed: "after", confirmations: confirmed });
        const outcome = await reach(cluster, target);
        expect(outcome.state).toBe(after.length === 0 ? "failed" : "applied");
        if (outcome.state !== "applied") return;
        const clean = newCluster();
        await reach(clean, target);
        const specs = (of: Cluster): Map<string, unknown> => new Map(of.all().map((one) => [keyOf(one), one.spec]));
        for (const [key, spec] of specs(clean)) expect(ordered(specs(cluster).get(key)), key).toEqual(ordered(spec));
        const { length } = cluster.writes;
        const again = await reach(cluster, { ...target, wasApplied: true });
        expect(again).toEqual({ state: "applied", receipts: [], unchanged: after.length });
        expect(cluster.writes).toHaveLength(length);
      }),
      few,
    );
  });

  test("what governance did not make stays, and of what it made no more goes than may", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.boolean(), async ({ before, meddlings, after }, areConfirmed) => {
        const cluster = await history(before, meddlings);
        const wanted = new Set(after.map(objectKey));
        const were = liveIn(cluster);
        const confirmations = areConfirmed ? confirmed : [];
        const target = targetOf(after, { seed: "after", confirmations });
        const outcome = await reach(cluster, target);
        const are = liveIn(cluster);
        for (const [key, live] of were) {
          const isGone = are.get(key)?.metadata.uid !== live.metadata.uid;
          const isOurs = isGoverned(live);
          const wasGoing = live.metadata.deletionTimestamp !== undefined;
          if (isGone && !wasGoing) expect(isOurs && !wanted.has(key), key).toBe(true);
        }
        if (areConfirmed) return;
        const standing = [...were.values()].filter((one) => isGoverned(one) && !one.metadata.deletionTimestamp);
        for (const kind of ["ModelDeployment", "ModelHost", "Member"]) {
          const own = standing.filter((one) => one.kind === kind);
          const came = outcome.receipts.filter(
            (one) => one.kind === kind && ["created", "configured"].includes(one.result),
          );
          const gone = outcome.receipts.filter((one) => one.kind === kind && one.result === "pruned");
          // At most all that were there and all that came count.
          expect(gone.length).toBeLessThanOrEqual(Math.max(1, Math.floor((own.length + came.length) / 4)));
          if (kind === "ModelHost") expect(gone).toEqual([]);
        }
      }),
      few,
    );
  });

  test("nothing is written in a wave before the one below it is there, and nothing goes before all is there", async () => {
    const waveOf: Record<string, number> = { Member: 1, ModelHost: 1, ModelDeployment: 2 };
    await fc.assert(
      fc.asyncProperty(objects, objects, async (before, after) => {
        const cluster = await history(before, []);
        const { length } = cluster.writes;
        await reach(cluster, targetOf(after, { seed: "after", confirmations: confirmed }));
        const steps = cluster.writes.slice(length).flatMap((write) => {
          const [verb = "", kind = ""] = write.split(" ");
          if (kind === "Member" && verb === "remove") return [];
          return [verb === "remove" ? 10 - (waveOf[kind] ?? 0) : (waveOf[kind] ?? 0)];
        });
        expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      }),
      few,
    );
  });
});

describe("a process killed", () => {
  test("before any of its writes leaves nothing that the next one does not bring to the same end", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ before, meddlings, after }) => {
        const target = targetOf(after, { seed: "after", confirmations: confirmed });
        const whole = await history(before, meddlings);
        const { length } = whole.writes;
        const outcome = await reach(whole, target);
        const end = essence(whole);
        const writes = whole.writes.length - length;
        for (let death = 1; death <= writes; death++) {
          const cluster = await history(before, meddlings);
          await dieAt(death, cluster, target);
          expect(await reach(cluster, target)).toMatchObject({ state: outcome.state });
          expect(essence(cluster), `killed before write ${death}`).toEqual(end);
        }
      }),
      runs(6),
    );
  });
});

async function dieAt(death: number, cluster: Cluster, target: Target): Promise<void> {
  const life = new AbortController();
  let writes = 0;
  const call = (): void => {
    life.signal.throwIfAborted();
    if (++writes === death) life.abort(new Error("killed"));
    life.signal.throwIfAborted();
  };
  const client = mortalClient(clientOf(cluster), { call, signal: life.signal });
  const one = startRollout(cluster, { client, limits: { writesAtOnceMax: 1 } });
  for (let step = 0; step < 12 && !life.signal.aborted; step++) {
    const outcome = await one.rollout.advance(target, life.signal).catch(() => undefined);
    if (outcome && outcome.state !== "waiting") break;
    settle(cluster);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await one.stop();
}

/** Members of a set come in an order that nobody promises. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered).toSorted();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, within]) => [name, ordered(within)]));
}
