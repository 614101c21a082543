/** What people who ask get: from the gateway's metrics. */
import type { Dashboard, Query } from "./dashboard.ts";
import { quantiles, rateBy } from "./queries.ts";

/** Of health, readiness and metrics nobody asks a question. */
const asked = 'protocol!="",route!~"/healthz|/readyz|/metrics"';
const total = `sum(rate(commonhold_gateway_requests_total{${asked}}[$__rate_interval]))`;
const failed = `sum(rate(commonhold_gateway_requests_total{${asked},outcome=~"failed|broken"}[$__rate_interval]))`;
const byModel = '{deployment=~"$model"}';
const byHost = '{host=~"$host"}';
const stat = (expr: string): readonly Query[] => [{ expr, legend: "" }];

export const questions: Dashboard = {
  uid: "commonhold-questions",
  title: "commonhold / questions",
  choices: [
    { name: "model", metric: "commonhold_gateway_tokens_total", label: "deployment" },
    { name: "host", metric: "commonhold_gateway_host_requests_in_flight", label: "host" },
  ],
  rows: [
    {
      title: "At a glance",
      panels: [
        { title: "Questions per second", type: "stat", unit: "reqps", queries: stat(total) },
        {
          title: "Failed or broken off",
          description:
            "Share of all questions. Refusals that the client can mend (4xx) and clients that left do not count.",
          ...{ type: "stat", unit: "percentunit", queries: stat(`(${failed} or vector(0)) / (${total} > 0)`) },
        },
        {
          title: "First byte, p95",
          ...{ type: "stat", unit: "s" },
          queries: quantiles("commonhold_gateway_time_to_first_byte_seconds", "").slice(1),
        },
        {
          title: "Tokens generated per second",
          ...{ type: "stat", unit: "short" },
          queries: stat('sum(rate(commonhold_gateway_tokens_total{kind=~"generated|counted"}[$__rate_interval]))'),
        },
        {
          title: "Under way",
          description: "Waiting ones included.",
          ...{ type: "stat", unit: "short", queries: stat("sum(commonhold_gateway_requests_in_flight)") },
        },
        {
          title: "Waiting for a host",
          ...{ type: "stat", unit: "short", queries: stat("sum(commonhold_gateway_queue_length)") },
        },
      ],
    },
    {
      title: "Questions",
      panels: [
        {
          title: "By how they ended",
          ...{ type: "timeseries", unit: "reqps", isStacked: true },
          queries: [rateBy("commonhold_gateway_requests_total", "outcome", `{${asked}}`)],
        },
        {
          title: "Errors by code",
          description: "docs/reference/errors.md says what each means.",
          ...{ type: "timeseries", unit: "reqps", isStacked: true },
          queries: [rateBy("commonhold_gateway_refusals_total", "code")],
        },
        {
          title: "Clients that left, by when",
          description: "The host stops generating at once.",
          ...{ type: "timeseries", unit: "reqps" },
          queries: [rateBy("commonhold_gateway_cancels_total", "phase")],
        },
        {
          title: "Time to the first byte",
          description: "A stream's first token.",
          ...{ type: "timeseries", unit: "s" },
          queries: quantiles("commonhold_gateway_time_to_first_byte_seconds", "route"),
        },
        {
          title: "Time to the last byte",
          ...{ type: "timeseries", unit: "s" },
          queries: quantiles("commonhold_gateway_request_seconds", "route"),
        },
        {
          title: "Waiting for a place on a host",
          ...{ type: "timeseries", unit: "s" },
          queries: quantiles("commonhold_gateway_queue_seconds", ""),
        },
      ],
    },
    {
      title: "Models and hosts",
      panels: [
        {
          title: "Tokens per second, by model",
          description: "As hosts count them; events of a stream where a host does not.",
          ...{ type: "timeseries", unit: "short" },
          queries: [rateBy("commonhold_gateway_tokens_total", "deployment, kind", byModel)],
        },
        {
          title: "Waiting, by model",
          ...{ type: "timeseries", unit: "short" },
          queries: [
            { expr: `sum by (deployment) (commonhold_gateway_queue_length${byModel})`, legend: "{{deployment}}" },
          ],
        },
        {
          title: "Under way, by host",
          ...{ type: "timeseries", unit: "short", isStacked: true },
          queries: [
            { expr: `sum by (host) (commonhold_gateway_host_requests_in_flight${byHost})`, legend: "{{host}}" },
          ],
        },
        {
          title: "Failures of hosts",
          description: "Before the first byte another host is asked; after it the client is told.",
          ...{ type: "timeseries", unit: "reqps" },
          queries: [rateBy("commonhold_gateway_host_errors_total", "host, reason", byHost)],
        },
        {
          title: "Since the cluster was last heard",
          description: "While it is away, members, models and hosts stay as they were.",
          ...{ type: "timeseries", unit: "s" },
          queries: [{ expr: "max(commonhold_gateway_catalogue_age_seconds)", legend: "oldest gateway" }],
        },
      ],
    },
  ],
};
