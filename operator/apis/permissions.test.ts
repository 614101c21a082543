/** Laws of the permissions, written by hand: the generated roles and the cluster agree with the table, and the table with these. */
import { describe, expect, test } from "vitest";
import { group } from "./group.ts";
import { kinds } from "./kinds.ts";
import {
  gatewayService,
  governanceService,
  operatorService,
  type Permission,
  personalRoles,
  type Service,
  services,
} from "./permissions.ts";

const writing = ["create", "update", "patch", "delete"];
const all = services.flatMap(({ name, permissions }) => permissions.map((permission) => ({ name, ...permission })));

/** `verb resource` of our own kinds and their subresources that the service may write. */
function writesOfOurs({ permissions }: Service): string[] {
  return permissions
    .filter((permission) => permission.group === group)
    .flatMap(({ resources, verbs }) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)))
    .filter((grant) => writing.some((verb) => grant.startsWith(`${verb} `)))
    .sort();
}

function said(permission: Permission & { name: string }): string {
  return `${permission.name}: ${permission.verbs.join(" ")} ${permission.group}/${permission.resources.join(" ")}`;
}

describe("of our kinds", () => {
  test("the operator writes two statuses, and beside them only what a finalizer is written by", () => {
    expect(writesOfOurs(operatorService)).toEqual([
      "patch modeldeployments",
      "patch modeldeployments/status",
      "patch modelhosts",
      "patch modelhosts/status",
    ]);
  });
  test("the gateway writes nothing", () => {
    expect(writesOfOurs(gatewayService)).toEqual([]);
  });
  test("governance writes what was decided and its own mirror, and no other status", () => {
    const written = ["decisions", "members", "modeldeployments", "modelhosts"];
    const expected = ["create", "delete", "patch"].flatMap((verb) => written.map((plural) => `${verb} ${plural}`));
    expect(writesOfOurs(governanceService)).toEqual([...expected, "patch decisions/status"].sort());
  });
});

describe("no service", () => {
  const never: Record<string, (permission: Permission) => boolean> = {
    "may everything of anything": ({ group: of, resources, verbs }) => [of, ...resources, ...verbs].includes("*"),
    "reads Secrets beyond its own namespace, or more than by name": ({ resources, verbs, where }) =>
      resources.includes("secrets") && (where !== "System" || verbs.join() !== "get"),
    "touches roles, bindings or tokens": ({ group: of, resources }) =>
      of === "rbac.authorization.k8s.io" || resources.some((resource) => /serviceaccounts|token/.test(resource)),
    "touches what admits or defines our kinds": ({ group: of }) =>
      of === "admissionregistration.k8s.io" || of === "apiextensions.k8s.io",
    "runs anything": ({ group: of, resources }) =>
      ["apps", "batch"].includes(of) || resources.some((resource) => /^pods/.test(resource)),
    "writes a namespace": ({ resources, verbs }) =>
      resources.includes("namespaces") && verbs.some((verb) => writing.includes(verb)),
    "has a permission that is for persons": ({ group: of, resources }) =>
      of === group &&
      personalRoles.some(({ virtual }) => resources.includes(`${virtual.resource}/${virtual.subresource}`)),
    "may write in the whole cluster what is not ours and no event": ({ group: of, verbs, where }) =>
      where === "Cluster" && ![group, "events.k8s.io"].includes(of) && verbs.some((verb) => writing.includes(verb)),
  };
  for (const [sentence, breaks] of Object.entries(never)) {
    test(sentence, () => expect(all.filter(breaks).map(said)).toEqual([]));
  }
});

test("every grant says why, and no service has one twice", () => {
  for (const { why } of all) expect(why.length).toBeGreaterThan(10);
  for (const { name, permissions } of services) {
    const grants = permissions.flatMap(({ group: of, resources, verbs, names = [] }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${name} ${verb} ${of}/${resource} ${names.join()}`)),
    );
    expect(grants.length).toBe(new Set(grants).size);
  }
});

test("a person's permission is a subresource that no kind has: nothing but the policies answers to it", () => {
  for (const { virtual } of personalRoles) {
    expect(["status", "scale"]).not.toContain(virtual.subresource);
    expect([...kinds.map(({ plural }) => plural), "namespaces"]).toContain(virtual.resource);
  }
});
