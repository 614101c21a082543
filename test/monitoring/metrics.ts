/** Every metric that a service of ours tells, from the tables and registries that the services themselves use. */
import type { Registry } from "prom-client";
import { createMetrics } from "../../api/metrics/metrics.ts";
import { createGovernanceMetrics } from "../../governance/service/metrics.ts";
import { createOperatorMetrics } from "../../operator/server/metrics.ts";
import { createFillerMetrics } from "../../operator/site-registry/metrics.ts";

export interface Family {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
}

const registries: Readonly<Record<"gateway" | "operator" | "governance" | "filler", Registry>> = {
  gateway: createMetrics().registry,
  operator: createOperatorMetrics().registry,
  governance: createGovernanceMetrics().registry,
  filler: createFillerMetrics().registry,
};

/** By name; those of the Node process itself are left out, they are the same for every program. */
export const families: ReadonlyMap<string, Family> = new Map(
  Object.values(registries)
    .flatMap((registry) => registry.getMetricsAsArray())
    .filter(({ name }) => name.startsWith("commonhold_"))
    .map((metric) => {
      const { name, type, labelNames } = metric as unknown as { name: string; type: string; labelNames: string[] };
      return [name, { name, kind: type as Family["kind"], labels: labelNames }];
    }),
);
