/** Machines and what is brought onto them: from the metrics of the operator, and of the filler of a site's registry. */
import type { Dashboard, Query } from "./dashboard.ts";
import { quantiles, rateBy } from "./queries.ts";

const byHost = 'host=~"$host"';
const stat = (expr: string): readonly Query[] => [{ expr, legend: "" }];
/** Only the one that leads looks at hosts; a copy that led before tells nothing any more. */
const room = (resource: "memory" | "disk", part: "used" | "allowed"): string =>
  `max by (host) (commonhold_operator_host_${resource}_bytes{${byHost},part="${part}"})`;
const roomOf = (resource: "memory" | "disk"): readonly Query[] => [
  { expr: room(resource, "used"), legend: "{{host}} used" },
  { expr: room(resource, "allowed"), legend: "{{host}} allowed" },
];

export const machines: Dashboard = {
  uid: "commonhold-machines",
  title: "commonhold / machines",
  choices: [{ name: "host", metric: "commonhold_operator_host_memory_bytes", label: "host" }],
  rows: [
    {
      title: "At a glance",
      panels: [
        {
          title: "Machines that answer",
          ...{ type: "stat", unit: "short", queries: stat('max(commonhold_operator_hosts{state="reachable"})') },
        },
        {
          title: "Machines that are away",
          ...{ type: "stat", unit: "short", queries: stat('max(commonhold_operator_hosts{state="away"})') },
        },
        {
          title: "Steps on hosts now",
          description: "Pulling, making, loading, removing.",
          ...{ type: "stat", unit: "short", queries: stat("max(commonhold_operator_tasks_running)") },
        },
        {
          title: "An operator leads",
          description: "1, or nobody brings models onto machines; what runs goes on.",
          ...{ type: "stat", unit: "short", queries: stat("max(commonhold_operator_leader)") },
        },
      ],
    },
    {
      title: "Room",
      panels: [
        { title: "Memory for models", type: "timeseries", unit: "bytes", queries: roomOf("memory") },
        {
          title: "Disk for models",
          description: "Of machines whose owner declared it.",
          ...{ type: "timeseries", unit: "bytes", queries: roomOf("disk") },
        },
        {
          title: "Pulled and sent",
          ...{ type: "timeseries", unit: "Bps" },
          queries: [
            { expr: "sum(rate(commonhold_operator_transferred_bytes_total[$__rate_interval]))", legend: "all" },
          ],
        },
      ],
    },
    {
      title: "The site's registry, where it fills itself",
      panels: [
        {
          title: "Models that are decided",
          description:
            "Those that fail, are refused or have no place of their own come to each machine from their own registry.",
          ...{ type: "timeseries", unit: "short", isStacked: true },
          queries: [{ expr: "max by (state) (commonhold_registry_filler_models)", legend: "{{state}}" }],
        },
        {
          title: "Fetched for all machines",
          ...{ type: "timeseries", unit: "Bps" },
          queries: [
            { expr: "sum(rate(commonhold_registry_filler_fetched_bytes_total[$__rate_interval]))", legend: "all" },
          ],
        },
        {
          title: "Copies by how they ended",
          description: "Its log names the model and why (`deploy/commonhold-registry`, container `filler`).",
          ...{ type: "timeseries", unit: "ops" },
          queries: [rateBy("commonhold_registry_filler_copies_total", "outcome")],
        },
        {
          title: "Since the last copy failed",
          ...{ type: "stat", unit: "s" },
          queries: stat("time() - max(commonhold_registry_filler_last_failure_timestamp_seconds > 0)"),
        },
      ],
    },
    {
      title: "Work",
      panels: [
        {
          title: "Steps by kind",
          ...{ type: "timeseries", unit: "ops" },
          queries: [rateBy("commonhold_operator_steps_total", "step", '{outcome="ok"}')],
        },
        {
          title: "Steps that failed",
          description: "Each is tried again with growing pauses; `kubectl get md -o yaml` has the reason.",
          ...{ type: "timeseries", unit: "ops" },
          queries: [rateBy("commonhold_operator_steps_total", "step", '{outcome="failed"}')],
        },
        {
          title: "Waiting for a worker",
          ...{ type: "timeseries", unit: "short" },
          queries: [{ expr: "max by (controller) (commonhold_operator_queue_depth)", legend: "{{controller}}" }],
        },
        {
          title: "Passes over an object, by how they ended",
          ...{ type: "timeseries", unit: "ops", isStacked: true },
          queries: [rateBy("commonhold_operator_reconciles_total", "controller, outcome")],
        },
        {
          title: "Duration of a pass",
          ...{ type: "timeseries", unit: "s" },
          queries: quantiles("commonhold_operator_reconcile_seconds", "controller"),
        },
        {
          title: "Writes of a status",
          ...{ type: "timeseries", unit: "ops" },
          queries: [rateBy("commonhold_operator_status_writes_total", "kind, outcome")],
        },
      ],
    },
  ],
};
