/** Kinds without a namespace: members, their keys, machines, decisions and ledger roots. */
import { describe, expect } from "vitest";
import { annotations, hostFinalizer } from "../../operator/apis/group.ts";
import { attempt } from "./attempt.ts";
import { apply, create, type KindName, type Named, patch, read, remove, types } from "./objects.ts";
import { type Person, test } from "./world.ts";

const alice: Named = { kind: "Member", name: "alice" };
const tower: Named = { kind: "ModelHost", name: "tower" };
const key = (letter: string) => ({ id: letter, prefix: `ch_${letter.repeat(8)}`, sha256: letter.repeat(64) });
const keys = (...letters: string[]) => ({ spec: { keys: letters.map(key) } });

test.beforeAll(async ({ world }) => {
  await apply(alice)(world.as("governance"));
  await apply(tower)(world.as("governance"));
});

describe("a kind without a namespace is governed wherever the community governs", () => {
  const names: Record<KindName, string> = {
    Decision: "github-1-7",
    LedgerRoot: "2026-11-02",
    Member: "mallory",
    ModelDeployment: "",
    ModelHost: "mallorys",
  };
  for (const kind of ["Decision", "LedgerRoot", "Member", "ModelHost"] satisfies KindName[]) {
    for (const who of ["clusterEditor", "admin"] satisfies Person[]) {
      test(`${who} cannot create a ${kind}`, ({ world }) => {
        const named = { kind, name: names[kind] };
        const refusal = `${kind} ${named.name} is governed: only a decision of the community may create it. Open a proposal: commonhold propose`;
        return attempt(world, { who, act: create(named), refusal });
      });
    }
  }

  test("a cluster's administrator cannot suspend, rename or remove a member", async ({ world }) => {
    const refusal = "Member alice is governed: only a decision of the community may change it";
    const who = "admin";
    await attempt(world, { who, act: patch(alice, { spec: { suspended: true } }), refusal });
    await attempt(world, { who, act: patch(alice, { spec: { displayName: "Mallory" } }), refusal });
    await attempt(world, { who, act: patch(alice, { metadata: { labels: { a: "b" } } }), refusal });
    await attempt(world, { who, act: remove(alice), refusal: "may delete it" });
  });

  test("a cluster's administrator cannot pause a machine or send its traffic elsewhere", async ({ world }) => {
    const refusal = "ModelHost tower is governed: only a decision of the community may change it";
    const endpoint = { direct: { url: "https://mallory.example" } };
    for (const spec of [{ pause: true }, { endpoint }])
      await attempt(world, { who: "admin", act: patch(tower, { spec }), refusal });
  });

  test("what a decision is and how it stands is written by governance alone", async ({ world }) => {
    const decision: Named = { kind: "Decision", name: "github-1-8" };
    await apply(decision, { proposal: "github:1/8" })(world.as("governance"));
    const passed = { status: { state: "passed" } };
    await attempt(world, {
      who: "admin",
      act: patch(decision, passed, "status"),
      refusal: "the status of Decision github-1-8 is what governance sees: nobody else writes it",
    });
    await attempt(world, { who: "operator", act: patch(decision, passed, "status"), refusal: "cannot patch resource" });
    await attempt(world, { who: "governance", act: patch(decision, passed, "status") });
    expect(await read(world.as("admin"), decision)).toMatchObject(passed);
    await attempt(world, { who: "governance", act: remove(decision) });
  });
});

describe("API keys of a member", () => {
  const bob: Named = { kind: "Member", name: "bob" };
  const byIssuer = "spec.keys is written by who may update members/keys (ClusterRole commonhold-key-issuer)";

  test.beforeAll(async ({ world }) => {
    await apply(bob)(world.as("governance"));
  });

  test("are issued, exchanged and revoked by who may issue keys, by patch and by server-side apply", async ({
    world,
  }) => {
    for (const body of [keys("a"), keys("a", "b"), keys("b"), { spec: { keys: null } }])
      await attempt(world, { who: "keyIssuer", act: patch(bob, body) });
    const sent = { metadata: { name: "bob" }, spec: { keys: [key("c")] } };
    const options = { fieldManager: "commonhold-keys" };
    await attempt(world, { who: "keyIssuer", act: (client) => client.apply(types.Member, sent, options) });
    expect((await read(world.as("admin"), bob)).spec).toMatchObject({ displayName: "Alice", keys: [{ id: "c" }] });
  });

  test("are issued by a cluster's administrator, who may everything that can be asked about", async ({ world }) => {
    await attempt(world, { who: "admin", act: patch(bob, keys("d")) });
  });

  test("stay when governance applies the member anew, and owns them never", async ({ world }) => {
    await patch(bob, keys("e"))(world.as("keyIssuer"));
    await attempt(world, { who: "governance", act: apply(bob, { displayName: "Robert" }) });
    expect((await read(world.as("admin"), bob)).spec).toMatchObject({ displayName: "Robert", keys: [{ id: "e" }] });
  });

  test("are not issued, changed or revoked by governance", async ({ world }) => {
    const who = "governance";
    await attempt(world, { who, act: create({ kind: "Member", name: "eve" }, keys("f").spec), refusal: byIssuer });
    await attempt(world, { who, act: patch(bob, keys("f")), refusal: byIssuer });
    await attempt(world, { who, act: patch(bob, { spec: { keys: null } }), refusal: byIssuer });
  });

  test("are not issued by who may edit every member, but not issue keys", ({ world }) =>
    attempt(world, { who: "clusterEditor", act: patch(bob, keys("f")), refusal: byIssuer }));

  const more: Record<string, object> = {
    "what somebody is called": { spec: { displayName: "Bobby" } },
    "a role, beside a key": { spec: { keys: [key("f")], roles: ["service"] } },
    "an SSH key that votes": {
      spec: { sshKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKjxX0uQ7n0Y9l8mN3e8p5d0mJ2m6v7wq1xXyZ"] },
    },
    "limits, beside a key": { spec: { keys: [key("f")], limits: { requestsPerMinute: 1 } } },
    "whether somebody is suspended": { spec: { suspended: true } },
    "a field taken away, beside a key": { spec: { keys: [key("f")], displayName: null } },
    "a label": { metadata: { labels: { a: "b" } } },
    "an annotation, beside a key": { metadata: { annotations: { a: "b" } }, spec: { keys: [key("f")] } },
    "a finalizer": { metadata: { finalizers: ["example.org/mine"] } },
  };
  for (const [what, body] of Object.entries(more)) {
    test(`give who issues them no say about ${what}`, ({ world }) =>
      attempt(world, {
        who: "keyIssuer",
        act: patch(bob, body),
        refusal: `Member bob is governed: only a decision of the community may change it. Open a proposal: commonhold propose; only spec.keys is written by who may update members/keys`,
      }));
  }

  test("do not let who issues them write another field in the name of governance's field manager", ({ world }) =>
    attempt(world, { who: "keyIssuer", act: apply(bob, { displayName: "Bobby" }), refusal: "Member bob is governed" }));

  test("are owned by nobody else who applies what is there already", async ({ world }) => {
    await patch(bob, keys("e"))(world.as("keyIssuer"));
    const sent = { metadata: { name: "bob" }, spec: { keys: [key("e")] } };
    const act = (client: ReturnType<typeof world.as>) => client.apply(types.Member, sent, { fieldManager: "mine" });
    await attempt(world, { who: "clusterEditor", act, refusal: "Member bob is governed" });
  });

  test("do not let who issues them own another field beside governance", async ({ world }) => {
    const sent = { metadata: { name: "bob" }, spec: { displayName: "Robert", keys: [key("e")] } };
    const act = (client: ReturnType<typeof world.as>) =>
      client.apply(types.Member, sent, { fieldManager: "commonhold-keys" });
    await attempt(world, { who: "keyIssuer", act, refusal: "Member bob is governed" });
  });

  test("do not let who issues them create or remove a member", async ({ world }) => {
    const refusal = "cannot create resource";
    await attempt(world, { who: "keyIssuer", act: create({ kind: "Member", name: "eve" }, keys("f").spec), refusal });
    await attempt(world, { who: "keyIssuer", act: remove(bob), refusal: "cannot delete resource" });
  });
});

describe("a machine that is gone", () => {
  const gone: Named = { kind: "ModelHost", name: "gone" };
  const abandon = { metadata: { annotations: { [annotations.abandon]: "true" } } };

  test.beforeAll(async ({ world }) => {
    await apply(gone)(world.as("governance"));
    await patch(gone, { metadata: { finalizers: [hostFinalizer] } })(world.as("operator"));
  });

  test("is not given up by who may edit every machine, but not give one up", ({ world }) =>
    attempt(world, {
      who: "clusterEditor",
      act: patch(gone, abandon),
      refusal: `only the annotation ${annotations.abandon} is written by who may update modelhosts/abandon (ClusterRole commonhold-host-keeper)`,
    }));

  test("is given up by who may do so, and that may be taken back", async ({ world }) => {
    await attempt(world, { who: "hostKeeper", act: patch(gone, abandon) });
    const back = { metadata: { annotations: { [annotations.abandon]: null } } };
    await attempt(world, { who: "hostKeeper", act: patch(gone, back) });
    await attempt(world, { who: "admin", act: patch(gone, abandon) });
  });

  test("is not changed in anything else beside that", async ({ world }) => {
    const refusal = "ModelHost gone is governed: only a decision of the community may change it";
    const bodies = [
      { metadata: { annotations: { [annotations.abandon]: "true", note: "mine" } } },
      { ...abandon, spec: { pause: true } },
      { metadata: { ...abandon.metadata, labels: { a: "b" } } },
      { metadata: { ...abandon.metadata, finalizers: [] } },
    ];
    for (const body of bodies) await attempt(world, { who: "hostKeeper", act: patch(gone, body), refusal });
  });

  test("is let go by the operator, whose finalizer holds it, once governance has deleted it", async ({ world }) => {
    await attempt(world, { who: "governance", act: remove(gone) });
    await attempt(world, { who: "operator", act: patch(gone, { metadata: { finalizers: [] } }) });
    expect(await world.as("admin").get(types.ModelHost, gone)).toBeUndefined();
  });
});

describe("what Kubernetes' own controllers do", () => {
  const held: Named = { kind: "ModelHost", name: "held" };

  test("the garbage collector takes off what a deletion in the foreground put on, and changes nothing else", async ({
    world,
  }) => {
    await apply(held)(world.as("governance"));
    const early = patch(held, { metadata: { finalizers: ["example.org/mine"] } });
    await attempt(world, { who: "garbageCollector", act: early, refusal: "ModelHost held is governed" });
    await world.as("governance").remove(types.ModelHost, held, { propagation: "Foreground" });
    const more = patch(held, { metadata: { finalizers: null, labels: { a: "b" } } });
    await attempt(world, { who: "garbageCollector", act: more, refusal: "ModelHost held is governed" });
    await attempt(world, { who: "garbageCollector", act: patch(held, { metadata: { finalizers: null } }) });
    expect(await world.as("admin").get(types.ModelHost, held)).toBeUndefined();
  });

  test("the garbage collector deletes nothing that is governed", async ({ world }) => {
    await attempt(world, { who: "garbageCollector", act: remove(tower), refusal: "ModelHost tower is governed" });
  });
});
