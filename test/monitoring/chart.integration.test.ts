/** Dashboards and alerts as the chart brings them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { chart, type Manifest, renderedObjects } from "../chart/helm.ts";
import { governed, networks } from "../chart/values.ts";

const file = (path: string): string => readFileSync(join(chart, "files", path), "utf8");
const isDashboard = ({ kind, metadata }: Manifest): boolean =>
  kind === "ConfigMap" && metadata.name.startsWith("commonhold-dashboard-");
const networkPolicies = { metricsFrom: { "kubernetes.io/metadata.name": "monitoring" } };
const isRule = ({ kind }: Manifest): boolean => kind === "PrometheusRule";

describe("the chart's dashboards and alerts", () => {
  test("are not there unless they are asked for", async () => {
    const objects = await renderedObjects({ networkPolicies, monitoring: { serviceMonitor: { enabled: true } } });
    expect(objects.filter((object) => isDashboard(object) || isRule(object))).toEqual([]);
  });

  test("are fed by one ServiceMonitor, or by two where only the gateway is to see a key", async () => {
    const monitorsOf = async (serviceMonitor: object) =>
      (await renderedObjects({ networkPolicies, monitoring: { serviceMonitor: { enabled: true, ...serviceMonitor } } }))
        .filter(({ kind }) => kind === "ServiceMonitor")
        .map(({ spec }) => ({
          names: spec.selector.matchExpressions[1].values,
          authorization: spec.endpoints[0].authorization,
        }));
    expect(await monitorsOf({})).toEqual([{ names: ["operator", "gateway", "governance"], authorization: undefined }]);
    expect(await monitorsOf({ keySecret: "prometheus-key" })).toEqual([
      { names: ["operator", "governance"], authorization: undefined },
      { names: ["gateway"], authorization: { type: "Bearer", credentials: { name: "prometheus-key", key: "key" } } },
    ]);
  });

  test("and of a site's registry that fills itself, by the first of the two", async () => {
    const values = { networkPolicies, cluster: { networks }, siteRegistry: { enabled: true } };
    const monitoring = { serviceMonitor: { enabled: true, keySecret: "prometheus-key" } };
    const objects = await renderedObjects({ ...values, monitoring });
    const [first] = objects.filter(({ kind }) => kind === "ServiceMonitor");
    expect(first?.["spec"].selector.matchExpressions[1].values).toEqual(["operator", "governance", "registry-filler"]);
    const [service] = objects.filter(
      ({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] === "registry-filler",
    );
    expect(service?.["spec"].ports[0].name).toBe("http");
  });

  test("come as they are generated, where Grafana's sidecar looks and into the folder that it is told", async () => {
    const dashboards = { enabled: true, namespace: "monitoring", folder: "Our: AI", labels: { more: "yes" } };
    const objects = (await renderedObjects({ governance: governed, monitoring: { dashboards } })).filter(isDashboard);
    expect(objects.map(({ metadata }) => metadata.name.replace("commonhold-dashboard-", ""))).toEqual([
      "gateway",
      "operator",
      "governance",
    ]);
    for (const { metadata, data } of objects) {
      expect(metadata.namespace).toBe("monitoring");
      expect(metadata.labels).toMatchObject({ grafana_dashboard: "1", more: "yes" });
      expect(metadata.annotations).toEqual({ grafana_folder: "Our: AI" });
      const [[name = "", text] = []] = Object.entries(data as Record<string, string>);
      expect(JSON.parse(text ?? "")).toEqual(JSON.parse(file(`dashboards/${name.replace("commonhold-", "")}`)));
    }
  });

  test("alert about everything that is installed, and about nothing that is not", async () => {
    const alerts = { enabled: true, labels: { release: "prometheus" } };
    const groupsOf = async (values: object) => {
      const [rule] = (await renderedObjects({ ...values, monitoring: { alerts } })).filter(isRule);
      expect(rule?.metadata.labels).toMatchObject(alerts.labels);
      return rule?.["spec"].groups as { name: string; rules: unknown[] }[];
    };
    const site = { cluster: { networks }, siteRegistry: { enabled: true } };
    const groups = await groupsOf({ ...site, governance: governed });
    expect(groups).toEqual(
      ["gateway", "operator", "governance", "site-registry"].map((part) => ({
        name: `commonhold-${part}`,
        rules: parse(file(`alerts/${part}.yaml`)),
      })),
    );
    expect(await groupsOf({})).toEqual(groups.slice(0, 2));
    const byHand = { ...site, siteRegistry: { enabled: true, fill: { enabled: false } } };
    expect(await groupsOf(byHand)).toEqual(groups.slice(0, 2));
  });
});
