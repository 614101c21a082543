/** Governance is installed, or it is not; and what a cluster's administrator can do about it. */
import { setMaxListeners } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type InstallOptions, installManifests } from "../../cli/up/community/manifests.ts";
import { type ControlPlane, serviceAccount } from "../../cli/up/control-plane/control-plane.ts";
import { labels, systemNamespace } from "../../operator/apis/group.ts";
import { governanceService } from "../../operator/apis/permissions.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { namespaces } from "../../operator/kube/builtin-types.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";
import { runKubectl, startTestControlPlane } from "../control-plane/test.ts";
import { answerOf } from "./attempt.ts";
import { create, type Named, patch } from "./objects.ts";
import { root } from "./world.ts";

const policies = type("ValidatingAdmissionPolicy", "validatingadmissionpolicies");
const bindings = type("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings");
const chat: Named = { kind: "ModelDeployment", name: "chat", namespace: "community" };
const alice: Named = { kind: "Member", name: "alice" };

let changed = 0;
/** Others each time: a write that changes nothing is let through. */
function changes() {
  changed++;
  return [
    patch(chat, { spec: { context: 512 + changed } }),
    patch(alice, { spec: { displayName: `Alice the ${changed}th` } }),
  ];
}

let plane: ControlPlane & { discard(): Promise<void> };
let admin: KubeClient;

beforeAll(async () => {
  plane = await startTestControlPlane();
  admin = createKubeClient(kubeConfigFromFile(plane.adminKubeconfigPath), { clock: systemClock });
});

afterAll(async () => {
  await admin?.close();
  await plane?.discard();
});

async function install(options?: InstallOptions): Promise<void> {
  const { signal } = new AbortController();
  setMaxListeners(0, signal); // one per object that is applied
  await installManifests(admin, root, systemClock, signal, options);
}

/** What a cluster's administrator is answered who changes a ModelDeployment and a Member. */
async function answers(): Promise<string[]> {
  return Promise.all(changes().map((change) => answerOf(change(admin))));
}

const refused = [expect.stringMatching(/^403 .*is governed/), expect.stringMatching(/^403 .*is governed/)];

describe("an installation", () => {
  test("without governance leaves everything to RBAC, in a namespace with the label too", async () => {
    await install();
    expect((await admin.list(policies)).items.filter(({ metadata }) => /commonhold/.test(metadata.name))).toEqual([]);
    await admin.create(namespaces, { metadata: { name: "community", labels: { [labels.governed]: "true" } } });
    for (const act of [create(chat), create(alice), ...changes()]) expect(await answerOf(act(admin))).toBe("done");
  });

  test("with governance holds from the moment on at which it says that it is done, also for what was there before", async () => {
    await install({ governance: true, governedNamespaces: ["community"] });
    expect(await answers()).toEqual(refused);
  });

  test("that is repeated, with or without governance, takes nothing away", async () => {
    await install({ governance: true, governedNamespaces: ["community"] });
    expect(await answers()).toEqual(refused);
    await install();
    expect(await answers()).toEqual(refused);
  });
});

describe("a cluster's administrator", () => {
  test("can act as governance, which the audit log of the API server tells", async () => {
    const user = serviceAccount(systemNamespace, governanceService.name).user;
    const args = ["annotate", "md", "chat", "note=mine", "--as", user];
    expect(await runKubectl(plane, args, { namespace: "community" })).toMatchObject({ code: 0 });
  });

  test("can take the policy away, and then everything is open: the claim is only that this is seen", async () => {
    await admin.remove(bindings, { name: "commonhold-governed-objects" });
    await expect.poll(answers).toEqual(["done", "done"]);
  });

  test("brings it back by installing again", async () => {
    await install({ governance: true, governedNamespaces: ["community"] });
    expect(await answers()).toEqual(refused);
  });
});

function type(kind: string, plural: string): ResourceType {
  return { group: "admissionregistration.k8s.io", version: "v1", kind, plural, namespaced: false };
}
