/** What the token of each service is good for, by asking the API server about every kind and every verb. */
import { describe, expect } from "vitest";
import { governanceConfigMap, group as ours, systemNamespace } from "../../operator/apis/group.ts";
import { kinds } from "../../operator/apis/kinds.ts";
import { gatewayService, governanceService, operatorService, type Service } from "../../operator/apis/permissions.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";
import { governed, type Person, test } from "./world.ts";

interface Question {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io";

const resources: [group: string, resource: string, subresource?: string][] = [
  ...kinds.flatMap(({ plural }): [string, string, string?][] => [
    [ours, plural],
    [ours, plural, "status"],
    [ours, plural, "scale"],
  ]),
  [ours, "members", "keys"],
  [ours, "modelhosts", "abandon"],
  [ours, "namespaces", "governed"],
  ["", "configmaps"],
  ["", "secrets"],
  ["", "namespaces"],
  ["", "namespaces", "status"],
  ["", "namespaces", "finalize"],
  ["", "nodes"],
  ["", "pods"],
  ["", "serviceaccounts"],
  ["", "serviceaccounts", "token"],
  ["events.k8s.io", "events"],
  ["coordination.k8s.io", "leases"],
  ["apiextensions.k8s.io", "customresourcedefinitions"],
  [rbac, "roles"],
  [rbac, "rolebindings"],
  [rbac, "clusterroles"],
  [rbac, "clusterrolebindings"],
  [admission, "validatingadmissionpolicies"],
  [admission, "validatingadmissionpolicybindings"],
  [admission, "validatingwebhookconfigurations"],
];

const questions: Question[] = [
  ...resources.flatMap(([group, resource, subresource]) =>
    verbs.flatMap((verb) =>
      ["", systemNamespace, governed].map((namespace) => ({
        verb,
        group,
        resource,
        ...(subresource === undefined ? {} : { subresource }),
        ...(namespace ? { namespace } : {}),
      })),
    ),
  ),
  ...["operator", "governance"].flatMap((service) =>
    ["get", "update", "delete"].map((verb) => ({
      verb,
      group: "coordination.k8s.io",
      resource: "leases",
      namespace: systemNamespace,
      name: `commonhold-${service}`,
    })),
  ),
  ...["get", "create", "patch", "update", "delete"].map((verb) => ({
    verb,
    group: "",
    resource: "configmaps",
    namespace: systemNamespace,
    name: governanceConfigMap,
  })),
  { verb: "impersonate", group: "", resource: "users", name: "admin" },
  {
    verb: "impersonate",
    group: "",
    resource: "serviceaccounts",
    namespace: systemNamespace,
    name: governanceService.name,
  },
  { verb: "bind", group: rbac, resource: "clusterroles", name: "cluster-admin" },
  { verb: "escalate", group: rbac, resource: "clusterroles", name: governanceService.name },
  { verb: "*", group: "*", resource: "*" },
];

// biome-ignore lint/suspicious/noExplicitAny: a question, whose object is the answer.
const reviews: ResourceType<any> = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  namespaced: false,
};

/** Questions that are under way at once. */
const atOnce = 16;

describe("what the API server says that a service may, is what the table says", () => {
  const asked: [Person, Service][] = [
    ["operator", operatorService],
    ["gateway", gatewayService],
    ["governance", governanceService],
  ];
  for (const [who, service] of asked) {
    test(`${who}: every kind, every verb, in the cluster, beside the services and where the community governs`, async ({
      world,
    }) => {
      const client = world.as(who);
      const wrong: string[] = [];
      const open = [...questions];
      const ask = async (): Promise<void> => {
        for (let question = open.pop(); question; question = open.pop()) {
          const answer = await client.create(reviews, { metadata: {}, spec: { resourceAttributes: question } });
          if (answer.status.allowed !== granted(service, question))
            wrong.push(`${answer.status.allowed ? "may" : "may not"}, unlike the table: ${JSON.stringify(question)}`);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, ask));
      expect(wrong).toEqual([]);
    });
  }

  test("the questions would find a grant that is too much, and one that is missing", () => {
    const answers = questions.map((question) => granted(governanceService, question));
    expect(answers.filter(Boolean).length).toBeGreaterThan(50);
    expect(answers.filter((answer) => !answer).length).toBeGreaterThan(500);
  });
});

function granted({ permissions }: Service, { verb, group, resource, subresource, namespace, name }: Question): boolean {
  const path = subresource === undefined ? resource : `${resource}/${subresource}`;
  return permissions.some(
    (permission) =>
      permission.group === group &&
      permission.resources.includes(path) &&
      (permission.verbs as readonly string[]).includes(verb) &&
      (permission.where === "Cluster" || namespace === systemNamespace) &&
      (permission.names === undefined || (name !== undefined && permission.names.includes(name))),
  );
}
