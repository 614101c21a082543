/**
 * Who may delete a kind itself. The API server then deletes all its objects, and asks no policy about any of them: what the community
 * decided would go by one command, or by a tool that tidies up. So a kind says first, by an annotation, that it may go.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#delete-a-customresourcedefinition
 */
import { annotations, group } from "../../group.ts";
import type { Kind } from "../../kind.ts";
import { type Policy, text } from "./policy.ts";

/** What goes with each, by plural. */
const losses: Readonly<Record<string, string>> = {
  decisions: "every Decision, which governance mirrors anew from its log",
  ledgerroots: "every LedgerRoot, which stands nowhere else until it is in the decision log",
  members: "every Member, with the hashes of the API keys, which stand nowhere else",
  modeldeployments: "every ModelDeployment, with all that is served",
  modelhosts: "every ModelHost, with the list of what is still to be removed from each machine",
};

export function keptKinds(kinds: readonly Kind[]): Policy {
  return {
    name: "commonhold-kept-kinds",
    resourceRules: [
      {
        apiGroups: ["apiextensions.k8s.io"],
        apiVersions: ["*"],
        operations: ["DELETE"],
        // Not by their names: a deletion of several at once has none.
        resources: ["customresourcedefinitions"],
      },
    ],
    matchConditions: { "is-of-ours": `oldObject.spec.group == ${text(group)}` },
    variables: {
      name: "oldObject.metadata.name",
      loss: `{${kinds.map(lossOf).join(",\n ")}}[?oldObject.spec.names.plural].orValue('every ' + oldObject.spec.names.kind)`,
    },
    validations: [
      {
        expression: `oldObject.metadata.?annotations[?${text(annotations.allowRemoval)}].orValue('') == 'true'`,
        sentence: [
          "'with CustomResourceDefinition ' + variables.name + ' would go ' + variables.loss",
          "'. To do it on purpose take a backup, then: kubectl annotate crd ' + variables.name",
          `' ${annotations.allowRemoval}=true, and delete it again'`,
        ].join("\n+ "),
      },
    ],
  };
}

function lossOf({ plural }: Kind): string {
  const loss = losses[plural];
  if (loss === undefined) throw new TypeError(`what goes with ${plural}.${group} is not said`);
  return `${text(plural)}: ${text(loss)}`;
}
