/** The operator's generated reference pages, from its tables of settings and metrics. */
import { variableRows } from "../../settings/variables.ts";
import { fillerReference } from "../../site-registry/reference/pages.ts";
import { createOperatorMetrics } from "../metrics.ts";
import { variables } from "../settings.ts";

const settingsIntro = `# Settings of the operator

Generated from \`operator/server/settings.ts\` by \`npm run generate\`. Do not edit.

All settings are environment variables of the process. One that cannot be read stops the start with its name. \`KUBECONFIG\` says where
the Kubernetes API is; without it \`~/.kube/config\`, then the pod's own service account.

| Variable | Default | Meaning |
| --- | --- | --- |
`;

const metricsIntro = `# Metrics of the operator

Generated from \`operator/server/metrics.ts\` by \`npm run generate\`. Do not edit.

\`GET /metrics\` answers in Prometheus' text form; the usual metrics of a Node process (\`process_*\`, \`nodejs_*\`) come with them.

| Name | Kind | Meaning |
| --- | --- | --- |
`;

export async function operatorReference(): Promise<Map<string, string>> {
  return new Map([
    ["docs/reference/operator-settings.md", settingsIntro + variableRows(variables)],
    ["docs/reference/operator-metrics.md", metricsIntro + (await metricRows())],
    ...(await fillerReference()),
  ]);
}

async function metricRows(): Promise<string> {
  const metrics = await createOperatorMetrics().registry.getMetricsAsJSON();
  const own = metrics.filter(({ name }) => name.startsWith("commonhold_"));
  return own.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |\n`).join("");
}
