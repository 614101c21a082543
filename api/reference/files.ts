/** Every reference page that is generated from this room: path from the repository's root to content. */
import { errorsPage } from "./errors-page.ts";
import { metricsPage } from "./metrics-page.ts";
import { openapiFile } from "./openapi.ts";
import { settingsPage } from "./settings-page.ts";

export function generatedReference(): Map<string, string> {
  return new Map([
    ["docs/reference/errors.md", errorsPage()],
    ["docs/reference/gateway-metrics.md", metricsPage()],
    ["docs/reference/gateway-settings.md", settingsPage()],
    ["docs/reference/openapi.json", openapiFile()],
  ]);
}
