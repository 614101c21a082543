/** `docs/reference/gateway-settings.md`, from the table of variables. */
import { variableRows } from "../../operator/settings/variables.ts";
import { variables } from "../settings.ts";

const intro = `# Settings of the gateway

Generated from \`api/settings.ts\` by \`npm run generate\`. Do not edit.

All settings are environment variables of the process. One that cannot be read stops the start with its name. \`KUBECONFIG\` says where
the Kubernetes API is; without it \`~/.kube/config\`, then the pod's own service account.

| Variable | Default | Meaning |
| --- | --- | --- |
`;

export function settingsPage(): string {
  return intro + variableRows(variables);
}
