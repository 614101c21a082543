/** What the guide gives to Argo CD and Flux installs what `helm install` would, from files that are there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { chart, type Manifest, namespace, renderedObjects } from "./helm.ts";

const root = join(import.meta.dirname, "../..");
const guide = readFileSync(join(root, "docs/guides/operations.md"), "utf8");
const examples = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, text = ""]) =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest),
);
const { name, version, sources } = parse(readFileSync(join(chart, "Chart.yaml"), "utf8"));
const path = "charts/commonhold";

function example(kind: string): Manifest {
  const [found, ...others] = examples.filter((object) => object.kind === kind);
  if (!found || others.length > 0) throw new Error(`the guide does not have one ${kind}`);
  return found;
}

async function installs(values: object, profile: string): Promise<string[]> {
  return (await renderedObjects(values, profile)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

const parts = ["Deployment commonhold-gateway", "Deployment commonhold-governance", "Namespace community"];

describe("the Application for Argo CD", () => {
  const { metadata, spec } = example("Application");

  test("takes the chart from where it is, at its version", () => {
    expect(spec.source).toMatchObject({ repoURL: sources[0], path, targetRevision: `v${version}` });
    expect(spec.destination.namespace).toBe(namespace);
  });

  test("is named as its release, so that a label of the owner never differs from one of the chart", () => {
    expect(metadata.name).toBe(name);
    expect(spec.source.helm.releaseName).toBeUndefined();
  });

  test("names values that the chart takes", async () => {
    const [profile, ...others] = spec.source.helm.valueFiles;
    expect(others).toEqual([]);
    expect(await installs(spec.source.helm.valuesObject, profile)).toEqual(expect.arrayContaining(parts));
  });

  test("applies and compares on the side of the server", () => {
    expect(spec.syncPolicy.syncOptions).toContain("ServerSideApply=true");
    expect(metadata.annotations).toEqual({ "argocd.argoproj.io/compare-options": "ServerSideDiff=true" });
  });
});

describe("the HelmRelease for Flux", () => {
  const { metadata, spec } = example("HelmRelease");
  const source = example("GitRepository");

  test("takes the chart from where it is, at its version", () => {
    expect(source["spec"]).toMatchObject({ url: sources[0], ref: { tag: `v${version}` } });
    expect(spec.chart.spec.sourceRef).toEqual({ kind: "GitRepository", name: source.metadata.name });
    expect(spec.chart.spec.chart).toBe(`./${path}`);
    expect([metadata.name, metadata.namespace, source.metadata.namespace]).toEqual([name, namespace, namespace]);
  });

  test("names files of values that are there, the chart's own first, since no other is taken besides", () => {
    const files: string[] = spec.chart.spec.valuesFiles;
    expect(files[0]).toBe(`${path}/values.yaml`);
    for (const file of files) expect(existsSync(join(root, file))).toBe(true);
  });

  test("names values that the chart takes", async () => {
    const profile = spec.chart.spec.valuesFiles[1].replace(`${path}/`, "");
    expect(await installs(spec.values, profile)).toEqual(expect.arrayContaining(parts));
  });
});
