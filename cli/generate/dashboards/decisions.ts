/** How a community decides, and whether what it decided is in force: from governance's metrics. */
import type { Dashboard, Query } from "./dashboard.ts";
import { quantiles, rateBy } from "./queries.ts";

const stat = (expr: string): readonly Query[] => [{ expr, legend: "" }];
const latest = (name: string): string => `max(commonhold_governance_${name})`;

export const decisions: Dashboard = {
  uid: "commonhold-decisions",
  title: "commonhold / decisions",
  choices: [],
  rows: [
    {
      title: "At a glance",
      panels: [
        {
          title: "Open proposals",
          ...{ type: "stat", unit: "short", queries: stat("sum(commonhold_governance_proposals_open) or vector(0)") },
        },
        {
          title: "What is wrong",
          description: "How many things; by code below, in words in the service's log.",
          ...{ type: "stat", unit: "short", queries: stat("sum(commonhold_governance_troubles) or vector(0)") },
        },
        {
          title: "From ratification to being in force",
          description: "Of the last decision; its timelock is part of it.",
          ...{ type: "stat", unit: "s", queries: stat(latest("last_apply_seconds")) },
        },
        { title: "Records of the log", type: "stat", unit: "short", queries: stat(latest("log_records")) },
        {
          title: "Since the last look",
          description: "At the forge and the cluster.",
          ...{ type: "stat", unit: "s", queries: stat(`time() - ${latest("last_pass_timestamp_seconds")}`) },
        },
        { title: "A service leads", type: "stat", unit: "short", queries: stat(latest("leader")) },
      ],
    },
    {
      title: "Proposals and rollout",
      panels: [
        {
          title: "Open proposals, by state",
          ...{ type: "timeseries", unit: "short", isStacked: true },
          queries: [{ expr: "max by (state) (commonhold_governance_proposals_open)", legend: "{{state}}" }],
        },
        {
          title: "Rollout",
          description: "The one that is 1: applied, waiting (for a timelock, or for health), failed, held, unknown.",
          ...{ type: "timeseries", unit: "short", isStacked: true },
          queries: [{ expr: "max by (state) (commonhold_governance_rollout_state)", legend: "{{state}}" }],
        },
        {
          title: "Put right after somebody changed it",
          ...{ type: "timeseries", unit: "ops" },
          queries: [rateBy("commonhold_governance_drift_corrected_total", "kind")],
        },
      ],
    },
    {
      title: "Forge, log and witnesses",
      panels: [
        {
          title: "What is wrong, by code",
          description:
            "Forge… and Git…: the forge does not answer, or says no. Witness: too few cosign, or one knows another log.",
          ...{ type: "timeseries", unit: "short", isStacked: true },
          queries: [{ expr: "max by (code) (commonhold_governance_troubles)", legend: "{{code}}" }],
        },
        {
          title: "Records, and those that witnesses have cosigned",
          ...{ type: "timeseries", unit: "short" },
          queries: [
            { expr: latest("log_records"), legend: "records" },
            { expr: latest("log_cosigned_records"), legend: "cosigned" },
          ],
        },
        {
          title: "Notices from the forge",
          ...{ type: "timeseries", unit: "ops" },
          queries: [rateBy("commonhold_governance_webhooks_total", "outcome")],
        },
        {
          title: "Duration of a pass",
          ...{ type: "timeseries", unit: "s" },
          queries: quantiles("commonhold_governance_pass_seconds", ""),
        },
        {
          title: "Passes that broke off",
          ...{ type: "timeseries", unit: "ops" },
          queries: [
            { expr: "sum(rate(commonhold_governance_pass_failures_total[$__rate_interval]))", legend: "broken off" },
          ],
        },
      ],
    },
  ],
};
