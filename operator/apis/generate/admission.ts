/**
 * The ValidatingAdmissionPolicies that hold what RBAC cannot say: that in governed namespaces, and for kinds without one, only
 * governance writes what was decided, the operator only what it sees, and persons only what they were given. RBAC is the outer
 * wall and stays; these say no to those whom RBAC lets through, a cluster's administrator included, with a sentence.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import { labels } from "../group.ts";
import type { Kind } from "../kind.ts";
import { personalRoles } from "../permissions.ts";
import { governedNamespaces } from "./admission/governed-namespaces.ts";
import { governedObjects } from "./admission/governed-objects.ts";
import { keptKinds } from "./admission/kept-kinds.ts";
import type { Policy } from "./admission/policy.ts";
import { personalRoleManifest } from "./rbac.ts";

type Manifest = Record<string, unknown>;

/** By file name: each policy with its binding, and the ClusterRoles for persons that the policies ask about. */
export function admissionManifests(kinds: readonly Kind[]): Map<string, Manifest[]> {
  const objects = governedObjects(kinds);
  const namespaces = governedNamespaces();
  return new Map([
    ...personalRoles.map((role): [string, Manifest[]] => [role.name, [personalRoleManifest(role)]]),
    [namespaces.name, [policyManifest(namespaces), bindingManifest(namespaces)]],
    // Kinds without a namespace are governed whatever the selector says: it is not asked for them.
    [objects.name, [policyManifest(objects), bindingManifest(objects, { [labels.governed]: "true" })]],
  ]);
}

/** By file name: what holds whether or not anybody governs. */
export function guardManifests(kinds: readonly Kind[]): Map<string, Manifest[]> {
  const kept = keptKinds(kinds);
  return new Map([[kept.name, [policyManifest(kept), bindingManifest(kept)]]]);
}

const apiVersion = "admissionregistration.k8s.io/v1";

function policyManifest({ name, resourceRules, matchConditions, variables, validations }: Policy): Manifest {
  return {
    apiVersion,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules },
      matchConditions: named(matchConditions),
      variables: named(variables),
      validations: validations.map(({ expression, sentence }) => ({
        expression,
        messageExpression: sentence,
        reason: "Forbidden",
      })),
    },
  };
}

function bindingManifest({ name }: Policy, namespaceLabels?: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ["Deny", "Audit"],
      ...(namespaceLabels ? { matchResources: { namespaceSelector: { matchLabels: namespaceLabels } } } : {}),
    },
  };
}

function named(expressions: Readonly<Record<string, string>>): { name: string; expression: string }[] {
  return Object.entries(expressions).map(([name, expression]) => ({ name, expression }));
}
