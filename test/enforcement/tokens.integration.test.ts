/** What the token of each service is good for, by trying. */
import { describe, expect } from "vitest";
import { governanceConfigMap, systemNamespace } from "../../operator/apis/group.ts";
import { governanceService } from "../../operator/apis/permissions.ts";
import { configMaps, leases, namespaces, secrets } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";
import { requestApi } from "../control-plane/test.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { apply, create, type Named, patch, remove, types } from "./objects.ts";
import { free, governed, type Person, people, test } from "./world.ts";

const member: Named = { kind: "Member", name: "carol" };
const host: Named = { kind: "ModelHost", name: "carols" };
const deployment: Named = { kind: "ModelDeployment", name: "carols", namespace: free };
const secret = (namespace: string) => (client: KubeClient) => client.get(secrets, { namespace, name: "any" });
// biome-ignore lint/suspicious/noExplicitAny: what is sent here is never let through.
const type = (group: string, kind: string, plural: string, namespaced = false): ResourceType<any> => ({
  group,
  version: "v1",
  kind,
  plural,
  namespaced,
});
const bindings = type("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings");
const clusterRoles = type("rbac.authorization.k8s.io", "ClusterRole", "clusterroles");
const policies = type("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "validatingadmissionpolicies");
const pods = type("", "Pod", "pods", true);

/** RBAC's own words: the request never came as far as the policies. */
const cannot = (verb: string, resource: string): string => `cannot ${verb} resource "${resource}"`;

const attempts: Record<string, Attempt> = {
  "the operator cannot write a Member": {
    who: "operator",
    act: patch(member, { spec: { displayName: "x" } }),
    refusal: cannot("patch", "members"),
  },
  "the operator cannot make a Member": { who: "operator", act: create(member), refusal: cannot("create", "members") },
  "the operator cannot even read Members: keys are none of its business": {
    who: "operator",
    act: (client) => client.list(types.Member),
    refusal: cannot("list", "members"),
  },
  "the operator cannot make a ModelDeployment where nobody governs": {
    who: "operator",
    act: create({ ...deployment, name: "mine" }),
    refusal: cannot("create", "modeldeployments"),
  },
  "the operator cannot delete a ModelDeployment where nobody governs": {
    who: "operator",
    act: remove(deployment),
    refusal: cannot("delete", "modeldeployments"),
  },
  "the operator cannot write a Decision": {
    who: "operator",
    act: create({ kind: "Decision", name: "mine" }),
    refusal: cannot("create", "decisions"),
  },
  "the operator cannot read another namespace's Secrets": {
    who: "operator",
    act: secret(free),
    refusal: cannot("get", "secrets"),
  },
  "the gateway cannot write a ModelDeployment where nobody governs": {
    who: "gateway",
    act: patch(deployment, { spec: { replicas: 2 } }),
    refusal: cannot("patch", "modeldeployments"),
  },
  "the gateway cannot scale a ModelDeployment": {
    who: "gateway",
    act: patch(deployment, { spec: { replicas: 2 } }, "scale"),
    refusal: cannot("patch", "modeldeployments/scale"),
  },
  "the gateway cannot write a status": {
    who: "gateway",
    act: patch(deployment, { status: { state: "Ready" } }, "status"),
    refusal: cannot("patch", "modeldeployments/status"),
  },
  "the gateway cannot give a Member a key": {
    who: "gateway",
    act: patch(member, { spec: { keys: [] } }),
    refusal: cannot("patch", "members"),
  },
  "the gateway cannot write a ModelHost": {
    who: "gateway",
    act: patch(host, { spec: { pause: true } }),
    refusal: cannot("patch", "modelhosts"),
  },
  "the gateway cannot read another namespace's Secrets": {
    who: "gateway",
    act: secret(free),
    refusal: cannot("get", "secrets"),
  },
  "governance cannot read a Secret, not even beside itself": {
    who: "governance",
    act: secret(systemNamespace),
    refusal: cannot("get", "secrets"),
  },
  "governance cannot say that a replica is ready": {
    who: "governance",
    act: patch(deployment, { status: { state: "Ready" } }, "status"),
    refusal: cannot("patch", "modeldeployments/status"),
  },
  "governance cannot change what its own token may": {
    who: "governance",
    act: (client) => client.patch(clusterRoles, { name: governanceService.name }, { rules: [] }),
    refusal: cannot("patch", "clusterroles"),
  },
  "governance cannot make itself the cluster's administrator": {
    who: "governance",
    act: (client) => client.create(bindings, { metadata: { name: "mine" } }),
    refusal: cannot("create", "clusterrolebindings"),
  },
  "governance cannot take away the policy that binds others": {
    who: "governance",
    act: (client) => client.remove(policies, { name: "commonhold-governed-objects" }),
    refusal: cannot("delete", "validatingadmissionpolicies"),
  },
  "governance cannot start a Pod": {
    who: "governance",
    act: (client) => client.create(pods, { metadata: { name: "mine", namespace: governed } }),
    refusal: cannot("create", "pods"),
  },
  "governance cannot write another ConfigMap than its own": {
    who: "governance",
    act: (client) =>
      client.apply(configMaps, { metadata: { name: "other", namespace: systemNamespace } }, { fieldManager: "x" }),
    refusal: cannot("patch", "configmaps"),
  },
  "governance cannot write a ConfigMap of its own name elsewhere": {
    who: "governance",
    act: (client) =>
      client.apply(configMaps, { metadata: { name: governanceConfigMap, namespace: free } }, { fieldManager: "x" }),
    refusal: cannot("patch", "configmaps"),
  },
  "governance makes its ConfigMap by server-side apply, though RBAC names it": {
    who: "governance",
    act: (client) =>
      client.apply(
        configMaps,
        { metadata: { name: governanceConfigMap, namespace: systemNamespace }, data: { genesis: "…" } },
        { fieldManager: "commonhold-governance" },
      ),
  },
  "governance makes a Lease and reads namespaces": {
    who: "governance",
    act: async (client) => {
      await client.create(leases, { metadata: { name: governanceService.name, namespace: systemNamespace } });
      await client.get(namespaces, { name: governed });
    },
  },
};

describe("a token", () => {
  test.beforeAll(async ({ world }) => {
    await apply(member)(world.as("governance"));
    await apply(host)(world.as("governance"));
    await create(deployment)(world.as("editor"));
  });
  for (const [sentence, tried] of Object.entries(attempts)) test(sentence, ({ world }) => attempt(world, tried));

  test("no service can get a token of another, nor act as another", async ({ world }) => {
    const tokens = `/api/v1/namespaces/${systemNamespace}/serviceaccounts/${governanceService.name}/token`;
    for (const who of ["operator", "gateway", "governance"] satisfies Person[]) {
      const answer = await requestApi(world.plane, "POST", tokens, { spec: {} }, people[who]);
      expect(answer).toMatchObject({ status: 403 });
    }
  });
});
