/** The generated reference pages of the filler of the site's registry, from its tables of settings and metrics. */
import { variableRows } from "../../settings/variables.ts";
import { createFillerMetrics } from "../metrics.ts";
import { variables } from "../settings.ts";

const settingsIntro = `# Settings of the filler of the site's registry

Generated from \`operator/site-registry/settings.ts\` by \`npm run generate\`. Do not edit.

All settings are environment variables of the process. One that cannot be read stops the start with its name. \`KUBECONFIG\` says where
the Kubernetes API is; without it \`~/.kube/config\`, then the pod's own service account. The chart sets them
(\`siteRegistry.fill\`, [values](chart-values.md)).

| Variable | Default | Meaning |
| --- | --- | --- |
`;

const metricsIntro = `# Metrics of the filler of the site's registry

Generated from \`operator/site-registry/metrics.ts\` by \`npm run generate\`. Do not edit.

\`GET /metrics\` answers in Prometheus' text form; the usual metrics of a Node process (\`process_*\`, \`nodejs_*\`) come with them.

| Name | Kind | Meaning |
| --- | --- | --- |
`;

export async function fillerReference(): Promise<Map<string, string>> {
  return new Map([
    ["docs/reference/registry-filler-settings.md", settingsIntro + variableRows(variables)],
    ["docs/reference/registry-filler-metrics.md", metricsIntro + (await metricRows())],
  ]);
}

async function metricRows(): Promise<string> {
  const metrics = await createFillerMetrics().registry.getMetricsAsJSON();
  const own = metrics.filter(({ name }) => name.startsWith("commonhold_"));
  return own.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |\n`).join("");
}
