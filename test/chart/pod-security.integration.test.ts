/** Every pod of the chart, given to an API server whose namespace enforces a Pod Security Standard: its own admission judges, not we. */
import { expect } from "vitest";
import { stringify } from "yaml";
import { kubectl, test } from "../control-plane/test.ts";
import { renderedObjects } from "./helm.ts";
import { type Pod, podsOf } from "./pods.ts";
import { installations, networks } from "./values.ts";

const ollama = (pod: Pod): boolean => pod.metadata.labels["app.kubernetes.io/name"] === "ollama";

test.for(Object.entries(installations))(
  "%s: all but Ollama may run where `restricted` is enforced",
  async ([, { values, profile }], { plane, namespace }) => {
    const pods = podsOf(await renderedObjects(values, profile)).filter((pod) => !ollama(pod));
    expect(pods.length).toBeGreaterThan(2);
    await kubectl(plane, ["label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted"]);
    await kubectl(plane, ["create", "--dry-run=server", "-f", "-"], { namespace, stdin: alone(pods) });
  },
);

test("an Ollama on a claim may run where `baseline` is enforced; one on a folder of its machine may not", async ({
  plane,
  namespace,
}) => {
  await kubectl(plane, ["label", "namespace", namespace, "pod-security.kubernetes.io/enforce=baseline"]);
  const machine = { name: "lab", node: "lab", class: "cpu" };
  const create = async (cache: object): Promise<string> => {
    const values = { cluster: { networks }, ollama: { machines: [{ ...machine, cache }] } };
    const pods = podsOf(await renderedObjects(values)).filter(ollama);
    return kubectl(plane, ["create", "--dry-run=server", "-f", "-"], { namespace, stdin: alone(pods) });
  };
  expect(await create({ size: "100Gi" })).toContain("created");
  await expect(create({ hostPath: "/var/lib/commonhold/ollama" })).rejects.toThrow(/violates PodSecurity.*hostPath/s);
});

/** As pods of their own. Priority and runtime classes are objects that other admission looks for. */
function alone(pods: readonly Pod[]): string {
  const named = pods.map(({ metadata, spec }, at) => {
    const { priorityClassName: _priority, runtimeClassName: _runtime, ...rest } = spec;
    const claimed = mounted(spec).filter(
      (name) => !rest.volumes?.some((volume: { name: string }) => volume.name === name),
    );
    const volumes = [
      ...(rest.volumes ?? []),
      ...claimed.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    ];
    const kept = { ...rest, volumes, automountServiceAccountToken: false };
    return { apiVersion: "v1", kind: "Pod", metadata: { name: `pod-${at}`, labels: metadata.labels }, spec: kept };
  });
  return named.map((pod) => stringify(pod, { compat: "yaml-1.1" })).join("---\n");
}

/** Volumes that its containers name; those of a StatefulSet's claims are in no template. */
function mounted({ containers }: Pod["spec"]): string[] {
  const names = containers.flatMap((container: { volumeMounts?: { name: string }[] }) =>
    (container.volumeMounts ?? []).map(({ name }) => name),
  );
  return [...new Set<string>(names)];
}
