/** The label that puts a namespace under the community's rule, and what becomes of a governed namespace. */
import { describe, expect } from "vitest";
import { labels } from "../../operator/apis/group.ts";
import { namespaces } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { requestApi } from "../control-plane/test.ts";
import { attempt } from "./attempt.ts";
import { apply, type Named, patch as patchObject, read, remove } from "./objects.ts";
import { free, governed, people, test } from "./world.ts";

const labelled = (value: string | null) => ({ metadata: { labels: { [labels.governed]: value } } });
const patch = (name: string, body: object, subresource?: string) => (client: KubeClient) =>
  client.patch(namespaces, { name }, body, { subresource });
const make = (name: string, governedAs?: string) => (client: KubeClient) =>
  client.create(namespaces, {
    metadata: { name, labels: governedAs === undefined ? {} : { [labels.governed]: governedAs } },
  });
const sets =
  "the label commonhold.dev/governed says that the community governs it: only who may update namespaces/governed (ClusterRole commonhold-namespace-keeper) sets, changes or removes it";

describe("who may edit every namespace, but not put one under the community's rule", () => {
  const who = "clusterEditor";

  test("cannot take the label off, nor change it, by any of the three ways to write it", async ({ world }) => {
    for (const value of [null, "false", ""])
      for (const subresource of [undefined, "status"])
        await attempt(world, { who, act: patch(governed, labelled(value), subresource), refusal: sets });
    const found = await world.as("admin").get(namespaces, { name: governed });
    const without = { ...found, metadata: { ...found?.metadata, labels: {} } };
    const path = `/api/v1/namespaces/${governed}/finalize`;
    const answer = await requestApi(world.plane, "PUT", path, without, people[who]);
    expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining(sets) } });
  });

  test("cannot put the label on, neither with `true` nor with anything else", async ({ world }) => {
    for (const value of ["true", "false"])
      await attempt(world, { who, act: patch(free, labelled(value)), refusal: sets });
    await attempt(world, { who, act: make("taken", "true"), refusal: sets });
  });

  test("cannot delete a governed namespace, with all that was decided in it", ({ world }) =>
    attempt(world, {
      who,
      act: (client) => client.remove(namespaces, { name: governed }),
      refusal: `namespace ${governed} is governed, and all that is decided in it would go with it: only who may delete namespaces/governed (ClusterRole commonhold-namespace-keeper) deletes it`,
    }));

  test("writes other labels of a governed namespace, and makes and deletes others", async ({ world }) => {
    await attempt(world, { who, act: patch(governed, { metadata: { labels: { team: "all" } } }) });
    await attempt(world, { who, act: patch(governed, { metadata: { labels: { team: null } } }) });
    await attempt(world, { who, act: make("other") });
    await attempt(world, { who, act: patch("other", { metadata: { labels: { team: "mine" } } }) });
    await attempt(world, { who, act: (client) => client.remove(namespaces, { name: "other" }) });
  });
});

test("governance itself puts no namespace under the community's rule", ({ world }) =>
  attempt(world, { who: "governance", act: patch(free, labelled("true")), refusal: "cannot patch resource" }));

describe("who may put a namespace under the community's rule", () => {
  const who = "namespaceKeeper";
  const chat: Named = { kind: "ModelDeployment", name: "chat", namespace: "borderland" };

  test("puts one there and takes it out, and from that moment the rule holds or does not", async ({ world }) => {
    await attempt(world, { who, act: make("borderland", "true") });
    await apply(chat)(world.as("governance"));
    const change = patchObject(chat, { spec: { context: 512 } });
    await attempt(world, { who: "clusterEditor", act: change, refusal: "is governed" });
    await attempt(world, { who, act: patch("borderland", labelled(null)) });
    // The server hears of a changed label a moment after it answered.
    await expect.poll(() => change(world.as("clusterEditor")).then(() => "done", String)).toBe("done");
    await attempt(world, { who, act: patch("borderland", labelled("true")) });
    // Each time another one: what changes nothing is let through whatever holds.
    let context = 256;
    const changeAgain = () => patchObject(chat, { spec: { context: context++ } })(world.as("clusterEditor"));
    await expect.poll(() => changeAgain().then(() => "done", String)).toContain("is governed");
  });

  test("deletes one; then only the namespace controller empties it", async ({ world }) => {
    const doomed: Named = { ...chat, namespace: "doomed" };
    await make("doomed", "true")(world.as("admin"));
    await apply(doomed)(world.as("governance"));
    await attempt(world, { who: "namespaceController", act: remove(doomed), refusal: "is governed" });
    await attempt(world, { who, act: (client) => client.remove(namespaces, { name: "doomed" }) });
    await attempt(world, { who: "clusterEditor", act: remove(doomed), refusal: "is governed" });
    const path = `/apis/commonhold.dev/v1alpha1/namespaces/doomed/modeldeployments`;
    await expect
      .poll(async () => (await requestApi(world.plane, "DELETE", path, undefined, people.namespaceController)).status, {
        timeout: 60_000,
      })
      .toBe(200);
    await expect(read(world.as("admin"), doomed)).rejects.toThrow("is not there");
  });
});
