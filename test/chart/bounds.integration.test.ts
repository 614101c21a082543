/** What a part may take of its machine: memory and disk, each bounded, or else with the reason why not. Beside it what kube-score holds against the chart. */
import { describe, expect, test } from "vitest";
import { programPath } from "../programs/program-path.ts";
import { tryRun } from "../programs/run.ts";
import { renderedObjects, renderedText } from "./helm.ts";
import { type Pod, podsOf } from "./pods.ts";
import { installations, machines, networks } from "./values.ts";

const all = Object.entries(installations);
const isOllama = ({ metadata }: Pod): boolean => metadata.labels["app.kubernetes.io/name"] === "ollama";

describe.each(all)("%s", (_, { values, profile }) => {
  test("bound the memory of every container but Ollama's, and ask for some for each", async () => {
    const pods = podsOf(await renderedObjects(values, profile));
    for (const pod of pods)
      for (const { resources } of pod.spec.containers) {
        expect(resources.requests).toMatchObject({ cpu: expect.anything(), memory: expect.anything() });
        if (!isOllama(pod))
          expect(bytesOf(resources.limits.memory)).toBeGreaterThanOrEqual(bytesOf(resources.requests.memory));
      }
  });

  test("let each write nowhere but into folders of bounded size, and Ollama into its models' folder", async () => {
    for (const pod of podsOf(await renderedObjects(values, profile))) {
      for (const { securityContext } of pod.spec.containers) expect(securityContext.readOnlyRootFilesystem).toBe(true);
      for (const volume of pod.spec.volumes ?? []) {
        const { name, emptyDir, hostPath, persistentVolumeClaim, secret, configMap, projected } = volume;
        if (emptyDir) expect(emptyDir.sizeLimit, name).toMatch(/^\d+[MG]i$/);
        else if (hostPath) expect([isOllama(pod), name]).toEqual([true, "models"]);
        else expect(persistentVolumeClaim ?? secret ?? configMap ?? projected, name).toBeDefined();
      }
    }
  });
});

test("Ollama has the bound that its machine or its class names, in memory and on disk", async () => {
  const [tower, lab] = machines;
  const list = [
    { ...tower, resources: { limits: { memory: "24Gi" } } },
    { ...lab, cache: { size: "80Gi" } },
  ];
  const classes = { amd: { resources: { limits: { "amd.com/gpu": 1, memory: "32Gi" } } } };
  const objects = await renderedObjects({ cluster: { networks }, ollama: { machines: list, classes } });
  const limits = podsOf(objects)
    .filter(isOllama)
    .map(({ spec }) => spec.containers[0].resources.limits);
  expect(limits).toEqual([{ memory: "24Gi" }, { "amd.com/gpu": "1", memory: "32Gi" }]);
  const claims = objects.filter(
    ({ kind, metadata }) => kind === "PersistentVolumeClaim" && metadata.name.includes("ollama"),
  );
  expect(claims.map(({ spec }) => spec.resources.requests)).toEqual([{ storage: "80Gi" }]);
});

/** What kube-score holds against the chart and is meant so: of which objects, in which words, and why. */
const meant: readonly { id: string; of: RegExp; says?: RegExp; why: string }[] = [
  {
    id: "container-resources",
    of: /./,
    says: /^\w+: CPU limit is not set$/,
    why: "a limit of processors slows a process down though the machine is idle",
  },
  {
    id: "container-resources",
    of: /^DaemonSet commonhold-ollama-/,
    says: /^ollama: Memory limit is not set$/,
    why: "of a limit Ollama takes for free what the files that it has read do not fill, and refuses models that would fit (https://github.com/ollama/ollama/issues/15474); the operator places no more than a ModelHost's memory allows, and a limit can be set",
  },
  {
    id: "container-ephemeral-storage-request-and-limit",
    of: /^(Deployment|StatefulSet|Pod) /,
    why: "each writes into folders alone that have a size of their own",
  },
  {
    id: "container-ephemeral-storage-request-and-limit",
    of: /^DaemonSet commonhold-ollama-/,
    why: "but for its models it writes into a folder with a size of its own; models are on a claim, or in a folder of the node, which this limit does not count: a ModelHost's hardware.disk bounds them",
  },
  {
    id: "container-image-pull-policy",
    of: /./,
    why: "a version's image never changes, and a machine without a network must start",
  },
  {
    id: "container-security-context-user-group-id",
    of: /^DaemonSet commonhold-ollama-/,
    why: "its folder on a machine belongs to root; it has no capability",
  },
  {
    id: "pod-networkpolicy",
    of: /^(Deployment commonhold-(operator|gateway|governance)|StatefulSet commonhold-witness|DaemonSet commonhold-ollama-)/,
    says: /egress/,
    why: "what leaves is not bounded: models come from anywhere, and forges and witnesses are elsewhere",
  },
  {
    id: "pod-networkpolicy",
    of: /^Pod commonhold-question$/,
    why: "it listens to nobody, and is gone after its question",
  },
  {
    id: "pod-probes-identical",
    of: /^(DaemonSet commonhold-ollama-|Deployment commonhold-registry$)/,
    why: "each has one address that says that it lives",
  },
  {
    id: "deployment-has-poddisruptionbudget",
    of: /^Deployment commonhold-operator$/,
    why: "of its replicas one works and the others wait: none has to stay",
  },
  {
    id: "deployment-replicas",
    of: /^Deployment commonhold-(governance|registry)$/,
    why: "each has a volume that one pod holds at a time",
  },
  {
    id: "deployment-replicas",
    of: /^Deployment commonhold-(operator|gateway)$/,
    why: "the small profile has one of each, and says what that costs",
  },
  {
    id: "deployment-strategy",
    of: /^Deployment commonhold-(governance|registry)$/,
    why: "each has a volume that one pod holds at a time",
  },
  {
    id: "service-type",
    of: /^Service commonhold-registry$/,
    why: "hosts outside the cluster reach the site's registry by its nodes, where somebody chose so",
  },
  {
    id: "deployment-has-host-podantiaffinity",
    of: /^Deployment commonhold-(operator|gateway)$/,
    why: "replicas are spread by topology constraints, which let a small cluster have two on one node",
  },
];

interface Finding {
  id: string;
  /** Kind and name. */
  of: string;
  /** Container and words. */
  says: string;
}

describe("kube-score", () => {
  test("finds nothing but what is meant, each with its reason, and all of that", async () => {
    const texts = await Promise.all(all.map(([, { values, profile }]) => renderedText(values, profile)));
    const found = (await Promise.all(texts.map(score))).flat();
    const isMeant = (finding: Finding): boolean => meant.some((reason) => fits(reason, finding));
    expect(found.filter((finding) => !isMeant(finding))).toEqual([]);
    expect(meant.filter((reason) => !found.some((finding) => fits(reason, finding)))).toEqual([]);
  });

  test("would find a service without a limit of memory", async () => {
    const text = await renderedText({ gateway: { resources: { limits: { memory: null } } } });
    const found = (await score(text)).filter((finding) => !meant.some((reason) => fits(reason, finding)));
    expect(found).toEqual([
      { id: "container-resources", of: "Deployment commonhold-gateway", says: "gateway: Memory limit is not set" },
    ]);
  });
});

function fits({ id, of, says }: (typeof meant)[number], finding: Finding): boolean {
  return finding.id === id && of.test(finding.of) && (says?.test(finding.says) ?? true);
}

interface Scored {
  object_name: string;
  checks: {
    check: { id: string };
    grade: number;
    skipped: boolean;
    comments: { path: string; summary: string }[] | null;
  }[];
}

async function score(text: string): Promise<Finding[]> {
  const args = ["score", "-", "--output-format", "json", "--kubernetes-version", "v1.34"];
  // It ends with 1 where it finds something.
  const { stdout } = await tryRun(await programPath("kube-score"), args, { stdin: text });
  const objects = JSON.parse(stdout) as Scored[];
  if (objects.length < 5) throw new Error(`kube-score scored nothing: ${stdout}`);
  return objects.flatMap(({ object_name, checks }) => {
    const [kind, ...rest] = object_name.split("/");
    const findings = checks.filter(({ grade, skipped }) => !skipped && grade < 10);
    return findings.flatMap(({ check, comments }) =>
      (comments ?? [{ path: "", summary: "" }]).map(({ path, summary }) => ({
        id: check.id,
        of: `${kind} ${rest.at(-1)}`,
        says: path === "" ? summary : `${path}: ${summary}`,
      })),
    );
  });
}

function bytesOf(amount: string): number {
  const [, count, unit = ""] = /^(\d+)(Mi|Gi)$/.exec(amount) ?? [];
  if (count === undefined) throw new TypeError(`${amount} is no amount of memory that this test reads`);
  return Number(count) * (unit === "Gi" ? 1024 ** 3 : 1024 ** 2);
}
