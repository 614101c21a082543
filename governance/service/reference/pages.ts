/** The generated reference pages of governance: settings of its two services, metrics, and every reason of a verdict with its sentence. */
import { variableRows } from "../../../operator/settings/variables.ts";
import { reasonCodes } from "../../constitution/reasons/reason.ts";
import { variables } from "../../settings.ts";
import { unratifiedReasons } from "../../verification/sentences.ts";
import { variables as witnessVariables } from "../../witness/settings.ts";
import { createGovernanceMetrics } from "../metrics.ts";

const settingsIntro = `# Settings of governance and of a witness

Generated from \`governance/settings.ts\` and \`governance/witness/settings.ts\` by \`npm run generate\`. Do not edit.

All settings are environment variables of the process. One that cannot be read stops the start with its name. \`KUBECONFIG\` says where
the Kubernetes API is; without it \`~/.kube/config\`, then the pod's own service account.

## The governance service

| Variable | Default | Meaning |
| --- | --- | --- |
`;

const witnessIntro = `
## A witness

A witness needs no cluster: any member's machine can be one (\`commonhold witness\`, which takes flags). In a container
\`witness\` without any flag, as the chart starts it, reads these.

| Variable | Default | Meaning |
| --- | --- | --- |
`;

const metricsIntro = `# Metrics of governance

Generated from \`governance/service/metrics.ts\` by \`npm run generate\`. Do not edit.

\`GET /metrics\` answers in Prometheus' text form; the usual metrics of a Node process (\`process_*\`, \`nodejs_*\`) come with them.

| Name | Kind | Meaning |
| --- | --- | --- |
`;

const verdictsIntro = `# What the decision log says

Generated from \`governance\` by \`npm run generate\`. Do not edit.

A record of the decision log holds codes, never words. A commit of the policy branch that is not in force has one of these:

| Code | Why |
| --- | --- |
`;

const reasonsIntro = `
A verdict has one or more of these; \`commonhold status\` and the forge show each with its numbers:

`;

export async function governanceReference(): Promise<Map<string, string>> {
  const unratified = Object.entries(unratifiedReasons).map(([code, why]) => `| \`${code}\` | ${why} |\n`);
  const reasons = reasonCodes.toSorted().map((code) => `- \`${code}\`\n`);
  return new Map([
    [
      "docs/reference/governance-settings.md",
      settingsIntro + variableRows(variables) + witnessIntro + variableRows(witnessVariables),
    ],
    ["docs/reference/governance-metrics.md", metricsIntro + (await metricRows())],
    ["docs/reference/decision-log.md", verdictsIntro + unratified.join("") + reasonsIntro + reasons.join("")],
  ]);
}

async function metricRows(): Promise<string> {
  const metrics = await createGovernanceMetrics().registry.getMetricsAsJSON();
  const own = metrics.filter(({ name }) => name.startsWith("commonhold_"));
  return own.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |\n`).join("");
}
