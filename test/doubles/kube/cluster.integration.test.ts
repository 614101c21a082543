/** The cluster in memory does as the real API server does, as far as the rollout asks. */
import { describe, expect } from "vitest";
import type { Desired } from "../../../governance/rollout/desired.ts";
import { specDifferences } from "../../../governance/rollout/difference/spec-differences.ts";
import { rolloutKinds } from "../../../governance/rollout/kinds.ts";
import { liveOf } from "../../../governance/rollout/live.ts";
import { managedFieldsWith, surplusOf } from "../../../governance/rollout/ownership/surplus.ts";
import type { Removal } from "../../../operator/kube/client.ts";
import type { KubeError } from "../../../operator/kube/errors.ts";
import type { JsonObject } from "../../../operator/tlog/canonical-json.ts";
import { modelObject, test, useGovernedKinds } from "../../rollout/test.ts";
import { Cluster, type Stored } from "./cluster.ts";

useGovernedKinds();

const kind = rolloutKinds.find(({ type }) => type.kind === "ModelDeployment")!;
const { type } = kind;

/** The verbs that both have. */
interface Server {
  get(): Promise<Stored | undefined>;
  apply(spec: JsonObject, manager?: string, metadata?: object): Promise<Stored>;
  edit(patch: object, manager: string): Promise<Stored>;
  create(spec: JsonObject, manager: string): Promise<Stored>;
  own(managedFields: object[], resourceVersion: string): Promise<Stored>;
  remove(uid?: string): Promise<Removal<Stored>>;
  hold(finalizers: string[]): Promise<unknown>;
}

const governance = "commonhold-governance";
const tiny = { model: { ollama: "tiny" } };

/** What the rollout does with an object that others wrote, step by step. */
async function takeOver(server: Server, spec: JsonObject): Promise<void> {
  const live = liveOf((await server.get())!, type);
  const desired: Desired = { key: "", object: modelObject("", "chat", spec), kind, emergency: undefined };
  const surplus = surplusOf(desired, kind, live, specDifferences({ ...tiny, ...spec }, live.spec, kind))!;
  await server.own(managedFieldsWith(surplus, desired, kind, live), live.metadata.resourceVersion!);
  await server.apply({ ...tiny, ...spec });
}

const stops = (...stop: string[]): JsonObject => ({ ...tiny, parameters: { stop } });

const scenarios: Record<string, (server: Server) => Promise<unknown>> = {
  "an apply of what is not there makes it, with defaults that nobody owns": (server) => server.apply(tiny),
  "an apply of the same changes no version": async (server) => {
    const first = await server.apply(tiny);
    const second = await server.apply(tiny);
    return first.metadata.resourceVersion === second.metadata.resourceVersion;
  },
  "a field that is applied no more goes": async (server) => {
    await server.apply({ ...tiny, priority: 3, parameters: { temperature: 1, topK: 2 } });
    await server.apply({ ...tiny, parameters: { topK: 2 } });
  },
  "a label that is applied no more goes": async (server) => {
    await server.apply(tiny, governance, { labels: { a: "1", b: "2" }, annotations: { c: "3" } });
    await server.apply(tiny, governance, { labels: { b: "2" } });
  },
  "a field that another applies stays": async (server) => {
    await server.apply({ ...tiny, priority: 3 });
    await server.apply({ ...tiny, priority: 3 }, "other");
    await server.apply(tiny);
  },
  "a field that is forced is the other's no more": async (server) => {
    await server.apply({ ...tiny, priority: 3 });
    await server.apply({ ...tiny, priority: 4 }, "other");
    await server.apply({ ...tiny, priority: 3 });
  },
  "an edit takes a field from who applied it": async (server) => {
    await server.apply({ ...tiny, priority: 3 });
    await server.edit({ spec: { priority: 5, replicas: 2 } }, "person");
  },
  "members of a set have owners of their own": async (server) => {
    await server.apply(stops("a", "b"));
    await server.apply(stops("c"), "other");
    await server.apply(stops("a"));
  },
  "what others put beside it is taken over and goes in one write": async (server) => {
    await server.apply(tiny);
    await server.edit({ spec: { priority: 5, parameters: { temperature: 2 } } }, "person");
    await server.apply({ ...tiny, ...stops("x") }, "other");
    await takeOver(server, {});
  },
  "an object made by hand is taken over": async (server) => {
    await server.create({ model: { huggingFace: { repo: "owner/model" } }, priority: 9 }, "person");
    await takeOver(server, {});
  },
  "an apply at an old version is a conflict": async (server) => {
    const { metadata } = await server.apply(tiny);
    await server.edit({ spec: { priority: 5 } }, "person");
    const { resourceVersion } = metadata;
    return server.apply(tiny, governance, { resourceVersion }).catch((error) => (error as KubeError).status);
  },
  "an edit of owners at an old version is a conflict": async (server) => {
    const { metadata } = await server.apply(tiny);
    await server.edit({ spec: { priority: 5 } }, "person");
    return server.own([], metadata.resourceVersion!).catch((error) => (error as KubeError).status);
  },
  "a removal of another uid is a conflict": async (server) => {
    await server.apply(tiny);
    return server.remove("0e07c3bd-1111-4222-8333-aaaaaaaaaaaa").catch((error) => (error as KubeError).status);
  },
  "a removal of what is not there is none": async (server) => server.remove(),
  "a removal removes": async (server) => {
    const { metadata } = await server.apply(tiny);
    return server.remove(metadata.uid);
  },
  "a removal of what finalizers hold says how it is held, and it is gone when they are": async (server) => {
    const { metadata } = await server.apply(tiny);
    await server.hold(["example.org/held"]);
    const left = (await server.remove(metadata.uid)) as Stored;
    await server.hold([]);
    return JSON.stringify([left.metadata.finalizers, left.metadata.deletionTimestamp !== undefined]);
  },
};

describe("both API servers agree that", () => {
  for (const [sentence, play] of Object.entries(scenarios)) {
    test(sentence, async ({ client, namespace }) => {
      const ref = { namespace, name: "chat" };
      const real: Server = {
        get: () => client.get(type, ref) as unknown as Promise<Stored | undefined>,
        apply: (spec, fieldManager = governance, metadata = {}) =>
          client.apply(
            type,
            { metadata: { ...ref, ...metadata }, spec },
            { fieldManager },
          ) as unknown as Promise<Stored>,
        edit: (patch, fieldManager) => client.patch(type, ref, patch, { fieldManager }) as unknown as Promise<Stored>,
        create: (spec, fieldManager) =>
          client.create(type, { metadata: ref, spec }, { fieldManager }) as unknown as Promise<Stored>,
        own: (managedFields, resourceVersion) =>
          client.patch(type, ref, ownEdits(managedFields, resourceVersion), {
            kind: "json",
          }) as unknown as Promise<Stored>,
        remove: (uid) => client.remove(type, ref, { uid }) as Promise<Removal<Stored>>,
        hold: (finalizers) => client.patch(type, ref, { metadata: { finalizers } }),
      };
      const cluster = new Cluster(rolloutKinds, [namespace]);
      const apiVersion = "commonhold.dev/v1alpha1";
      const sent = (spec: JsonObject, metadata = {}): Stored => ({
        ...{ apiVersion, kind: type.kind, metadata: { ...ref, ...metadata }, spec },
      });
      const double: Server = {
        get: async () => cluster.get(type, ref),
        apply: async (spec, fieldManager = governance, metadata = {}) =>
          cluster.apply(type, sent(spec, metadata), { fieldManager }),
        edit: async (patch, fieldManager) => cluster.edit(type, ref, patch as never, fieldManager),
        create: async (spec, fieldManager) => cluster.create(type, sent(spec), fieldManager),
        own: async (managedFields, version) => cluster.patchManagedFields(type, ref, ownEdits(managedFields, version)),
        remove: async (uid) => cluster.remove(type, ref, { uid }),
        hold: async (finalizers) => cluster.setFinalizers(type, ref, finalizers),
      };
      const said = [await play(real), await play(double)].map((one) => (typeof one === "object" ? undefined : one));
      expect(said[1]).toEqual(said[0]);
      expect(essence(await double.get())).toEqual(essence(await real.get()));
    });
  }
});

function ownEdits(managedFields: object[], resourceVersion: string): { op: string; path: string; value: unknown }[] {
  return [
    { op: "add", path: "/metadata/managedFields", value: managedFields },
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
  ];
}

function essence(object: Stored | undefined): unknown {
  if (!object) return undefined;
  const { labels, annotations, generation, managedFields = [] } = object.metadata;
  const owners = managedFields.map(({ manager, operation, fieldsV1 }) => [manager, operation, withoutDots(fieldsV1)]);
  // The last label that goes takes the mapping with it, or leaves it empty.
  const notes = { ...labels, ...annotations };
  return { notes, generation, spec: object.spec, owners: owners.toSorted() };
}

/** `.` beside other members: that the mapping itself is somebody's, which nothing here depends on. */
function withoutDots(set: object): unknown {
  const members = Object.entries(set).filter(([member]) => member !== ".");
  return Object.fromEntries(members.map(([member, within]) => [member, withoutDots(within as object)]));
}
