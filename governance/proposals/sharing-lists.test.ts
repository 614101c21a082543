import { expect, test } from "vitest";
import { modelDeployments } from "../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../operator/apis/model-host.ts";
import { ManualClock } from "../../operator/clock/manual.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { ListOptions } from "../../operator/kube/list.ts";
import { listKeptMs, sharingLists } from "./sharing-lists.ts";

function world() {
  const clock = new ManualClock(0);
  const asked: string[] = [];
  const answers = { fails: false };
  const list: KubeClient["list"] = async ({ plural }, options: ListOptions = {}) => {
    asked.push(options.namespace === undefined ? plural : `${plural} in ${options.namespace}`);
    if (answers.fails) throw new Error("away");
    return { items: [], resourceVersion: String(asked.length) };
  };
  const client = sharingLists({ list } as KubeClient, clock);
  return { clock, asked, answers, client };
}

test("what the cluster held a moment ago is not asked for again, kind by kind", async () => {
  const { client, asked } = world();
  const first = await client.list(modelDeployments);
  expect(await client.list(modelDeployments, { signal: new AbortController().signal, timeoutMs: 1 })).toBe(first);
  await client.list(modelHosts);
  expect(asked).toEqual(["modeldeployments", "modelhosts"]);
});

test("what is older is asked for again", async () => {
  const { client, asked, clock } = world();
  await client.list(modelDeployments);
  await clock.advance(listKeptMs - 1);
  await client.list(modelDeployments);
  expect(asked).toHaveLength(1);
  await clock.advance(1);
  await client.list(modelDeployments);
  expect(asked).toHaveLength(2);
});

test("a part of the objects is another question, and its answer is no answer to the whole one", async () => {
  const { client, asked } = world();
  for (let time = 0; time < 2; time++) await client.list(modelDeployments, { namespace: "community" });
  await client.list(modelDeployments);
  expect(asked).toEqual(["modeldeployments in community", "modeldeployments in community", "modeldeployments"]);
});

test("no answer is not kept", async () => {
  const { client, asked, answers } = world();
  answers.fails = true;
  await expect(client.list(modelDeployments)).rejects.toThrow("away");
  answers.fails = false;
  await client.list(modelDeployments);
  expect(asked).toHaveLength(2);
});

test("who was told to stop gets no answer, though there is one", async () => {
  const { client } = world();
  await client.list(modelDeployments);
  await expect(client.list(modelDeployments, { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
});
