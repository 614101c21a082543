/**
 * What is wrong with an expression, by Prometheus' own grammar and by the metrics that there are. Beyond what parses: a counter or a bucket
 * is shown as a rate, a gauge is not, and nothing is grouped by a label that the metric does not have.
 */
import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import type { Family } from "./metrics.ts";

/** Over a time, and only for what grows. */
const rates = new Set(["rate", "increase", "irate"]);
const suffixes = /_(bucket|sum|count)$/;

export interface Expression {
  /** Names of families that it asks for. */
  readonly families: readonly string[];
  /** Labels that its answer has at most. */
  readonly labels: readonly string[];
  /** Sentences; empty where all is well. */
  readonly problems: readonly string[];
}

/** `known`: by name. Grafana's variables are put in before. */
export function examine(expression: string, known: ReadonlyMap<string, Family>): Expression {
  const text = withoutVariables(expression);
  const tree = parser.parse(text);
  const problems: string[] = [];
  const asked: Asked[] = [];
  const groups: string[] = [];
  const words = (node: SyntaxNode): string => text.slice(node.from, node.to);
  tree.iterate({
    enter: ({ type, node }) => {
      if (type.isError) problems.push(`does not parse at character ${node.from}: ${text.slice(0, node.from)}⟨here⟩`);
      if (type.name === "VectorSelector") asked.push(selected(node, words));
      if (type.name === "GroupingLabels") groups.push(...labelsIn(node, words));
    },
  });
  if (asked.length === 0) problems.push("asks for no metric");
  for (const one of asked) problems.push(...problemsOf(one, known));
  const has = new Set(asked.flatMap(({ name }) => [...(familyOf(name, known)?.labels ?? []), "le"]));
  for (const label of groups) if (!has.has(label)) problems.push(`groups by ${label}, which no metric in it has`);
  return {
    families: asked.flatMap(({ name }) => familyOf(name, known)?.name ?? []),
    labels: groups.filter((label) => label !== "le"),
    problems,
  };
}

/** As they stand in an expression that Grafana sends. */
function withoutVariables(expression: string): string {
  return expression.replaceAll("$__rate_interval", "5m").replaceAll(/"\$[a-z]+"/g, '".*"');
}

interface Asked {
  readonly name: string;
  readonly labels: readonly string[];
  /** Functions and aggregations around it, the nearest first. */
  readonly within: readonly string[];
  readonly hasTime: boolean;
  /** What the nearest aggregation keeps. */
  readonly keeps: readonly string[];
}

type Words = (node: SyntaxNode) => string;

function selected(node: SyntaxNode, words: Words): Asked {
  const name = node.getChild("Identifier");
  const within: string[] = [];
  let keeps: readonly string[] | undefined;
  for (let above = node.parent; above; above = above.parent) {
    const called = above.getChild("FunctionIdentifier") ?? above.getChild("AggregateOp");
    if (called && /^(FunctionCall|AggregateExpr)$/.test(above.name)) within.push(words(called));
    const kept = above.getChild("AggregateModifier")?.getChild("GroupingLabels");
    if (kept) keeps ??= labelsIn(kept, words);
  }
  const matchers = node.getChild("LabelMatchers");
  const hasTime = node.parent?.name === "MatrixSelector";
  return {
    name: name ? words(name) : "",
    labels: matchers ? labelsIn(matchers, words) : [],
    within,
    hasTime,
    keeps: keeps ?? [],
  };
}

function labelsIn(node: SyntaxNode, words: Words): string[] {
  const found: string[] = [];
  node.cursor().iterate((inner) => {
    if (inner.from >= node.from && inner.to <= node.to && inner.name === "LabelName") found.push(words(inner.node));
  });
  return found;
}

function familyOf(name: string, known: ReadonlyMap<string, Family>): Family | undefined {
  const base = known.get(name.replace(suffixes, ""));
  return base?.kind === "histogram" ? base : known.get(name);
}

function problemsOf({ name, labels, within, hasTime, keeps }: Asked, known: ReadonlyMap<string, Family>): string[] {
  const family = familyOf(name, known);
  if (!family) return [`asks for ${name || "no name"}, which no service tells`];
  const isBucket = family.kind === "histogram" && name.endsWith("_bucket");
  const isRate = rates.has(within[0] ?? "");
  const strange = labels.filter((label) => !family.labels.includes(label) && !(isBucket && label === "le"));
  return [
    ...strange.map((label) => `asks ${name} for ${label}, which it does not have`),
    ...(family.kind === "histogram" && name === family.name ? [`${name} is a histogram: ask for its _bucket`] : []),
    ...(isBucket && !(within.includes("histogram_quantile") && keeps.includes("le"))
      ? [`${name} is for histogram_quantile over a sum by le`]
      : []),
    ...(family.kind !== "gauge" && !isRate ? [`${name} only grows: show its rate`] : []),
    ...(isRate && !hasTime ? [`${within[0]} of ${name} needs a time, such as [5m]`] : []),
    ...(family.kind === "gauge" && isRate ? [`${name} is a gauge: it has no rate`] : []),
  ];
}
