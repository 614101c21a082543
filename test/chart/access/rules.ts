/** What roles grant, as a list that can be compared: from a render, and from what the API server answers. */
import type { Manifest } from "../helm.ts";

export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** `verb group/resource`, with the name where only that object is meant; sorted, each once. */
export function grantsOf(rules: readonly Rule[]): string[] {
  const grants = rules.flatMap(({ apiGroups = [], resources = [], resourceNames, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          (resourceNames ?? [""]).map((name) => `${verb} ${group}/${resource}${name && ` ${name}`}`),
        ),
      ),
    ),
  );
  return [...new Set(grants)].sort();
}

/** What the rendered bindings give to an account in that namespace. */
export function declaredRules(
  objects: readonly Manifest[],
  account: string,
  system: string,
  namespace: string,
): Rule[] {
  const isBound = ({ subjects = [] }: Manifest): boolean =>
    subjects.some(
      (subject: { kind: string; name: string; namespace: string }) =>
        subject.kind === "ServiceAccount" && subject.name === account && subject.namespace === system,
    );
  const bindings = objects.filter(
    (object) =>
      isBound(object) &&
      (object.kind === "ClusterRoleBinding" ||
        (object.kind === "RoleBinding" && object.metadata.namespace === namespace)),
  );
  return bindings.flatMap((binding) => {
    const { kind, name } = binding["roleRef"];
    const role = objects.find(
      (object) =>
        object.kind === kind &&
        object.metadata.name === name &&
        (kind === "ClusterRole" || object.metadata.namespace === binding.metadata.namespace),
    );
    if (!role) throw new Error(`${binding.kind} ${binding.metadata.name} names ${kind} ${name}, which is not rendered`);
    return role["rules"] as Rule[];
  });
}
