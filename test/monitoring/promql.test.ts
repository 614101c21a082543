import { describe, expect, test } from "vitest";
import { families } from "./metrics.ts";
import { examine } from "./promql.ts";

const bucket = "commonhold_gateway_queue_seconds_bucket";

describe("an expression", () => {
  test("that is right has no problem, and is known by its families and the labels of its answer", () => {
    const expr = `histogram_quantile(0.95, sum by (le, route) (rate(commonhold_gateway_request_seconds_bucket{route="/x"}[$__rate_interval])))`;
    expect(examine(expr, families)).toEqual({
      families: ["commonhold_gateway_request_seconds"],
      labels: ["route"],
      problems: [],
    });
  });

  const refused: Record<string, [expression: string, sentence: RegExp]> = {
    "that does not parse is refused with the place": [
      "sum(rate(commonhold_gateway_requests_total[5m])",
      /does not parse at character 47/,
    ],
    "for a rate over no time is refused": ["rate(commonhold_gateway_requests_total)", /needs a time, such as \[5m\]/],
    "for nothing is refused": ["vector(1)", /asks for no metric/],
    "for a metric that nobody tells is refused": ["commonhold_gateway_request_count", /which no service tells/],
    "for a metric of others is refused": ["up", /asks for up, which no service tells/],
    "for a counter by a suffix of histograms is refused": [
      "rate(commonhold_gateway_tokens_total_sum[5m])",
      /no service tells/,
    ],
    "for a label that the metric does not have is refused": [
      'commonhold_gateway_queue_length{host="a"}',
      /for host, which it does not have/,
    ],
    "grouped by a label that it does not have is refused": [
      "sum by (host) (commonhold_gateway_queue_length)",
      /groups by host/,
    ],
    "that shows a counter as it is is refused": ["commonhold_gateway_requests_total", /only grows: show its rate/],
    "that shows a sum of a counter is refused": ["sum(commonhold_gateway_requests_total)", /only grows/],
    "that shows the rate of a gauge is refused": [
      "rate(commonhold_gateway_queue_length[5m])",
      /is a gauge: it has no rate/,
    ],
    "for a histogram by its own name is refused": ["rate(commonhold_gateway_queue_seconds[5m])", /ask for its _bucket/],
    "for buckets without their rate is refused": [`histogram_quantile(0.5, sum by (le) (${bucket}))`, /only grows/],
    "for buckets that are no quantile is refused": [`sum by (le) (rate(${bucket}[5m]))`, /is for histogram_quantile/],
    "for a quantile that loses its bounds is refused": [
      `histogram_quantile(0.5, sum(rate(${bucket}[5m])))`,
      /over a sum by le/,
    ],
  };
  test.each(Object.entries(refused))("%s", (_, [expression, sentence]) => {
    expect(examine(expression, families).problems.join("\n")).toMatch(sentence);
  });
});
