/** The chart's dashboards, as Grafana will load them: by its documented model, and by the metrics that there are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dashboards } from "../../cli/generate/dashboards/files.ts";
import { families } from "./metrics.ts";
import { examine } from "./promql.ts";

const folder = join(import.meta.dirname, "../../charts/commonhold/files/dashboards");

interface Target {
  readonly refId: string;
  readonly datasource: { readonly uid: string };
  readonly expr: string;
  readonly legendFormat: string;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly Target[];
}
interface Model {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { name: string; type: string; definition?: string; query: unknown }[];
  };
}

/** Metrics that no panel shows, each with the reason. */
const unshown: Readonly<Record<string, string>> = {};

const all = Object.keys(dashboards).map((part): [string, Model] => [
  part,
  JSON.parse(readFileSync(join(folder, `${part}.json`), "utf8")),
]);
const queriesOf = ({ panels }: Model) =>
  panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

describe.each(all)("the dashboard of the %s", (_, model) => {
  test("has what Grafana's model asks for, and names that another installation can keep", () => {
    expect(model.uid).toMatch(/^[a-zA-Z0-9_-]{8,40}$/);
    expect(model.schemaVersion).toBeGreaterThanOrEqual(36);
    const ids = model.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const titles = model.panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test("lays every panel in the grid of 24, and none over another", () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of model.panels) {
      const { x, y, w, h } = gridPos;
      expect([x, y, w, h].every(Number.isInteger), title).toBe(true);
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          expect(taken.has(`${column},${line}`), `${title} at ${column},${line}`).toBe(false);
          taken.add(`${column},${line}`);
        }
      }
    }
  });

  test("asks the Prometheus that is chosen, and nobody else", () => {
    const [first] = model.templating.list;
    expect(first).toMatchObject({ name: "datasource", type: "datasource", query: "prometheus" });
    for (const { datasource, title } of queriesOf(model)) expect(datasource.uid, title).toBe("$datasource");
    for (const { targets = [], title } of model.panels) {
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
    }
  });

  test("offers choices of labels that there are, and uses each", () => {
    for (const { name, definition = "" } of model.templating.list.slice(1)) {
      const [, metric = "", label = ""] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
      expect(families.get(metric)?.labels, definition).toContain(label);
      expect(
        queriesOf(model).some(({ expr }) => expr.includes(`"$${name}"`)),
        name,
      ).toBe(true);
    }
    const named = new Set(model.templating.list.map(({ name }) => name));
    const used = queriesOf(model).flatMap(({ expr }) =>
      [...expr.matchAll(/"\$([a-z]+)"/g)].map(([, name = ""]) => name),
    );
    for (const name of used) expect(named.has(name), name).toBe(true);
  });

  test.each(queriesOf(model).map((query) => [`${query.title}: ${query.expr}`, query] as const))("%s", (_, query) => {
    const { problems, labels } = examine(query.expr, families);
    expect(problems).toEqual([]);
    const shown = [...query.legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    expect(shown.filter((label) => !labels.includes(label ?? ""))).toEqual([]);
  });
});

test("every metric is shown, or there is a reason why not", () => {
  const shown = new Set(
    all.flatMap(([, model]) => queriesOf(model).flatMap(({ expr }) => examine(expr, families).families)),
  );
  expect([...families.keys()].filter((name) => !shown.has(name) && !(name in unshown))).toEqual([]);
  expect(Object.keys(unshown).filter((name) => shown.has(name) || !families.has(name))).toEqual([]);
  expect(families.size).toBeGreaterThan(30);
});
