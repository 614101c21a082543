/** ModelDeployments of a governed namespace, and of a free one beside it: who may do what to them. */
import { describe, expect } from "vitest";
import { annotations, apiVersion, deploymentFinalizer } from "../../operator/apis/group.ts";
import { requestApi, runKubectl } from "../control-plane/test.ts";
import { type Attempt, answerOf, attempt } from "./attempt.ts";
import { apply, create, type Named, patch, read, remove, types } from "./objects.ts";
import { free, governed, type Person, people, test } from "./world.ts";

const chat: Named = { kind: "ModelDeployment", name: "chat", namespace: governed };
const propose = "Open a proposal: commonhold propose";
const decided = (deed: string, name = "chat") =>
  `ModelDeployment ${governed}/${name} is governed: only a decision of the community may ${deed} it. ${propose}`;

const everything: Record<string, { act: Attempt["act"]; refusal: string }> = {
  "create one": { act: create({ ...chat, name: "mine" }), refusal: decided("create", "mine") },
  "create one whose name the server makes": {
    act: (client) =>
      client.create(types.ModelDeployment, {
        metadata: { generateName: "mine-", namespace: governed },
        spec: { model: { ollama: "smollm2" } },
      }),
    refusal: "only a decision of the community may create it",
  },
  "create one by server-side apply": { act: apply({ ...chat, name: "mine" }), refusal: decided("create", "mine") },
  "edit one": { act: patch(chat, { spec: { model: { ollama: "other:1" } } }), refusal: decided("change") },
  "replace one": {
    act: async (client) => {
      const { spec, ...rest } = await read(client, chat);
      return client.replace(types.ModelDeployment, { ...rest, spec: { ...spec, context: 512 } });
    },
    refusal: decided("change"),
  },
  "edit one as governance's field manager": { act: apply(chat, { replicas: 2 }), refusal: decided("change") },
  "scale one": { act: patch(chat, { spec: { replicas: 3 } }, "scale"), refusal: decided("scale") },
  "scale one to what it is, to own that field": {
    act: patch(chat, { spec: { replicas: 1 } }, "scale"),
    refusal: decided("scale"),
  },
  "relabel one": { act: patch(chat, { metadata: { labels: { team: "mine" } } }), refusal: decided("change") },
  "annotate one": { act: patch(chat, { metadata: { annotations: { note: "mine" } } }), refusal: decided("change") },
  "hold one back by a finalizer": {
    act: patch(chat, { metadata: { finalizers: ["example.org/mine"] } }),
    refusal: decided("change"),
  },
  "give one an owner that takes it along": {
    act: patch(chat, {
      metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "0" }] },
    }),
    refusal: decided("change"),
  },
  "apply what it says already, to own its fields": { act: apply(chat, {}, "mine"), refusal: decided("change") },
  "delete one": { act: remove(chat), refusal: decided("delete") },
  "write a status": {
    act: patch(chat, { status: { state: "Ready" } }, "status"),
    refusal: `the status of ModelDeployment ${governed}/chat is what the operator sees: nobody else writes it`,
  },
};

describe("in a governed namespace", () => {
  test.beforeAll(async ({ world }) => {
    await apply(chat)(world.as("governance"));
  });

  for (const who of ["editor", "clusterEditor", "admin"] satisfies Person[]) {
    for (const [what, { act, refusal }] of Object.entries(everything)) {
      test(`${words(who)} cannot ${what}`, async ({ world }) => {
        const before = await read(world.as("admin"), chat);
        await attempt(world, { who, act, refusal });
        expect(await read(world.as("admin"), chat)).toEqual(before);
      });
    }
  }

  test("an editor cannot delete all of them at once", async ({ world }) => {
    const path = `/apis/${apiVersion}/namespaces/${governed}/modeldeployments`;
    const answer = await requestApi(world.plane, "DELETE", path, undefined, people.editor);
    expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining(decided("delete")) } });
    await read(world.as("admin"), chat);
  });

  test("a write that changes nothing is let through: an upgrade of Kubernetes may store all objects anew", async ({
    world,
  }) => {
    const before = await read(world.as("admin"), chat);
    expect(await answerOf(world.as("admin").replace(types.ModelDeployment, before))).toBe("done");
    expect(await read(world.as("admin"), chat)).toEqual(before);
  });

  test("kubectl shows an editor who scales one what to do instead", async ({ world }) => {
    const options = { identity: people.editor, namespace: governed };
    const { code, stderr } = await runKubectl(world.plane, ["scale", "md", "chat", "--replicas=3"], options);
    expect(code).toBe(1);
    expect(stderr).toContain(`(Forbidden)`);
    expect(stderr).toContain(decided("scale"));
  });

  test("the refusal tells an editor where they are free", async ({ world }) => {
    const answer = await answerOf(patch(chat, { spec: { context: 512 } })(world.as("editor")));
    expect(answer).toContain("A namespace without the label commonhold.dev/governed is free");
  });

  test("governance creates, changes, scales, relabels and deletes", async ({ world }) => {
    const named: Named = { ...chat, name: "decided" };
    const steps = [
      apply(named, { replicas: 1 }),
      apply(named, { replicas: 2 }),
      patch(named, { metadata: { labels: { team: "all" }, annotations: { note: "all" } } }),
      remove(named),
    ];
    for (const act of steps) await attempt(world, { who: "governance", act });
  });
});

describe("the operator in a governed namespace", () => {
  const own: Named = { ...chat, name: "seen" };
  const nothingElse = "is governed: the operator may write its status and its own finalizer there, and nothing else";

  test.beforeAll(async ({ world }) => {
    await apply(own)(world.as("governance"));
    await patch(own, { metadata: { finalizers: ["example.org/other"] } })(world.as("governance"));
  });

  test("writes the status, and puts its finalizer on and takes it off", async ({ world }) => {
    const operator = world.as("operator");
    const sent = { metadata: { name: own.name, namespace: governed }, status: { state: "Ready" } };
    await operator.applyStatus(types.ModelDeployment, sent, { fieldManager: "commonhold-operator" });
    const finalizers = ["example.org/other", deploymentFinalizer];
    for (const list of [finalizers, finalizers.slice(0, 1)])
      await attempt(world, { who: "operator", act: patch(own, { metadata: { finalizers: list } }) });
    expect(await read(operator, own)).toMatchObject({ status: { state: "Ready" } });
  });

  const more: Record<string, Attempt["act"]> = {
    "change a spec": patch(own, { spec: { replicas: 2 } }),
    "change a spec beside its finalizer": patch(own, {
      metadata: { finalizers: ["example.org/other", deploymentFinalizer] },
      spec: { replicas: 2 },
    }),
    "set a label": patch(own, { metadata: { labels: { team: "mine" } } }),
    "set an annotation": patch(own, { metadata: { annotations: { [annotations.abandon]: "true" } } }),
    "take off somebody else's finalizer": patch(own, { metadata: { finalizers: [] } }),
    "put on another finalizer": patch(own, { metadata: { finalizers: ["example.org/other", "example.org/mine"] } }),
    "give it an owner": patch(own, {
      metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "0" }] },
    }),
    "own a field of the spec beside governance": apply(own, {}, "commonhold-operator"),
    "take a field away in governance's name": (client) =>
      client.apply(
        types.ModelDeployment,
        { metadata: { name: own.name, namespace: governed }, spec: { model: { ollama: "smollm2:135m" } } },
        { fieldManager: "commonhold-governance" },
      ),
  };
  for (const [what, act] of Object.entries(more)) {
    test(`cannot ${what}`, ({ world }) => attempt(world, { who: "operator", act, refusal: nothingElse }));
  }
});

describe("in a namespace that is not governed", () => {
  const own: Named = { kind: "ModelDeployment", name: "mine", namespace: free };

  test("an editor creates, edits, scales, relabels and deletes as ever", async ({ world }) => {
    const steps = [
      create(own),
      patch(own, { spec: { context: 512 } }),
      patch(own, { spec: { replicas: 3 } }, "scale"),
      patch(own, { metadata: { labels: { team: "mine" } } }),
      patch(own, { status: { state: "Ready" } }, "status"),
      remove(own),
    ];
    for (const act of steps) await attempt(world, { who: "editor", act });
  });

  test("the operator does there what RBAC lets it, without a policy in between", async ({ world }) => {
    await create(own)(world.as("editor"));
    await attempt(world, { who: "operator", act: patch(own, { metadata: { finalizers: [deploymentFinalizer] } }) });
    await attempt(world, { who: "operator", act: patch(own, { metadata: { finalizers: [] } }) });
    await remove(own)(world.as("editor"));
  });
});

function words(who: Person): string {
  return { editor: "an editor", clusterEditor: "an editor of the whole cluster", admin: "a cluster's administrator" }[
    who as "editor" | "clusterEditor" | "admin"
  ];
}
