import { describe, expect } from "vitest";
import { test } from "../../test/kube-faults/test.ts";
import { type ConfigMap, configMaps } from "./builtin-types.ts";
import type { KubeClient } from "./client.ts";
import { addFinalizer, hasFinalizer, isDeleting, removeFinalizer } from "./finalizers.ts";

const ours = "example.org/clean-up";
const theirs = "example.org/theirs";

function create(client: KubeClient, namespace: string, finalizers: string[] = []): Promise<ConfigMap> {
  return client.create(configMaps, { metadata: { namespace, name: "a", finalizers } });
}

describe("finalizers on the real server", () => {
  test("an object waits for its finalizer and is gone when it is taken off", async ({ client, namespace }) => {
    const held = await addFinalizer(client, configMaps, await create(client, namespace), ours);
    expect(held && hasFinalizer(held, ours)).toBe(true);
    const answer = await client.remove(configMaps, { namespace, name: "a" });
    const deleting = await client.get(configMaps, { namespace, name: "a" });
    expect(deleting && isDeleting(deleting)).toBe(true);
    expect(answer).toEqual(deleting);
    await removeFinalizer(client, configMaps, deleting!, ours);
    expect(await client.get(configMaps, { namespace, name: "a" })).toBeUndefined();
  });

  test("what somebody else added since is kept: the stale list is a conflict and read again", async ({
    client,
    namespace,
  }) => {
    const stale = await create(client, namespace);
    await client.patch(configMaps, stale.metadata, { metadata: { finalizers: [theirs] } });
    const after = await addFinalizer(client, configMaps, stale, ours);
    expect(after?.metadata.finalizers).toEqual([theirs, ours]);
    const stillStale = {
      ...after!,
      metadata: { ...after!.metadata, finalizers: [ours], resourceVersion: stale.metadata.resourceVersion },
    };
    const last = await removeFinalizer(client, configMaps, stillStale, ours);
    expect(last?.metadata.finalizers).toEqual([theirs]);
    await client.patch(configMaps, stale.metadata, { metadata: { finalizers: null } });
  });

  test("an object made anew under the name is left alone", async ({ client, namespace }) => {
    const old = await create(client, namespace);
    await client.remove(configMaps, old.metadata);
    await create(client, namespace);
    expect(await addFinalizer(client, configMaps, old, ours)).toBeUndefined();
    const anew = await client.get(configMaps, { namespace, name: "a" });
    expect(anew?.metadata.finalizers).toBeUndefined();
  });

  test("an object that is gone is no error", async ({ client, namespace }) => {
    const old = await create(client, namespace);
    await client.remove(configMaps, old.metadata);
    expect(await addFinalizer(client, configMaps, old, ours)).toBeUndefined();
    expect(
      await removeFinalizer(client, configMaps, { ...old, metadata: { ...old.metadata, finalizers: [ours] } }, ours),
    ).toBeUndefined();
  });

  test("none is added to an object that is being deleted", async ({ client, namespace }) => {
    const before = await create(client, namespace, [theirs]);
    await client.remove(configMaps, before.metadata);
    expect(await addFinalizer(client, configMaps, before, ours)).toBeUndefined();
    const deleting = await client.get(configMaps, before.metadata);
    expect(deleting?.metadata.finalizers).toEqual([theirs]);
    await removeFinalizer(client, configMaps, deleting!, theirs);
  });

  test("nothing is written when there is nothing to change", async ({ clientFor, httpProxy, client, namespace }) => {
    const held = await create(client, namespace, [ours]);
    await addFinalizer(clientFor(httpProxy), configMaps, held, ours);
    await removeFinalizer(clientFor(httpProxy), configMaps, held, theirs);
    expect(httpProxy.seen).toEqual([]);
    await removeFinalizer(client, configMaps, held, ours);
  });
});
