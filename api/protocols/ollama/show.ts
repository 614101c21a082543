/**
 * `/api/show` for clients: what they need to use a model (capabilities, sizes, template), without what is the host's own affair. Its
 * `modelfile` names paths on the machine, `system` is the deployment's, not the client's.
 */

const passed = [
  "license",
  "parameters",
  "template",
  "details",
  "model_info",
  "projector_info",
  "capabilities",
  "modified_at",
] as const;

export function shownToClients(description: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(passed.filter((name) => name in description).map((name) => [name, description[name]]));
}
