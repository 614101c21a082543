/** The chart's alerts: what Prometheus takes, about metrics that there are, each with what to do. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { families } from "./metrics.ts";
import { examine } from "./promql.ts";

const root = join(import.meta.dirname, "../..");
const guide = readFileSync(join(root, "docs/guides/troubleshooting.md"), "utf8");
const runbooks = "https://github.com/commonhold/commonhold/blob/main/docs/guides/troubleshooting.md#";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

const rules = ["gateway", "operator", "governance", "site-registry"].flatMap((part): Rule[] =>
  parse(readFileSync(join(root, `charts/commonhold/files/alerts/${part}.yaml`), "utf8")),
);

/** As GitHub makes them of headings. */
const anchors = [...guide.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-"),
);

describe.each(rules.map((rule) => [rule.alert, rule] as const))("%s", (name, rule) => {
  test("asks for what there is", () => expect(examine(rule.expr, families).problems).toEqual([]));

  test("waits, and says how bad it is and what in a sentence", () => {
    expect(Object.keys(rule).sort()).toEqual(["alert", "annotations", "expr", "for", "labels"]);
    expect(name).toMatch(/^Commonhold[A-Z][A-Za-z]+$/);
    expect(rule.for).toMatch(/^[0-9]+[mh]$/);
    expect(["warning", "critical"]).toContain(rule.labels["severity"]);
    expect(rule.annotations.summary).toMatch(/\.$/);
  });

  test("names in its sentence only labels that its answer has", () => {
    const named = [...rule.annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    const { labels } = examine(rule.expr, families);
    expect(named.filter((label) => !labels.includes(label ?? ""))).toEqual([]);
  });

  test("has what to do in the guide", () => {
    expect(rule.annotations.runbook_url.startsWith(runbooks)).toBe(true);
    expect(anchors).toContain(rule.annotations.runbook_url.slice(runbooks.length));
  });
});

test("there are few, and no two of one name", () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  expect(rules.length).toBeLessThanOrEqual(15);
});
