/** The dashboards that the chart brings, one for each part that tells something; a part that is not installed has none. */
import { type Dashboard, dashboardJson } from "./dashboard.ts";
import { decisions } from "./decisions.ts";
import { machines } from "./machines.ts";
import { questions } from "./questions.ts";

/** By the service whose metrics it shows. */
export const dashboards: Readonly<Record<"gateway" | "operator" | "governance", Dashboard>> = {
  gateway: questions,
  operator: machines,
  governance: decisions,
};

/** Path from the repository's root to content. */
export function dashboardFiles(): Map<string, string> {
  const entries = Object.entries(dashboards);
  return new Map(
    entries.map(([part, dashboard]) => [`charts/commonhold/files/dashboards/${part}.json`, dashboardJson(dashboard)]),
  );
}
