/**
 * Grafana's classic dashboard model, which every Grafana since 8 reads and a sidecar loads from a ConfigMap:
 * https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 * Where a panel lies and its id follow from its place in the list, so that nobody counts them.
 */

export interface Query {
  readonly expr: string;
  /** `{{label}}` is that label's value. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly description?: string;
  /** `stat`: one number, as it is now. */
  readonly type: "stat" | "timeseries";
  /** Grafana's id of it: `reqps`, `s`, `bytes`, … */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Drawn on top of each other. */
  readonly isStacked?: boolean;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A choice at the top, of the values that a label of a metric has. */
export interface Choice {
  readonly name: string;
  readonly metric: string;
  readonly label: string;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly choices: readonly Choice[];
  readonly rows: readonly Row[];
}

/** Of Grafana 9; a newer one brings it up to date when it loads it. */
const schemaVersion = 37;
const columns = 24;
const heights = { row: 1, stat: 4, timeseries: 8 } as const;
const panelsPerLine = { stat: 6, timeseries: 3 } as const;
const datasource = { type: "prometheus", uid: "$datasource" };

/** As Grafana reads it from a file. */
export function dashboardJson({ uid, title, choices, rows }: Dashboard): string {
  const dashboard = {
    uid,
    title,
    tags: ["commonhold"],
    schemaVersion,
    editable: true,
    graphTooltip: 1,
    timezone: "browser",
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    annotations: { list: [] },
    templating: { list: [dataSourceVariable, ...choices.map(choiceVariable)] },
    panels: placed(rows),
  };
  return `${JSON.stringify(dashboard, null, 1)}\n`;
}

const dataSourceVariable = {
  name: "datasource",
  label: "Prometheus",
  type: "datasource",
  query: "prometheus",
  hide: 0,
};

function choiceVariable({ name, metric, label }: Choice): object {
  const query = `label_values(${metric}, ${label})`;
  return {
    ...{ name, label: name, type: "query", datasource, definition: query, query: { query, refId: name } },
    // When the dashboard is opened, and when its time changes.
    ...{
      refresh: 2,
      sort: 1,
      multi: true,
      includeAll: true,
      allValue: ".*",
      current: { text: "All", value: "$__all" },
    },
  };
}

function placed(rows: readonly Row[]): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: inRow } of rows) {
    const gridPos = { h: heights.row, w: columns, x: 0, y };
    panels.push({ id: panels.length + 1, type: "row", title, collapsed: false, gridPos, panels: [] });
    y += heights.row;
    for (let at = 0; at < inRow.length; ) {
      const line = lineFrom(inRow, at);
      const height = heights[line[0]?.type ?? "stat"];
      for (const [place, panel] of line.entries()) {
        const w = columns / line.length;
        panels.push({ id: panels.length + 1, ...panelJson(panel), gridPos: { h: height, w, x: place * w, y } });
      }
      at += line.length;
      y += height;
    }
  }
  return panels;
}

/** Panels of one type side by side, as many as fit. */
function lineFrom(panels: readonly Panel[], at: number): readonly Panel[] {
  const { type } = panels[at] ?? { type: "stat" };
  const end = panels.findIndex((panel, place) => place > at && panel.type !== type);
  const same = panels.slice(at, end < 0 ? panels.length : end);
  const most = panelsPerLine[type];
  const lines = Math.ceil(same.length / most);
  const fair = Math.ceil(same.length / lines);
  // Widths have to be whole: 24 has no fifth.
  return same.slice(0, columns % fair === 0 ? fair : fair - 1);
}

function panelJson({ title, description = "", type, unit, queries, isStacked = false }: Panel): object {
  const custom = { lineWidth: 1, fillOpacity: isStacked ? 40 : 10, stacking: { mode: isStacked ? "normal" : "none" } };
  const shown =
    type === "stat"
      ? { reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false }, colorMode: "none", graphMode: "area" }
      : { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } };
  return {
    ...{ title, description, type, datasource },
    fieldConfig: { defaults: { unit, min: 0, ...(type === "timeseries" && { custom }) }, overrides: [] },
    options: shown,
    targets: queries.map(({ expr, legend }, at) => ({
      ...{ refId: String.fromCharCode("A".charCodeAt(0) + at), datasource, expr, legendFormat: legend },
    })),
  };
}
