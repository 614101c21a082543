/** `docs/reference/gateway-metrics.md`, from the table of metrics. */
import { type MetricEntry, metricTable } from "../metrics/names.ts";

const intro = `# Metrics of the gateway

Generated from \`api/metrics/names.ts\` by \`npm run generate\`. Do not edit.

\`GET /metrics\` answers in Prometheus' text form. \`COMMONHOLD_METRICS\` says who may read it (see \`gateway-settings.md\`). Labels hold names
of deployments, hosts, routes and codes only: never anything that a client wrote.

| Name | Kind | Labels | Meaning |
| --- | --- | --- | --- |
`;

export function metricsPage(): string {
  return intro + Object.values<MetricEntry>(metricTable).map(row).join("");
}

function row({ name, kind, labels, help }: MetricEntry): string {
  return `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |\n`;
}
