/**
 * The attack "plan made stale by the cluster", against a real API server: voters saw a plan, and the cluster is changed by hand before the
 * rollout. What was voted for are files; what they mean for the cluster is looked up again when they are applied, and the receipts, which
 * go into the log, say what was done then and not what the plan had said.
 */
import { describe, expect } from "vitest";
import type { Policy } from "../../governance/policy/policy.ts";
import { makePlan } from "../../governance/proposals/make-plan.ts";
import type { ProposalPlan } from "../../governance/proposals/plan.ts";
import { createPlans, planKeptMs } from "../../governance/service/plans.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { ManualClock } from "../../operator/clock/manual.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { modelObject, targetOf, test, useGovernedKinds } from "../rollout/test.ts";

useGovernedKinds();

const never = new AbortController().signal;

/** Before and after the proposal: one replica more of `chat`. */
function policies(namespace: string, wasThere = true): readonly [Policy, Policy] {
  const chat = (replicas: number) => modelObject(namespace, "chat", { replicas, priority: replicas });
  const quiet = modelObject(namespace, "quiet", { replicas: 0 });
  const { policy: before } = targetOf(wasThere ? [quiet, chat(0)] : [quiet]);
  const { policy: after } = targetOf([quiet, chat(1)]);
  return [before, after];
}

function shownPlan(client: KubeClient, [before, after]: readonly [Policy, Policy]): Promise<ProposalPlan> {
  const sources = { cluster: client, clock: new ManualClock() };
  return makePlan(before, { ok: true, value: after }, sources, never);
}

const changesOf = ({ objects }: ProposalPlan) => objects.map(({ name, change }) => `${name} ${change}`);
const linesOf = ({ objects }: ProposalPlan) => objects.flatMap(({ diff }) => diff.filter((line) => /^[+-]/.test(line)));

describe("a plan made stale by the cluster", () => {
  test("edited by hand since: all of it is put right, also what the plan had not named", async ({
    client,
    namespace,
    start,
  }) => {
    const both = policies(namespace);
    const { apply } = start(client);
    await apply(targetOf(both[0].objects));
    const plan = await shownPlan(client, both);
    expect(changesOf(plan)).toEqual(["chat update"]);
    expect(linesOf(plan).join()).not.toContain("ollama");

    const evil = { spec: { model: { ollama: "evil" }, priority: 9 } };
    await client.patch(modelDeployments, { namespace, name: "chat" }, evil);
    const outcome = await apply(targetOf(both[1].objects, { seed: "b" }));
    const live = await client.get<ModelDeployment>(modelDeployments, { namespace, name: "chat" });
    expect(live?.spec).toMatchObject({ model: { ollama: "tiny" }, replicas: 1, priority: 1 });
    expect(outcome.receipts).toMatchObject([{ name: "chat", resourceVersion: expect.any(String) }]);
  });

  test("made by hand since: what the plan would create is taken over, and the record does not say that it was created", async ({
    client,
    namespace,
    start,
  }) => {
    const both = policies(namespace, false);
    const { apply } = start(client);
    await apply(targetOf(both[0].objects));
    expect(changesOf(await shownPlan(client, both))).toEqual(["chat create"]);

    const theirs = { metadata: { namespace, name: "chat" }, spec: { model: { ollama: "evil" }, replicas: 3 } };
    const made = await client.create<ModelDeployment>(modelDeployments, theirs as never);
    const outcome = await apply(targetOf(both[1].objects, { seed: "b" }));
    const live = await client.get<ModelDeployment>(modelDeployments, { namespace, name: "chat" });
    expect(live?.spec).toMatchObject({ model: { ollama: "tiny" }, replicas: 1 });
    expect(live?.metadata.uid).toBe(made.metadata.uid);
    expect(outcome.receipts.map(({ name, result }) => [name, result])).not.toContainEqual(["chat", "created"]);
    expect(outcome.receipts).toHaveLength(1);
  });

  test("deleted by hand since: what the plan would change is made anew, and the record says so", async ({
    client,
    namespace,
    start,
  }) => {
    const both = policies(namespace);
    const { apply, stop } = start(client);
    await apply(targetOf(both[0].objects));
    await stop();
    expect(changesOf(await shownPlan(client, both))).toEqual(["chat update"]);

    await client.remove(modelDeployments, { namespace, name: "chat" });
    const outcome = await start(client).apply(targetOf(both[1].objects, { seed: "b" }));
    expect(outcome.receipts).toMatchObject([{ name: "chat", result: "created" }]);
    expect(outcome.unchanged).toBe(1);
  });

  test("removed by hand since, although it was to go: nothing is removed, and the record has no receipt of it", async ({
    client,
    namespace,
    start,
  }) => {
    const [without, withChat] = policies(namespace, false);
    const { apply } = start(client);
    await apply(targetOf(withChat.objects));
    const plan = await shownPlan(client, [withChat, without]);
    expect(changesOf(plan)).toEqual(["chat remove"]);

    await client.remove(modelDeployments, { namespace, name: "chat" });
    await expect.poll(() => client.get(modelDeployments, { namespace, name: "chat" })).toBeUndefined();
    const outcome = await start(client).apply(targetOf(without.objects, { seed: "b" }));
    expect(outcome).toMatchObject({ state: "applied", receipts: [], unchanged: 1 });
  });

  test("is renewed on the proposal after some minutes, although neither tree has changed", async ({
    client,
    namespace,
    start,
  }) => {
    const both = policies(namespace);
    await start(client).apply(targetOf(both[0].objects));
    const clock = new ManualClock(1);
    const plans = createPlans({
      clock,
      policies: { load: async (tree) => ({ ok: true, value: tree === "before" ? both[0] : both[1] }) },
      make: (before, after, signal) => makePlan(before, after, { cluster: client, clock }, signal),
    });
    const shown = await plans("before", "after", never);
    expect(shown && linesOf(shown).join()).not.toContain("evil");
    await client.patch(modelDeployments, { namespace, name: "chat" }, { spec: { model: { ollama: "evil" } } });
    await clock.advance(planKeptMs);
    const renewed = await plans("before", "after", never);
    expect(renewed && linesOf(renewed)).toEqual(expect.arrayContaining(["-    ollama: evil", "+    ollama: tiny"]));
  });
});
