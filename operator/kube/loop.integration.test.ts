/**
 * The parts together, as an operator wires them: reflector → store → controller → status by server-side apply → events,
 * under a lease, through a network and a server that fail at random. In the end every status must be right and legal.
 */

import { expect } from "vitest";
import { createRandomFaults } from "../../test/kube-faults/random-faults.ts";
import {
  type AtEnd,
  eventually,
  installWidgets,
  test,
  type Widget,
  widget,
  widgets,
} from "../../test/kube-faults/test.ts";
import { systemClock, systemRandom } from "../clock/system.ts";
import type { KubeClient } from "./client.ts";
import { type Condition, setConditions, summarise } from "./conditions.ts";
import { Controller, type Reconciled } from "./controller.ts";
import { Reflector } from "./reflector.ts";
import { keyOf } from "./resource.ts";
import { statusViolations } from "./status-laws.ts";
import { createStore, type WritableStore } from "./store.ts";

const rules = {
  target: "Ready",
  positive: ["Sized"],
  negative: [],
  ready: { reason: "Sized", message: "the size is seen" },
};
const seed = 20_261_123;

interface Operator {
  store: WritableStore<Widget>;
  ended: Reconciled[];
  writes: number;
  stop(): Promise<void>;
}

/** The smallest operator there is: it copies `spec.size` to `status.seenSize`. */
function startOperator(atEnd: AtEnd, client: KubeClient, namespace: string): Operator {
  const store = createStore<Widget>();
  const stopping = new AbortController();
  const operator: Operator = { store, ended: [], writes: 0, stop };
  const backoff = { baseMs: 20, maxMs: 300 };
  const reflector = new Reflector<Widget>({
    ...{
      client,
      type: widgets,
      store,
      namespace,
      clock: systemClock,
      random: systemRandom,
      idleTimeoutMs: 500,
      listTimeoutMs: 1_000,
    },
    backoff: { ...backoff, forgetAfterMs: 1_000 },
  });
  const controller = new Controller({
    reconcile: (key, signal) => reconcile(key, signal),
    ...{ clock: systemClock, random: systemRandom, backoff, stopDeadlineMs: 1_000 },
    onEnd: (reconciled) => operator.ended.push(reconciled),
  });
  store.onChange(({ key }) => controller.enqueue(key));
  const runs = [reflector.run(stopping.signal), controller.run(stopping.signal)];
  atEnd(stop);

  async function stop(): Promise<void> {
    stopping.abort(new Error("the test stops the operator"));
    await Promise.all(runs);
  }

  async function reconcile(key: string, signal: AbortSignal): Promise<void> {
    const object = store.get(key);
    if (!object) return;
    const status = statusOf(object, systemClock.now());
    if (JSON.stringify(status) === JSON.stringify(object.status)) return;
    const { name, namespace } = object.metadata;
    const written = await client.applyStatus(
      widgets,
      { metadata: { name, namespace }, status },
      { fieldManager: "loop", signal },
    );
    operator.writes++;
    store.observe(written);
  }

  return operator;
}

function statusOf(object: Readonly<Widget>, now: number): NonNullable<Widget["status"]> {
  const observedGeneration = object.metadata.generation ?? 0;
  const before: readonly Condition[] = object.status?.conditions ?? [];
  const sized = {
    type: "Sized",
    status: "True" as const,
    reason: "Seen",
    message: `size ${object.spec.size}`,
    observedGeneration,
  };
  const steps = setConditions(before, [sized], now);
  const conditions = setConditions(steps, [summarise(steps, rules, observedGeneration)], now);
  return { conditions, observedGeneration, seenSize: object.spec.size };
}

test("a quiet system: each object is written once, and a second start writes nothing", async ({
  client,
  namespace,
  atEnd,
}) => {
  await installWidgets(client);
  for (let i = 0; i < 20; i++) await client.create(widgets, widget(namespace, `w${i}`, i));
  const first = startOperator(atEnd, client, namespace);
  await eventually("all are seen", () => first.store.size === 20 && first.store.list().every(isSeen));
  await first.stop();
  expect(first.writes).toBe(20);
  const second = startOperator(atEnd, client, namespace);
  await eventually("all are reconciled", () => second.ended.length >= 20);
  expect(second.writes).toBe(0);
});

test(`whatever breaks at random (seed ${seed}), all converges once it heals, and every status is legal`, async ({
  client,
  clientFor,
  httpProxy,
  namespace,
  atEnd,
}) => {
  await installWidgets(client);
  const operator = startOperator(atEnd, clientFor(httpProxy, { requestTimeoutMs: 400 }), namespace);
  const random = createRandomFaults(httpProxy, seed);
  for (let round = 0; httpProxy.struck < 25 && round < 1_000; round++) {
    random.breakSomething();
    const name = `w${random.below(8)}`;
    if (random.below(4) === 0) await client.remove(widgets, { namespace, name });
    else await client.apply(widgets, widget(namespace, name, random.below(100)), { fieldManager: "writer" });
    await systemClock.sleep(random.below(20));
  }
  random.heal();
  await eventually("every object is seen by the operator, in its last form", async () => {
    const { items } = await client.list(widgets, { namespace });
    const known = items.every((item) => operator.store.get(keyOf(item.metadata))?.metadata.uid === item.metadata.uid);
    return known && items.length === operator.store.size && items.every(isSeen);
  });
  const { items } = await client.list(widgets, { namespace });
  const laws = { positive: ["Sized"], types: ["Sized", "Ready"], reasons: ["Seen", "Sized"] };
  expect(items.flatMap((item) => statusViolations(item, systemClock.now(), laws))).toEqual([]);
  expect(httpProxy.struck).toBeGreaterThanOrEqual(25);
});

function isSeen(object: Readonly<Widget>): boolean {
  return (
    object.status?.seenSize === object.spec.size && object.status.observedGeneration === object.metadata.generation
  );
}
