/**
 * A leader may be frozen between deciding on a write and sending it, and wake when another has gone on. The fence cannot hold back what is already
 * on its way (operator/kube/fence.ts), so each write must itself say what it was decided on. Here every write of an operator is sent
 * a second time, as such a leader would: the API server takes none of them, and nothing changes.
 */
import { expect } from "vitest";
import { modelDeployments } from "../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../operator/apis/model-host.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { isConflict, isNotFound } from "../../operator/kube/errors.ts";
import { it, useCommunities } from "../deployments/test.ts";
import { errorOf } from "../kube-faults/error-of.ts";

useCommunities();

it("no write of the operator is taken a second time: not a status, not a finalizer, of no kind", async ({
  community,
}) => {
  const { client, namespace } = community;
  const again = recorded(client);
  await community.addHost("host-a");
  community.registry.put("tiny");
  community.start();
  await community.deploy("chat");
  await community.ready("chat");
  await community.change("chat", { system: "Answer in one sentence." });
  await community.ready("chat");
  await community.stop();

  const host = { name: community.hostName("host-a") };
  const chat = { name: "chat", namespace };
  const read = () => Promise.all([client.get(modelHosts, host), client.get(modelDeployments, chat)]);
  const before = await read();
  expect([...new Set(again.map(({ what }) => what))].sort()).toEqual([
    "finalizer of ModelDeployment",
    "finalizer of ModelHost",
    "status of ModelDeployment",
    "status of ModelHost",
  ]);
  for (const { what, send } of again) {
    const error = await errorOf(send());
    expect([what, isConflict(error) || isNotFound(error)]).toEqual([what, true]);
  }
  expect(await read()).toEqual(before);
});

interface Again {
  readonly what: string;
  readonly send: () => Promise<unknown>;
}

/** Writes of objects' status and finalizers that go through the client from now on, each ready to be sent again as it was. */
function recorded(client: KubeClient): Again[] {
  const writes: Again[] = [];
  const applyStatus = client.applyStatus.bind(client);
  const patch = client.patch.bind(client);
  client.applyStatus = ((type, object, options) => {
    writes.push({
      what: `status of ${type.kind}`,
      send: () => applyStatus(type, object, { ...options, signal: undefined }),
    });
    return applyStatus(type, object, options);
  }) as typeof applyStatus;
  client.patch = ((type, ref, body, options) => {
    const { metadata } = body as { metadata?: { finalizers?: unknown } };
    const send = () => patch(type, ref, body, { ...options, signal: undefined });
    if (metadata?.finalizers) writes.push({ what: `finalizer of ${type.kind}`, send });
    return patch(type, ref, body, options);
  }) as typeof patch;
  return writes;
}
