import { expect, test } from "vitest";
import { modelDeployments } from "../../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../../operator/apis/model-host.ts";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { formerHost, formerModel, removeFormerModel } from "./former.ts";
import { memoryClient } from "./memory-client.fixture.ts";

const { signal } = new AbortController();
const managed = (manager: string) => ({ managedFields: [{ manager: "kubectl-edit" }, { manager }] });

test.each([
  ["what a start declared is taken over as it is now", "commonhold-cli", true],
  ["what a person made themself is theirs", "kubectl-create", false],
])("%s", async (_, manager, isTaken) => {
  const client = memoryClient();
  const spec = { replicas: 2 };
  client.objects.set(`${modelHosts.plural}/this-machine`, { metadata: managed(manager), spec } as never);
  client.objects.set(`${modelDeployments.plural}/default/smollm2`, { metadata: managed(manager), spec } as never);
  const wanted = isTaken ? spec : undefined;
  expect(await formerHost(client, signal)).toEqual(wanted);
  expect(await formerModel(client, "smollm2", signal)).toEqual(wanted);
});

test("where there was nothing, nothing is taken over and nothing removed", async () => {
  const client = Object.assign(memoryClient(), { remove: () => Promise.reject(new Error("removed")) });
  expect(await formerHost(client, signal)).toBeUndefined();
  expect(await removeFormerModel(client, "smollm2", { clock: new ManualClock(0), signal })).toBe(false);
});

test("the old deployment is gone before its name is asked for", async () => {
  const key = `${modelDeployments.plural}/default/smollm2`;
  const client = Object.assign(memoryClient(), { remove: async () => true });
  client.objects.set(key, { metadata: managed("commonhold-cli"), spec: {} } as never);
  const clock = new ManualClock(0);
  let isOver = false;
  const removed = removeFormerModel(client, "smollm2", { clock, signal }).finally(() => {
    isOver = true;
  });
  await clock.advance(1_000);
  expect(isOver).toBe(false);
  client.objects.delete(key);
  await clock.advance(1_000);
  expect(await removed).toBe(true);
});
