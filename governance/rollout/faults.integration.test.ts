import { describe, expect } from "vitest";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { configMaps } from "../../operator/kube/builtin-types.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";
import { eventually } from "../../test/kube-faults/eventually.ts";
import type { Act, SeenRequest } from "../../test/kube-faults/http-proxy.ts";
import { hostObject, memberObject, modelObject, targetOf, test, useGovernedKinds } from "../../test/rollout/test.ts";
import type { RolloutOutcome } from "./rollout.ts";

useGovernedKinds();

const resting = { replicas: 0 };
const quotas: ResourceType<KubeObject & { spec?: object; status?: object }> = {
  ...{ group: "", version: "v1", kind: "ResourceQuota", plural: "resourcequotas", namespaced: true },
};

describe("an object that the API server refuses", () => {
  test("by its schema keeps no other of its wave, holds the next one, and is tried again", async ({
    client,
    namespace,
    start,
  }) => {
    const { advance, apply } = start(client);
    const bad = hostObject(`bad-${namespace}`, { memoryShare: 400 });
    const objects = [bad, memberObject(`alice-${namespace}`), modelObject(namespace, "chat", resting)];
    for (let step = 0; step < 2; step++) {
      const outcome = await advance(targetOf(objects));
      expect(outcome).toMatchObject({
        state: "failed",
        code: "Refused",
        sentence: expect.stringMatching(/^ModelHost bad-.* \(hosts\/bad-.*:1\) was refused: .*memoryShare/),
        receipts: [
          { kind: "Member", result: "created" },
          { kind: "ModelHost", result: "failed", reason: "Invalid" },
        ],
      });
    }
    expect(await client.get(modelDeployments, { namespace, name: "chat" })).toBeUndefined();
    const mended = await apply(targetOf([hostObject(bad.name), ...objects.slice(1)], { seed: "b" }));
    expect(mended.receipts.map(({ kind }) => kind)).toEqual(["ModelDeployment", "ModelHost"]);
  });

  test("by a quota is a refusal of that object alone", async ({ client, namespace, start }) => {
    const hard = { "count/modeldeployments.commonhold.dev": "1", "count/configmaps": "0" };
    await client.create(quotas, { metadata: { namespace, name: "one" }, spec: { hard } });
    // Nobody here counts but the admission itself; the controller's first count is written by hand.
    const status = { hard, used: { "count/modeldeployments.commonhold.dev": "0", "count/configmaps": "0" } };
    await client.patch(quotas, { namespace, name: "one" }, { status }, { subresource: "status" });
    const isCounted = () =>
      client.create(configMaps, { metadata: { namespace, name: "too-many" } }, { dryRun: true }).then(
        () => false,
        () => true,
      );
    await eventually("the admission has heard of it", isCounted);
    const { advance } = start(client);
    const models = ["a", "b", "c"].map((name) => modelObject(namespace, name, resting));
    const outcome = await advance(targetOf([...models, memberObject(`alice-${namespace}`)]));
    expect(outcome).toMatchObject({ state: "failed", code: "Refused", sentence: expect.stringContaining("quota") });
    const results = outcome.receipts.map(({ result, reason }) => reason ?? result).toSorted();
    expect(results).toEqual(["Forbidden", "Forbidden", "created", "created"]);
  });
});

const isWrite = ({ method, path }: SeenRequest): boolean =>
  method === "PATCH" && path.includes("commonhold.dev") && !path.endsWith("/status");

interface Fault {
  readonly act: Act;
  readonly times?: number;
  /** Of the first step. */
  readonly first: { readonly state: RolloutOutcome["state"]; readonly reasons: readonly string[] };
}

const applied = { state: "applied", reasons: [] } as const;
const failed = (...reasons: string[]) => ({ state: "failed", reasons }) as const;

const faults: Record<string, Fault> = {
  "a conflict is looked at again": { act: { respond: 409 }, first: applied },
  "conflicts without end are a failure": { act: { respond: 409 }, times: 12, first: failed("Conflict") },
  "an overload that says when is waited for": {
    act: { respond: 429, headers: { "retry-after": "1" } },
    first: applied,
  },
  "an overload without a word is a failure": { act: { respond: 429 }, first: failed("Status429") },
  "a server error is a failure": { act: { respond: 500 }, first: failed("Status500") },
  "a server that is not there is a failure": { act: { respond: 503 }, times: 2, first: failed("Status503") },
  "a connection that is reset is a failure": { act: { reset: true }, first: failed("ConnectionFailed") },
  "an answer cut in the middle leaves open whether it was written": {
    act: { cutAfterBytes: 100 },
    times: 2,
    first: failed("ConnectionFailed"),
  },
  "no answer is a failure after a while": { act: { hang: true }, first: failed("Timeout") },
  "an answer that is none is a failure": { act: { respond: 200, body: "<html>" }, first: failed("BrokenAnswer") },
  "a refusal of who we are is a failure": { act: { respond: 401 }, first: failed("Unauthorized") },
  "a refusal of what we may is a failure": { act: { respond: 403 }, first: failed("Forbidden") },
};

describe("half-way through an apply", () => {
  for (const [sentence, { act, times = 1, first }] of Object.entries(faults)) {
    test(`${sentence}, and nothing is said to be done that is not`, async ({
      client,
      clientFor,
      httpProxy,
      namespace,
      start,
    }) => {
      const { advance, apply } = start(clientFor(httpProxy), {
        limits: "hang" in act ? { writeTimeoutMs: 10_000 } : {},
      });
      const models = ["a", "b", "c", "d"].map((name) => modelObject(namespace, name, resting));
      await apply(targetOf(models.slice(0, 2)));
      const before = httpProxy.seen.filter(isWrite).length;
      const changed = [{ ...resting, priority: 1 }].map((spec) => modelObject(namespace, "a", spec));
      const target = targetOf([...changed, ...models.slice(1)], { seed: "b" });
      // The first write goes through.
      const match = (request: SeenRequest): boolean =>
        isWrite(request) && httpProxy.seen.filter(isWrite).length > before + 1;
      const heal = httpProxy.inject({ match, act, times });
      const outcome = await advance(target);
      expect(outcome.state).toBe(first.state);
      const reasons = outcome.receipts.flatMap(({ reason }) => reason ?? []);
      expect(new Set(reasons)).toEqual(new Set(first.reasons));
      heal();
      const last = outcome.state === "applied" ? outcome : await apply(target);
      expect(last).toMatchObject({ state: "applied", unchanged: 1 });
      expect(last.receipts.map(({ name, result }) => `${name} ${result}`)).toEqual([
        "a configured",
        "c created",
        "d created",
      ]);
      const live = (await client.list<ModelDeployment>(modelDeployments, { namespace })).items;
      expect(live.map(({ metadata, spec }) => [metadata.name, spec.priority])).toEqual([
        ["a", 1],
        ["b", 0],
        ["c", 0],
        ["d", 0],
      ]);
    });
  }

  test("the API server goes away: what is left is not begun, and it wakes us when it is back", async ({
    clientFor,
    tcpProxy,
    namespace,
    start,
  }) => {
    const limits = { writesAtOnceMax: 1, unansweredMax: 2, freshTimeoutMs: 300 };
    const { advance, until, rollout } = start(clientFor(tcpProxy), { limits });
    await until(targetOf([memberObject(`alice-${namespace}`)]), ({ state }) => state === "applied");
    tcpProxy.refuse();
    tcpProxy.cut();
    const models = Array.from({ length: 20 }, (_, index) => modelObject(namespace, `m${index}`, resting));
    const target = targetOf([memberObject(`alice-${namespace}`), ...models], { seed: "b" });
    const outcome = await advance(target);
    expect(outcome).toMatchObject({ state: "failed", code: "Unreachable" });
    expect(outcome.receipts.every(({ result }) => result === "failed")).toBe(true);
    expect(outcome.receipts.length).toBeLessThanOrEqual(2);
    const abort = new AbortController();
    let woken = false;
    const waiting = rollout.changed(abort.signal).then(
      () => {
        woken = true;
      },
      () => undefined,
    );
    tcpProxy.accept();
    await expect.poll(() => woken).toBe(true);
    await waiting;
    const end = await until(target, ({ state }) => state === "applied");
    expect(end).toMatchObject({ state: "applied", unchanged: 1 });
  });

  test("an abort ends it at once and leaves nothing behind", async ({ clientFor, httpProxy, namespace, start }) => {
    const { rollout, apply } = start(clientFor(httpProxy));
    const target = targetOf([modelObject(namespace, "chat", resting)]);
    httpProxy.inject({ match: isWrite, act: { hang: true } });
    const abort = new AbortController();
    const advancing = rollout.advance(target, abort.signal);
    await expect.poll(() => httpProxy.struck).toBe(1);
    abort.abort(new Error("enough"));
    await expect(advancing).rejects.toThrow("enough");
    await expect(rollout.advance(target, abort.signal)).rejects.toThrow("enough");
    await expect(rollout.changed(abort.signal)).rejects.toThrow("enough");
    expect(await apply(target)).toMatchObject({ state: "applied" });
  });

  test("a process that may not write any more stops", async ({ client, namespace, start }) => {
    let leads = true;
    const { advance } = start(client.withFence(() => leads));
    leads = false;
    await expect(advance(targetOf([modelObject(namespace, "chat")]))).rejects.toThrow("no longer leads");
  });
});
