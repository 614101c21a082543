import type { LabelSelector } from "../snapshot.ts";
import type { Filter } from "./filter.ts";

type Expression = NonNullable<LabelSelector["matchExpressions"]>[number];
type Labels = Readonly<Record<string, string>>;

/** Labels of the ModelHost against `hostSelector`, as Kubernetes reads a label selector; names the first requirement that fails. */
export const selected: Filter = {
  name: "host selector",
  events: ["HostSpec"],
  check({ demand, host }) {
    for (const [key, value] of Object.entries(demand.hostSelector.matchLabels ?? {}).sort()) {
      if (host.labels[key] !== value) return mismatch(host.labels, key, `${key}=${value}`);
    }
    for (const expression of demand.hostSelector.matchExpressions ?? []) {
      if (!holds(expression, host.labels)) return mismatch(host.labels, expression.key, worded(expression));
    }
    return undefined;
  },
};

function mismatch(labels: Labels, key: string, requirement: string) {
  const found = labels[key];
  return { code: "SelectorMismatch", requirement, ...(found === undefined ? {} : { found }) } as const;
}

/** `NotIn` holds where the label is absent, as in apimachinery's `labels.Requirement.Matches`. */
function holds({ key, operator, values = [] }: Expression, labels: Labels): boolean {
  const found = labels[key];
  switch (operator) {
    case "In":
      return found !== undefined && values.includes(found);
    case "NotIn":
      return found === undefined || !values.includes(found);
    case "Exists":
      return found !== undefined;
    case "DoesNotExist":
      return found === undefined;
  }
}

function worded({ key, operator, values = [] }: Expression): string {
  switch (operator) {
    case "In":
      return `${key} in (${values.join(", ")})`;
    case "NotIn":
      return `${key} not in (${values.join(", ")})`;
    case "Exists":
      return `${key} to be set`;
    case "DoesNotExist":
      return `${key} not to be set`;
  }
}
