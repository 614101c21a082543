/**
 * Every metric of the gateway: name, kind, labels, meaning. `docs/reference/gateway-metrics.md` is generated from this table.
 * Labels hold only what the cluster's own objects are named and what this file lists: never a text that a client sent.
 */

export interface MetricEntry {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
  readonly buckets?: readonly number[];
}

const firstByteBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export const metricTable = {
  requests: {
    name: "commonhold_gateway_requests_total",
    kind: "counter",
    labels: ["protocol", "route", "outcome"],
    help: "Requests that ended. outcome: ok, refused (4xx), failed (5xx), broken (after the first byte), cancelled (the client left).",
  },
  refusals: {
    name: "commonhold_gateway_refusals_total",
    kind: "counter",
    labels: ["code"],
    help: "Errors sent to clients, by their code (docs/reference/errors.md).",
  },
  inFlight: {
    name: "commonhold_gateway_requests_in_flight",
    kind: "gauge",
    labels: [],
    help: "Requests for tokens or vectors that have begun and not ended, waiting ones included.",
  },
  queued: {
    name: "commonhold_gateway_queue_length",
    kind: "gauge",
    labels: ["deployment"],
    help: "Requests that wait for a place on a host.",
  },
  queueSeconds: {
    name: "commonhold_gateway_queue_seconds",
    kind: "histogram",
    labels: [],
    help: "How long requests waited for a place on a host.",
    buckets: [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  firstByteSeconds: {
    name: "commonhold_gateway_time_to_first_byte_seconds",
    kind: "histogram",
    labels: ["route"],
    help: "From the request's arrival to the first byte of its answer.",
    buckets: firstByteBuckets,
  },
  durationSeconds: {
    name: "commonhold_gateway_request_seconds",
    kind: "histogram",
    labels: ["route"],
    help: "From the request's arrival to the last byte of its answer.",
    buckets: firstByteBuckets,
  },
  tokens: {
    name: "commonhold_gateway_tokens_total",
    kind: "counter",
    labels: ["deployment", "kind"],
    help: "Tokens as the hosts report them (kind: prompt, generated), or streamed events where a host reported none (kind: counted).",
  },
  cancels: {
    name: "commonhold_gateway_cancels_total",
    kind: "counter",
    labels: ["phase"],
    help: "Requests whose client left. phase: queued, before_first_byte, streaming.",
  },
  hostErrors: {
    name: "commonhold_gateway_host_errors_total",
    kind: "counter",
    labels: ["host", "reason"],
    help: "Times a host could not answer before the first byte, or broke off after it (reason: broken, stalled).",
  },
  hostInFlight: {
    name: "commonhold_gateway_host_requests_in_flight",
    kind: "gauge",
    labels: ["host"],
    help: "Requests of this gateway that a host works on.",
  },
  catalogueAge: {
    name: "commonhold_gateway_catalogue_age_seconds",
    kind: "gauge",
    labels: [],
    help: "How long ago the Kubernetes API was last heard, while it is away; 0 while watches stand.",
  },
} as const satisfies Record<string, MetricEntry>;

export type MetricName = keyof typeof metricTable;
