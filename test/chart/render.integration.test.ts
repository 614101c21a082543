/** What the chart would install, seen by the tools that people trust, by the API server, and by the rules that we promise. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { test as onPlane } from "../control-plane/test.ts";
import type { Rule } from "./access/rules.ts";
import { foreignKinds } from "./foreign-kinds.ts";
import { chart, lint, type Manifest, namespace, renderedObjects, renderedText } from "./helm.ts";
import { findings } from "./kubeconform.ts";
import { type Pod, podsOf } from "./pods.ts";
import { kubernetesVersions } from "./schemas.ts";
import { installations, machines, networks } from "./values.ts";

const all = Object.entries(installations);
describe.each(all)("%s", (_, { values, profile }) => {
  test("pass helm's own check without a warning", async () => {
    expect(await lint(values, profile)).toContain("1 chart(s) linted, 0 chart(s) failed");
  });

  test.each(kubernetesVersions)(
    "are what Kubernetes %s knows, field by field",
    { timeout: 300_000 },
    async (version) => {
      expect(await findings([await renderedText(values, profile)], version)).toEqual([]);
    },
  );

  test("run everything but Ollama as the profile `restricted` asks", async () => {
    const others = podsOf(await renderedObjects(values, profile)).filter((pod) => !isOllama(pod));
    expect(others.length).toBeGreaterThan(2);
    for (const { spec } of others) {
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65_532,
        seccompProfile: { type: "RuntimeDefault" },
      });
      expect([spec.hostNetwork, spec.hostPID, spec.hostIPC]).toEqual([undefined, undefined, undefined]);
      const volumes: object[] = spec.volumes ?? [];
      expect(volumes.filter((volume) => "hostPath" in volume)).toEqual([]);
    }
  });

  test("run every pod but Ollama's where somebody said, and Ollama where its machine is", async () => {
    const { scheduling = {} } = values as { scheduling?: object };
    for (const pod of podsOf(await renderedObjects(values, profile))) {
      const { nodeSelector, tolerations, affinity } = pod.spec;
      if (isOllama(pod)) expect(affinity.nodeAffinity).toHaveProperty("requiredDuringSchedulingIgnoredDuringExecution");
      else expect({ nodeSelector, tolerations, affinity }).toEqual(scheduling);
    }
  });

  test("let no container write to its root or become more than it is", async () => {
    for (const { spec } of podsOf(await renderedObjects(values, profile))) {
      for (const container of spec.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.resources.requests).toMatchObject({ cpu: expect.anything(), memory: expect.anything() });
      }
    }
  });

  test("have roles and policies as they are generated, and nothing beyond", async () => {
    const objects = await renderedObjects(values, profile);
    const isRule = ({ kind }: Manifest): boolean =>
      /^(Cluster)?Role(Binding)?$|^ServiceAccount$|^ValidatingAdmission/.test(kind);
    const governs = objects.some(({ metadata }) => metadata.name === "commonhold-governance");
    const fills = objects.some(({ metadata }) => metadata.name === "commonhold-registry");
    const governing = [...manifestsIn("rbac"), ...manifestsIn("admission")]
      .filter((object) => governs || (!/governance/.test(object.metadata.name) && !isAdmission(object.metadata.name)))
      .filter((object) => fills || object.metadata.name !== "commonhold-registry-filler");
    const guarding = manifestsIn("guard").map((object) => ({
      ...object,
      metadata: { annotations: isKept, ...object.metadata },
    }));
    const { hostSecrets = [] } = values as { hostSecrets?: string[] };
    const expected = [...narrowed(governing, hostSecrets), ...guarding];
    const byName = (list: readonly Manifest[]): string[] =>
      list.map((object) => stringify(object, { sortMapEntries: true })).sort();
    expect(byName(objects.filter(isRule))).toEqual(byName(expected));
  });

  test("keep what nobody can make again when the release goes", async () => {
    const objects = await renderedObjects(values, profile);
    const kept = objects.filter(({ kind }) =>
      ["CustomResourceDefinition", "Namespace", "PersistentVolumeClaim"].includes(kind),
    );
    expect(kept.length).toBeGreaterThan(4);
    for (const { metadata } of kept) expect(metadata.annotations).toMatchObject(isKept);
    const guard = objects.filter(({ metadata }) => metadata.name === "commonhold-kept-kinds");
    expect(guard.map(({ metadata }) => metadata.annotations)).toEqual([isKept, isKept]);
  });

  onPlane("are taken by the API server", async ({ kubectl }) => {
    const objects = (await renderedObjects(values, profile)).filter(({ kind }) => !foreignKinds.includes(kind));
    const system = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    await kubectl(["apply", "--server-side", "-f", "-"], { stdin: stringify(system), namespace });
    const stdin = objects.map((object) => stringify(object)).join("---\n");
    const applied = await kubectl(["apply", "--server-side", "--dry-run=server", "-f", "-"], { stdin, namespace });
    expect(applied.trim().split("\n")).toHaveLength(objects.length);
  });
});

test.each([["off"], [false]])("metrics may be %s, since YAML reads the word as a boolean", async (metrics) => {
  const objects = await renderedObjects({ gateway: { metrics } });
  const gateway = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "commonhold-gateway");
  expect(gateway?.["spec"].template.spec.containers[0].env).toContainEqual({
    name: "COMMONHOLD_METRICS",
    value: "off",
  });
});

describe("Ollama", () => {
  test("is reached by gateway and operator of this release alone", async () => {
    const objects = await renderedObjects({ cluster: { networks }, ollama: { machines } });
    const [policy, ...others] = objects.filter(
      ({ kind, spec }) =>
        kind === "NetworkPolicy" && spec.podSelector.matchLabels["app.kubernetes.io/name"] === "ollama",
    );
    expect(others).toEqual([]);
    const pods = podsOf(objects);
    const chosen = pods.filter((pod) => matches(policy?.["spec"].podSelector.matchLabels, pod));
    expect(chosen).toHaveLength(machines.length);
    expect(chosen.every(isOllama)).toBe(true);
    expect(policy?.["spec"].ingress).toHaveLength(1);
    const [{ from, ports }] = policy?.["spec"].ingress ?? [{}];
    expect(ports).toEqual([{ protocol: "TCP", port: "ollama" }]);
    const callers = pods.filter((pod) =>
      from.some((peer: { podSelector: Selector }) => chooses(peer.podSelector, pod)),
    );
    expect(callers.map(({ metadata }) => metadata.labels["app.kubernetes.io/name"]).sort()).toEqual([
      "gateway",
      "operator",
    ]);
  });

  test("runs once per machine, on its node alone, with what its hardware class says", async () => {
    const objects = await renderedObjects({ cluster: { networks }, ollama: { machines } });
    const sets = objects.filter(({ kind }) => kind === "DaemonSet");
    const shown = sets.map(({ spec: { template } }) => ({
      affinity: template.spec.affinity,
      runtime: template.spec.runtimeClassName,
      image: template.spec.containers[0].image,
      limits: template.spec.containers[0].resources.limits,
      cache: template.spec.volumes
        .flatMap((volume: object) => Object.keys(volume))
        .filter((key: string) => /^(hostPath|persistent)/.test(key)),
    }));
    expect(shown).toEqual([
      {
        affinity: onNode("alices-tower"),
        runtime: "nvidia",
        image: "docker.io/ollama/ollama:0.24.0",
        cache: ["hostPath"],
      },
      {
        affinity: onNode("lab-server"),
        image: "docker.io/ollama/ollama:0.24.0-rocm",
        limits: { "amd.com/gpu": "1" },
        cache: ["persistentVolumeClaim"],
      },
      {
        affinity: onNode("raspberry-pi"),
        image: "docker.io/ollama/ollama:0.24.0",
        limits: { memory: "6Gi" },
        cache: ["hostPath"],
      },
    ]);
    for (const { spec } of sets.map(({ spec: { template } }) => template)) {
      const names = Object.fromEntries(
        spec.containers[0].env.map(({ name, value }: { name: string; value: string }) => [name, value]),
      );
      expect(names).toMatchObject({ OLLAMA_NO_CLOUD: "1", OLLAMA_NUM_PARALLEL: "1", OLLAMA_KEEP_ALIVE: "5m" });
      expect(spec.automountServiceAccountToken).toBe(false);
    }
  });

  test("has an address of its own for each machine", async () => {
    const objects = await renderedObjects({ cluster: { networks }, ollama: { machines } });
    for (const { name } of machines) {
      const service = objects.find(
        ({ kind, metadata }) => kind === "Service" && metadata.name === `commonhold-ollama-${name}`,
      );
      const pods = podsOf(objects).filter((pod) => matches(service?.["spec"].selector, pod));
      expect(pods.map(({ metadata }) => metadata.labels["commonhold.dev/machine"])).toEqual([name]);
    }
  });
});

interface Selector {
  matchExpressions: { key: string; operator: string; values: string[] }[];
}

/** By Helm and so by Flux; and by Argo CD, which would prune what is only kept. */
const isKept = {
  "helm.sh/resource-policy": "keep",
  "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
};

const isOllama = ({ metadata }: Pod): boolean => metadata.labels["app.kubernetes.io/name"] === "ollama";
const isAdmission = (name: string): boolean => /governed|keeper|issuer/.test(name);

function onNode(name: string): object {
  const nodeSelectorTerms = [{ matchFields: [{ key: "metadata.name", operator: "In", values: [name] }] }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

function matches(labels: Record<string, string>, { metadata }: Pod): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels[key] === value);
}

function chooses({ matchExpressions }: Selector, { metadata }: Pod): boolean {
  return matchExpressions.every(({ key, values }) => values.includes(metadata.labels[key] ?? ""));
}

function manifestsIn(folder: string): Manifest[] {
  const path = join(chart, "../../manifests", folder);
  return readdirSync(path).flatMap((name) =>
    parseAllDocuments(readFileSync(join(path, name), "utf8")).map((document) => document.toJS() as Manifest),
  );
}

/** What is generated lets a service read every Secret beside it: the chart leaves it those that hosts name. */
function narrowed(objects: readonly Manifest[], hostSecrets: readonly string[]): Manifest[] {
  const empty: string[] = [];
  const roles = objects.map((object) => {
    const rules = (object["rules"] as Rule[] | undefined)?.flatMap((rule) => {
      if (!rule.resources?.includes("secrets")) return [rule];
      return hostSecrets.length > 0 ? [{ ...rule, resourceNames: hostSecrets }] : [];
    });
    if (rules?.length === 0) empty.push(object.metadata.name);
    return rules ? { ...object, rules } : object;
  });
  return roles.filter(({ kind, metadata }) => !/^Role(Binding)?$/.test(kind) || !empty.includes(metadata.name));
}
