/** PromQL that several panels write in the same way. */
import type { Query } from "./dashboard.ts";

/** Per second, by labels (`a, b`). `selector`: with its braces. */
export function rateBy(metric: string, labels: string, selector = ""): Query {
  const legend = labels
    .split(", ")
    .map((label) => `{{${label}}}`)
    .join(" ");
  return { expr: `sum by (${labels}) (rate(${metric}${selector}[$__rate_interval]))`, legend };
}

/** The median and the 95th percentile of a histogram, by a label where one is named. */
export function quantiles(metric: string, label: string): readonly Query[] {
  const by = label === "" ? "le" : `le, ${label}`;
  const rate = `sum by (${by}) (rate(${metric}_bucket[$__rate_interval]))`;
  return [
    { quantile: "0.5", name: "p50" },
    { quantile: "0.95", name: "p95" },
  ].map(({ quantile, name }) => ({
    expr: `histogram_quantile(${quantile}, ${rate})`,
    legend: label === "" ? name : `${name} {{${label}}}`,
  }));
}
