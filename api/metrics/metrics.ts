/** The metrics of `names.ts` as prom-client's objects in a registry of their own: two gateways in one process do not mix. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type MetricEntry, metricTable } from "./names.ts";

export interface Metrics {
  readonly registry: Registry;
  count(name: CounterName, labels: Record<string, string>, by?: number): void;
  observe(name: HistogramName, labels: Record<string, string>, seconds: number): void;
  /** Called when the registry is read: gauges are computed then, not kept. */
  onRead(collect: (set: SetGauge) => void): void;
}

export type SetGauge = (name: GaugeName, labels: Record<string, string>, value: number) => void;

type NamesOf<Kind extends MetricEntry["kind"]> = {
  [Name in keyof typeof metricTable]: (typeof metricTable)[Name]["kind"] extends Kind ? Name : never;
}[keyof typeof metricTable];
export type CounterName = NamesOf<"counter">;
export type GaugeName = NamesOf<"gauge">;
export type HistogramName = NamesOf<"histogram">;

export function createMetrics(): Metrics {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const collectors: ((set: SetGauge) => void)[] = [];
  const setGauge: SetGauge = (name, labels, value) => gauges.get(name)?.set(labels, value);
  for (const [key, entry] of Object.entries<MetricEntry>(metricTable)) {
    const options = { name: entry.name, help: entry.help, labelNames: [...entry.labels], registers: [registry] };
    if (entry.kind === "counter") counters.set(key, new Counter(options));
    else if (entry.kind === "gauge") gauges.set(key, new Gauge(options));
    else histograms.set(key, new Histogram({ ...options, buckets: [...(entry.buckets ?? [])] }));
  }
  const read = registry.metrics.bind(registry);
  registry.metrics = () => {
    for (const gauge of gauges.values()) gauge.reset();
    for (const collect of collectors) collect(setGauge);
    return read();
  };
  return {
    registry,
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    observe: (name, labels, seconds) => histograms.get(name)?.observe(labels, seconds),
    onRead: (collect) => void collectors.push(collect),
  };
}
