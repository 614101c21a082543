import { describe, expect } from "vitest";
import { annotations, labels } from "../../operator/apis/group.ts";
import { type Member, members } from "../../operator/apis/member.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../operator/apis/model-host.ts";
import { events, type KubeEvent } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";
import {
  eventually,
  hostObject,
  memberObject,
  modelObject,
  sayReady,
  targetOf,
  test,
  useGovernedKinds,
} from "../../test/rollout/test.ts";
import type { Drift } from "./command.ts";

useGovernedKinds();

interface World {
  readonly client: KubeClient;
  readonly namespace: string;
}

interface Meddling {
  readonly kind: "Member" | "ModelDeployment" | "ModelHost";
  readonly by: (world: World, ref: { name: string; namespace?: string }) => Promise<unknown>;
  readonly told: Partial<Drift>;
}

type Governed = KubeObject & { spec: unknown };

const types: Readonly<Record<string, ResourceType<Governed>>> = {
  Member: members,
  ModelDeployment: modelDeployments,
  ModelHost: modelHosts,
};

const mallory = { fieldManager: "mallory" };

function patched(kind: string, body: object): Meddling["by"] {
  return ({ client }, ref) => client.patch(types[kind]!, ref, body, mallory);
}

/** Two writes, after which nothing shows who made the first. */
async function covered(world: World, ref: { name: string; namespace?: string }): Promise<void> {
  const type: ResourceType = types["ModelDeployment"]!;
  const { managedFields } = (await world.client.get(type, ref))!.metadata as { managedFields?: object[] };
  await world.client.patch(type, ref, { spec: { context: 131072 } }, mallory);
  const edits = [{ op: "replace", path: "/metadata/managedFields", value: managedFields }];
  await world.client.patch(type, ref, edits, { ...mallory, kind: "json" });
}

const meddlings: Record<string, Meddling> = {
  "a field that the policy names is changed": {
    kind: "ModelDeployment",
    by: patched("ModelDeployment", { spec: { model: { ollama: "other" } } }),
    told: { what: "changed", manager: "mallory", fields: ["spec.model.ollama"] },
  },
  "a field that the policy leaves to its default is set": {
    kind: "ModelDeployment",
    by: patched("ModelDeployment", { spec: { update: "Track", parameters: { temperature: 2 } } }),
    told: { what: "changed", manager: "mallory", fields: ["spec.parameters.temperature", "spec.update"] },
  },
  "it is scaled": {
    kind: "ModelDeployment",
    by: async ({ client }, ref) =>
      client.patch(types["ModelDeployment"]!, ref, { spec: { replicas: 5 } }, { ...mallory, subresource: "scale" }),
    // The API server writes nobody down who scales a custom resource.
    told: { what: "changed", manager: undefined, fields: ["spec.replicas"] },
  },
  "a role is added to a member": {
    kind: "Member",
    by: ({ client }, ref) =>
      client.apply<Member>(
        members,
        { metadata: ref, spec: { roles: ["maintainer"], sshKeys: ["ssh-ed25519 AAAA mallory"] } as never },
        mallory,
      ),
    told: { what: "changed", manager: "mallory", fields: ["spec.roles", "spec.sshKeys"] },
  },
  "a role is added to a member, and nothing shows by whom": {
    kind: "Member",
    by: async ({ client }, ref) => {
      await client.patch(
        members,
        ref,
        { spec: { roles: ["member", "maintainer"], sshKeys: ["ssh-ed25519 AAAA mallory"] } },
        mallory,
      );
      await client.patch(members, ref, { metadata: { managedFields: [{}] } }, mallory);
    },
    told: { what: "changed" },
  },
  "a member is suspended": {
    kind: "Member",
    by: patched("Member", { spec: { suspended: true } }),
    told: { manager: "mallory", fields: ["spec.suspended"] },
  },
  "the label of governance is taken off": {
    kind: "ModelDeployment",
    by: patched("ModelDeployment", { metadata: { labels: { [labels.governedBy]: null } } }),
    told: { what: "changed", manager: undefined, fields: [`metadata.labels[${labels.governedBy}]`] },
  },
  "the digest is overwritten": {
    kind: "ModelDeployment",
    by: patched("ModelDeployment", { metadata: { annotations: { [annotations.digest]: "sha256:0" } } }),
    told: { what: "changed", manager: "mallory", fields: [`metadata.annotations[${annotations.digest}]`] },
  },
  "a label that machines are chosen by is changed": {
    kind: "ModelHost",
    by: patched("ModelHost", { metadata: { labels: { room: "cellar" } } }),
    told: { what: "changed", manager: "mallory", fields: ["metadata.labels.room"] },
  },
  "another namespace is let onto a machine": {
    kind: "ModelHost",
    by: patched("ModelHost", { spec: { allowedNamespaces: ["community", "mallory"] } }),
    told: { what: "changed", manager: "mallory", fields: ["spec.allowedNamespaces"] },
  },
  "the endpoint is led elsewhere": {
    kind: "ModelHost",
    by: patched("ModelHost", { spec: { endpoint: { direct: { url: "http://127.0.0.2:1" } } } }),
    told: { manager: "mallory", fields: ["spec.endpoint.direct.url"] },
  },
  "the kind of a model is exchanged for another that excludes it": {
    kind: "ModelDeployment",
    by: patched("ModelDeployment", { spec: { model: { ollama: null, huggingFace: { repo: "owner/model" } } } }),
    told: { manager: "mallory", fields: ["spec.model.ollama", "spec.model.huggingFace"] },
  },
  "all traces of who owns what are wiped": {
    kind: "ModelDeployment",
    by: async (world, ref) => {
      await patched("ModelDeployment", { spec: { priority: 9 } })(world, ref);
      await patched("ModelDeployment", { metadata: { managedFields: [{}] } })(world, ref);
    },
    told: { what: "changed", fields: expect.arrayContaining(["spec.priority"]) as never },
  },
  "a change hides behind our own traces": {
    kind: "ModelDeployment",
    by: covered,
    told: { what: "changed", manager: undefined, fields: ["spec.context"] },
  },
  "it is deleted": {
    kind: "ModelDeployment",
    by: ({ client }, ref) => client.remove(modelDeployments, ref),
    told: { what: "deleted", manager: undefined, fields: [] },
  },
};

describe("what was decided is kept when", () => {
  for (const [sentence, { kind, by, told }] of Object.entries(meddlings)) {
    test(sentence, async ({ client, namespace, start }) => {
      const { apply, advance, changed, drifts } = start(client);
      const objects = [
        memberObject(`alice-${namespace}`),
        hostObject(`gpu-${namespace}`, { allowedNamespaces: ["community"] }),
        modelObject(namespace, "chat"),
      ];
      const host = objects[1]!;
      const labelled = { ...host, body: { ...host.body, metadata: { name: host.name, labels: { room: "attic" } } } };
      const target = targetOf([objects[0]!, labelled, objects[2]!]);
      await apply(target);
      const { name, namespace: within } = objects.find((one) => one.kind === kind)!;
      const ref = { name, ...(within !== undefined && { namespace: within }) };
      const before = await client.get(types[kind]!, ref);

      await by({ client, namespace }, ref);
      await changed();
      const outcome = await advance(target);
      expect(outcome).toMatchObject({ state: "applied", receipts: [{ kind, name }], unchanged: 2 });
      // Of two writes the first may have been seen alone.
      expect(drifts.at(-1)).toMatchObject({ object: { kind, name }, ...told });
      const after = await client.get(types[kind]!, ref);
      expect(after?.spec).toEqual(before?.spec);
      expect(after?.metadata.labels).toEqual(before?.metadata.labels);
      expect(after?.metadata.annotations).toEqual(before?.metadata.annotations);
      const told2 = await eventually("it is told as an event", async () =>
        (await client.list<KubeEvent>(events, { namespace: within ?? "default" })).items.find(
          ({ regarding, reason }) => regarding.uid === after?.metadata.uid && reason === "DriftCorrected",
        ),
      );
      expect(told2).toMatchObject({ type: "Warning", action: "Correct" });
      expect(await advance(target)).toEqual({ state: "applied", receipts: [], unchanged: 3 });
      // Another process sees nothing left to do either.
      expect(await start(client).advance({ ...target, wasApplied: true })).toMatchObject({ receipts: [] });
    });
  }
});

describe("drift", () => {
  test("is corrected though a machine of the same commit fell ill meanwhile", async ({ client, namespace, start }) => {
    const { apply, advance, changed } = start(client);
    const host = hostObject(`gpu-${namespace}`);
    const target = targetOf([host, modelObject(namespace, "chat")]);
    await apply(target);
    await sayReady(client, modelHosts, host, "False");
    await client.remove(modelDeployments, { namespace, name: "chat" });
    await changed();
    expect(await advance(target)).toMatchObject({ state: "applied", receipts: [{ name: "chat" }] });
  });

  test("is what differs for a process that is told that all was applied", async ({ client, namespace, start }) => {
    const first = start(client);
    const target = targetOf([modelObject(namespace, "chat", { replicas: 0 })]);
    await first.apply(target);
    await first.stop();
    await client.remove(modelDeployments, { namespace, name: "chat" });
    const { advance, drifts } = start(client);
    expect(await advance({ ...target, wasApplied: true })).toMatchObject({ state: "applied", unchanged: 0 });
    expect(drifts).toMatchObject([{ what: "deleted" }]);
  });

  test("a deletion that a finalizer holds is waited for, and then the object comes back", async ({
    client,
    namespace,
    start,
  }) => {
    const { apply, advance, changed } = start(client);
    const ref = { namespace, name: "chat" };
    const target = targetOf([modelObject(namespace, "chat", { replicas: 0 })]);
    await apply(target);
    const before = await client.patch<ModelDeployment>(modelDeployments, ref, {
      metadata: { finalizers: ["commonhold.dev/remove-models"] },
    });
    await client.remove(modelDeployments, ref);
    await changed();
    expect(await advance(target)).toMatchObject({
      state: "waiting",
      waitsFor: [{ name: "chat", why: "it is being deleted, held by commonhold.dev/remove-models" }],
    });
    await client.patch(modelDeployments, ref, { metadata: { finalizers: null } });
    await changed();
    expect(await advance(target)).toMatchObject({ state: "applied" });
    const after = await client.get(modelDeployments, ref);
    expect(after?.metadata.uid).not.toBe(before.metadata.uid);
  });

  test("what the operator writes wakes nobody", async ({ client, namespace, start }) => {
    const { apply, rollout } = start(client);
    const target = targetOf([modelObject(namespace, "chat")]);
    await apply(target);
    const abort = new AbortController();
    let woken = false;
    const waiting = rollout.changed(abort.signal).then(
      () => {
        woken = true;
      },
      () => undefined,
    );
    await client.patch(modelDeployments, { namespace, name: "chat" }, { metadata: { finalizers: ["example.org/x"] } });
    await sayReady(client, modelDeployments, { namespace, name: "chat" }, "False");
    await client.patch(modelDeployments, { namespace, name: "chat" }, { metadata: { finalizers: null } });
    // What comes after in the same watch does wake.
    expect(woken).toBe(false);
    await client.patch(modelDeployments, { namespace, name: "chat" }, { spec: { priority: 1 } });
    await eventually("woken", () => woken);
    abort.abort();
    await waiting;
  });
});
