/**
 * The chart owned by Argo CD or by Flux: neither fights with what is at work in the cluster, and neither sees a difference that nobody made.
 * Kubernetes' own controllers are at work, and so are our services.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubectl } from "../control-plane/test.ts";
import { type Cluster, startCluster } from "./classes/cluster.ts";
import { addNode, addRuntimeClass, addVolumesFor } from "./classes/installation.ts";
import { shapes } from "./classes/nodes.ts";
import { namespace, renderedObjects } from "./helm.ts";
import { everything, governedNamespaces, isHook } from "./installed.ts";
import { drift, named, state, storedOtherwise } from "./ownership/drift.ts";
import { owners } from "./ownership/owners.ts";
import { servicesWork } from "./ownership/services.ts";

/** What somebody does by hand to each. */
const changes: Readonly<Record<string, string>> = {
  "Deployment commonhold-gateway": "set image deployment/commonhold-gateway gateway=example.org/mine",
  "Deployment commonhold-operator": "scale deployment/commonhold-operator --replicas=1",
  "ClusterRole commonhold-gateway": `patch clusterrole commonhold-gateway --type=json -p ${json("add", "/rules/0/verbs/0", "delete")}`,
  "NetworkPolicy commonhold-ollama": "delete networkpolicy commonhold-ollama",
  "CustomResourceDefinition members.commonhold.dev": `patch crd members.commonhold.dev --type=json -p ${json(
    "replace",
    "/spec/versions/0/schema/openAPIV3Schema/description",
    "mine",
  )}`,
  "CustomResourceDefinition modelhosts.commonhold.dev":
    "annotate crd modelhosts.commonhold.dev helm.sh/resource-policy-",
  [`Namespace ${governedNamespaces[0]}`]: `label namespace ${governedNamespaces[0]} commonhold.dev/governed-`,
  "ValidatingAdmissionPolicyBinding commonhold-governed-objects":
    'patch validatingadmissionpolicybinding commonhold-governed-objects --type=merge -p {"spec":{"validationActions":["Audit"]}}',
};

/** Others may say more of an object than its owner does. */
const additions = [
  "annotate deployment commonhold-gateway note=mine",
  "label service commonhold-gateway team=mine",
  "rollout restart deployment/commonhold-operator",
  "annotate crd decisions.commonhold.dev commonhold.dev/allow-removal=true",
];

function json(op: string, path: string, value: string): string {
  return JSON.stringify([{ op, path, value }]);
}

describe.each(Object.entries(owners))("owned by %s", (_, owner) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster();
    for (const shape of shapes) await addNode(cluster, shape);
    await addRuntimeClass(cluster);
    await addVolumesFor(cluster, await renderedObjects(everything));
    await owner.put(cluster.plane, everything);
  });
  afterAll(() => cluster?.stop());

  const desired = () => owner.desired(cluster.plane, everything);
  const differing = async (): Promise<string> => drift(cluster.plane, await desired(), owner.fieldManager);
  const byHand = (command: string): Promise<string> => kubectl(cluster.plane, command.split(" "), { namespace });

  test("holds all that is rendered, and nothing of a kind of ours: what is governed is no business of its", async () => {
    const objects = await desired();
    expect(objects.length).toBeGreaterThan(50);
    expect(objects.filter(isHook)).toEqual([]);
    expect(objects.filter(({ apiVersion }) => apiVersion.startsWith("commonhold.dev/"))).toEqual([]);
  });

  test("sees no difference while Kubernetes' controllers and our services write what they write", async () => {
    expect(await differing()).toBe("");
    const parts = ["operator", "gateway", "governance"].map((part) => `deployment/commonhold-${part}`);
    for (const part of parts) await byHand(`rollout status ${part} --timeout=90s`);
    await byHand("wait persistentvolumeclaim --all --for=jsonpath={.status.phase}=Bound --timeout=60s");
    await servicesWork(cluster.plane, governedNamespaces[0] ?? "");
    expect(await byHand("get lease commonhold-operator -o name")).toContain("commonhold-operator");
    expect(await differing()).toBe("");
  });

  test("finds every value stored as it was sent, for who compares without asking the API server", async () => {
    expect(await storedOtherwise(cluster.plane, await desired())).toEqual([]);
  });

  test("changes nothing by putting there what is there", async () => {
    const before = await state(cluster.plane, await desired());
    await owner.put(cluster.plane, everything);
    expect(await state(cluster.plane, await desired())).toEqual(before);
  });

  test("leaves what others add, and takes nothing of it away by putting the chart there again", async () => {
    for (const command of additions) await byHand(command);
    expect(await differing()).toBe("");
    await owner.put(cluster.plane, everything);
    expect(await byHand("get deployment commonhold-gateway -o yaml")).toContain("note: mine");
    expect(await byHand("get service commonhold-gateway -o yaml")).toContain("team: mine");
    expect(await byHand("get deployment commonhold-operator -o yaml")).toContain("restartedAt");
    expect(await byHand("get crd decisions.commonhold.dev -o yaml")).toContain("allow-removal");
  });

  test("sees what somebody changed and nothing beside it, and puts it back", async () => {
    for (const command of Object.values(changes)) await byHand(command);
    expect(named(await differing()).sort()).toEqual(Object.keys(changes).sort());
    await owner.put(cluster.plane, everything);
    expect(await differing()).toBe("");
  });
});
