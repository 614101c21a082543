/** Who may say that a namespace is governed, say that it is not any more, or delete it. */
import { group, labels } from "../../group.ts";
import { namespaceKeeper } from "../../permissions.ts";
import { type Policy, text } from "./policy.ts";

const { resource, subresource } = namespaceKeeper.virtual;
const who = `who may DEED ${resource}/${subresource} (ClusterRole ${namespaceKeeper.name})`;

export function governedNamespaces(): Policy {
  const now = labelOf("object");
  const before = labelOf("oldObject");
  return {
    name: "commonhold-governed-namespaces",
    resourceRules: [
      {
        apiGroups: [""],
        apiVersions: ["*"],
        operations: ["CREATE", "UPDATE", "DELETE"],
        // A write of labels comes through these two as well.
        resources: ["namespaces", "namespaces/status", "namespaces/finalize"],
      },
    ],
    matchConditions: {
      "concerns-what-is-governed": [
        `request.operation == 'CREATE' ? ${now} != ''`,
        `request.operation == 'UPDATE' ? ${now} != ${before}`,
        `${before} == 'true'`,
      ].join("\n: "),
    },
    variables: {
      deed: "request.operation == 'DELETE' ? 'delete' : 'update'",
      name: "request.operation == 'DELETE' ? oldObject.metadata.name : object.metadata.?name.orValue('')",
    },
    validations: [
      {
        expression: `authorizer.group(${text(group)}).resource(${text(resource)}).subresource(${text(subresource)}).name(variables.name).check(variables.deed).allowed()`,
        sentence: `request.operation == 'DELETE'\n? ${deleting}\n: ${labelling}`,
      },
    ],
  };
}

const deleting = `'namespace ' + variables.name + ' is governed, and all that is decided in it would go with it: only ${who.replace("DEED", "delete")} deletes it'`;
const labelling = `'namespace ' + variables.name + ': the label ${labels.governed} says that the community governs it: only ${who.replace("DEED", "update")} sets, changes or removes it'`;

/** Absent is as good as empty: only `true` governs. */
function labelOf(side: "object" | "oldObject"): string {
  return `${side}.metadata.?labels[?${text(labels.governed)}].orValue('')`;
}
