/**
 * Friends' machines as nodes of one cluster: what the real controllers and the real scheduler make of the chart where three kinds of hardware, and
 * nodes that belong to nobody, come and go. Each test goes on where the one before ended.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { kubectl } from "../control-plane/test.ts";
import { type Cluster, startCluster } from "./classes/cluster.ts";
import {
  addCrowd,
  addNode,
  addRuntimeClass,
  addVolume,
  evict,
  putRelease,
  servicesRolledOut,
} from "./classes/installation.ts";
import { openNodes, shapes } from "./classes/nodes.ts";
import { daemonSetOf, isReady, machineOf, nodeOf, placed, podsOf, type RunningPod, uidOf } from "./classes/pods.ts";
import { remains } from "./classes/remains.ts";
import { namespace } from "./helm.ts";
import { machines } from "./values.ts";

const gateways = 3;
const operators = 2;
const services = gateways + operators + 1;
const eventually = { timeout: 60_000, interval: 200 };
const homes = { tower: "alices-tower", lab: "lab-server", pi: "raspberry-pi" };
/** Of governance, and of the models of the machine that keeps them in a claim. */
const volumes = { log: "5Gi", "lab-models": "200Gi" };
/** Daemons stay; what a service keeps in a folder of its pod is not worth keeping. */
const drained = ["--ignore-daemonsets", "--delete-emptydir-data", "--timeout=50s"];
const debugging = { gateway: { logLevel: "debug" } };
/** Its node joins late, with room for one Ollama and little else. */
const attic = { name: "attic", node: "attic-pc", class: "cpu" };
/** What helm says of a machine → how many pods its DaemonSet wants all the same. */
const unfit = {
  "has no label nvidia.com/gpu.present=true, which class nvidia asks for": {
    machine: { name: "cellar", node: "old-laptop", class: "nvidia" },
    desired: 0,
  },
  "offers no amd.com/gpu, of which class amd asks for some": {
    machine: { name: "office", node: "office-pc", class: "amd" },
    desired: 1,
  },
  "is tainted workshop.example/lathe:NoSchedule, which class cpu does not tolerate": {
    machine: { name: "workshop", node: "workshop-pc", class: "cpu" },
    desired: 0,
  },
};

/** As they are in the end. */
const lastMachines = machines.map((machine) => (machine.name === "pi" ? { ...machine, node: "office-pc" } : machine));
const lastOllama = {
  machines: lastMachines,
  classes: { nvidia: { nodeSelector: { "nvidia.com/gpu.present": "true" } } },
  updateStrategy: "OnDelete",
  keepAlive: "7m",
};

let cluster: Cluster;
let notes = "";

beforeAll(async () => {
  cluster = await startCluster();
  for (const shape of shapes) await addNode(cluster, shape);
  for (const [name, size] of Object.entries(volumes)) await addVolume(cluster, name, size);
  notes = await putRelease(cluster, "install");
});
afterEach(async ({ task }) => {
  if (cluster && task.result?.state === "fail") process.stderr.write(`${await remains(cluster)}\n`);
});
afterAll(() => cluster?.stop());

describe("a machine whose node lacks something", () => {
  test("has no Ollama where its RuntimeClass is missing; helm's last words and the DaemonSet's events say which", async () => {
    expect(notes).toContain("tower: the cluster has no RuntimeClass nvidia, which class nvidia names");
    const said = async (): Promise<string> => (await daemonSetOf(cluster, "tower")).events;
    await expect.poll(said, eventually).toContain('RuntimeClass "nvidia" not found');
    expect(await placed(cluster)).not.toHaveProperty("tower");
  });

  test("has one as soon as that is there", async () => {
    await addRuntimeClass(cluster);
    await expect.poll(() => placed(cluster), eventually).toEqual(homes);
  });
});

describe("hardware classes", () => {
  test("land on their machines' nodes alone, with what each class says", async () => {
    expect((await podsOf(cluster, "ollama")).map(shownOf)).toEqual([
      {
        machine: "lab",
        node: "lab-server",
        image: "docker.io/ollama/ollama:0.24.0-rocm",
        tolerates: ["amd.com/gpu"],
        memory: "2Gi",
        limits: { "amd.com/gpu": "1" },
        flashAttention: "1",
        models: ["persistentVolumeClaim"],
      },
      {
        machine: "pi",
        node: "raspberry-pi",
        image: "docker.io/ollama/ollama:0.24.0",
        tolerates: [],
        memory: "1Gi",
        limits: { memory: "6Gi" },
        flashAttention: "0",
        models: ["hostPath"],
      },
      {
        machine: "tower",
        node: "alices-tower",
        image: "docker.io/ollama/ollama:0.24.0",
        runtime: "nvidia",
        tolerates: ["nvidia.com/gpu"],
        memory: "2Gi",
        flashAttention: "1",
        devices: "all",
        models: ["hostPath"],
      },
    ]);
  });

  test("want one pod for each machine, none for others", async () => {
    for (const { name } of machines) expect((await daemonSetOf(cluster, name)).desired).toBe(1);
  });

  test("leave the services the nodes that are not tainted for something else", async () => {
    await expect.poll(servicesReady, eventually).toBe(services);
    expect([...new Set((await allServices()).map(nodeOf))].sort()).toEqual([...openNodes].sort());
  });

  test("need nothing more, and helm says so", async () => {
    expect(await putRelease(cluster, "upgrade")).not.toContain("does not run yet");
  });
});

describe("replicas of a service", () => {
  test("are on as many nodes as there are", async () => {
    await expectSpread();
  });

  test("are again after an upgrade has replaced each, which leaves every Ollama alone", async () => {
    const before = (await podsOf(cluster, "ollama")).map(uidOf);
    await putRelease(cluster, "upgrade", machines, debugging);
    await kubectl(cluster.plane, ["-n", namespace, "rollout", "status", "deployment/commonhold-gateway"]);
    await expectSpread();
    expect((await podsOf(cluster, "ollama")).map(uidOf)).toEqual(before);
  });

  test("go one at a time: of three gateways one may be evicted, and the next may not before there are three again", async () => {
    await cordonAll();
    const [first, second] = await podsOf(cluster, "gateway");
    await evictOnceAllowed(first);
    const refused = await evict(cluster, second?.metadata.name ?? "");
    expect(refused.status).toBe(429);
    expect(refused.message).toContain("would violate the pod's disruption budget");
    await uncordonAll();
    await expect.poll(async () => (await podsOf(cluster, "gateway")).filter(isReady).length, eventually).toBe(gateways);
  });

  test("move when their node is drained, and its Ollama stays", async () => {
    const before = (await podsOf(cluster, "ollama")).map(uidOf);
    await kubectl(cluster.plane, ["drain", "raspberry-pi", ...drained]);
    expect((await allServices()).map(nodeOf)).not.toContain("raspberry-pi");
    await expect.poll(servicesReady, eventually).toBe(services);
    expect((await podsOf(cluster, "ollama")).map(uidOf)).toEqual(before);
    expect(await placed(cluster)).toEqual(homes);
    await uncordonAll();
  });
});

describe("a machine that is added", () => {
  test("does not run while its node is missing or lacks what its class asks for, and helm says what; nobody else's pod is touched", async () => {
    const before = (await podsOf(cluster)).map(uidOf);
    const added = [attic, ...Object.values(unfit).map(({ machine }) => machine)];
    const said = await putRelease(cluster, "upgrade", [...machines, ...added], debugging);
    expect(said).toContain("attic: the cluster has no node attic-pc (kubectl get nodes).");
    for (const [reason, { machine, desired }] of Object.entries(unfit)) {
      expect(said).toContain(`${machine.name}: node ${machine.node} ${reason}`);
      await expect.poll(async () => (await daemonSetOf(cluster, machine.name)).desired, eventually).toBe(desired);
    }
    await expect.poll(async () => (await daemonSetOf(cluster, attic.name)).desired, eventually).toBe(0);
    expect(said.match(/^- .*$/gm)).toHaveLength(added.length);
    expect(await placed(cluster)).toEqual(homes);
    expect((await podsOf(cluster)).map(uidOf)).toEqual(expect.arrayContaining(before));
  });

  test("has one when its node joins, with nothing to be done", async () => {
    const before = (await podsOf(cluster)).map(uidOf);
    await addNode(cluster, { name: attic.node, cpu: "4", memory: "1200Mi" });
    await expect.poll(() => placed(cluster), eventually).toEqual({ ...homes, attic: attic.node });
    expect((await podsOf(cluster)).map(uidOf)).toEqual(expect.arrayContaining(before));
  });
});

describe("a node that is full", () => {
  test("gives the room of its Ollama to a service that has no other node, and gives it back", async () => {
    await cordonAll();
    await kubectl(cluster.plane, ["uncordon", attic.node]);
    const [gateway] = await podsOf(cluster, "gateway");
    await evictOnceAllowed(gateway);
    await expect.poll(servicesReady, eventually).toBe(services);
    expect((await podsOf(cluster, "gateway")).map(nodeOf)).toContain(attic.node);
    expect(await placed(cluster)).toEqual(homes);

    await uncordonAll();
    await kubectl(cluster.plane, ["drain", attic.node, ...drained]);
    await expect.poll(() => placed(cluster), eventually).toEqual({ ...homes, attic: attic.node });
    await uncordonAll();
  });

  test("gives the room of what has no priority to the Ollama of a machine that moved there; the others' stay, and one taken away is gone", async () => {
    const others = ["lab", "tower"];
    const kept = async (): Promise<string[]> =>
      (await podsOf(cluster, "ollama")).filter((pod) => others.includes(machineOf(pod))).map(uidOf);
    const before = await kept();
    await addCrowd(cluster, "office-pc", "15500Mi");
    await putRelease(cluster, "upgrade", lastMachines, debugging);
    await expect.poll(() => placed(cluster), eventually).toEqual({ ...homes, pi: "office-pc" });
    expect(await kubectl(cluster.plane, ["-n", "default", "get", "pods", "-o", "name"])).toBe("");
    expect(await kept()).toEqual(before);
  });

  test("is left running by an upgrade that changes something for it, where each machine's turn is for somebody to say", async () => {
    const before = await keepAlives();
    await putRelease(cluster, "upgrade", lastMachines, { ...debugging, ollama: lastOllama });
    await servicesRolledOut(cluster);
    expect(await keepAlives()).toEqual(before);
    const [pod] = (await podsOf(cluster, "ollama")).filter((one) => machineOf(one) === "pi");
    await kubectl(cluster.plane, ["-n", namespace, "delete", "pod", pod?.metadata.name ?? ""]);
    await expect.poll(keepAlives, eventually).toEqual({ ...before, pi: "7m" });
  });
});

describe("services", () => {
  test("are kept away from a machine that sleeps, and go where somebody lets them", async () => {
    const ollamas = (await podsOf(cluster, "ollama")).map(uidOf);
    const awake = ["old-laptop", "workshop-pc"];
    // A friend's gaming PC is tainted for nothing; by day anything could be there.
    await kubectl(cluster.plane, ["taint", "node", homes.tower, "nvidia.com/gpu-"]);
    await kubectl(cluster.plane, ["label", "node", ...awake, "commonhold.example/awake=true"]);
    const scheduling = {
      nodeSelector: { "commonhold.example/awake": "true" },
      tolerations: [{ key: "workshop.example/lathe", operator: "Exists" }],
    };
    await putRelease(cluster, "upgrade", lastMachines, { ...debugging, ollama: lastOllama, scheduling });
    await servicesRolledOut(cluster);
    await expect.poll(servicesReady, eventually).toBe(services);
    await expect.poll(async () => [...new Set((await allServices()).map(nodeOf))].sort(), eventually).toEqual(awake);
    expect((await podsOf(cluster, "ollama")).map(uidOf)).toEqual(ollamas);
  });
});

/** Machine → what its Ollama was told, of those that are Ready. */
async function keepAlives(): Promise<Record<string, string>> {
  const told = ({ spec }: RunningPod): string =>
    spec.containers[0].env.find(({ name }: { name: string }) => name === "OLLAMA_KEEP_ALIVE").value;
  const pods = (await podsOf(cluster, "ollama")).filter(isReady);
  return Object.fromEntries(pods.map((pod) => [machineOf(pod), told(pod)]));
}

interface Shown {
  machine: string;
  node: string;
  [part: string]: unknown;
}

function shownOf(pod: RunningPod): Shown {
  const [container] = pod.spec.containers;
  const env = Object.fromEntries(
    container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
  );
  const keys = pod.spec.tolerations.map(({ key }: { key: string }) => key);
  const volume = pod.spec.volumes.find(({ name }: { name: string }) => name === "models");
  return {
    machine: machineOf(pod),
    node: nodeOf(pod),
    image: container.image,
    runtime: pod.spec.runtimeClassName,
    // What every DaemonSet's pod tolerates is of Kubernetes itself.
    tolerates: keys.filter((key: string) => !key.startsWith("node.kubernetes.io/")),
    memory: container.resources.requests.memory,
    limits: container.resources.limits,
    flashAttention: env.OLLAMA_FLASH_ATTENTION,
    devices: env.NVIDIA_VISIBLE_DEVICES,
    models: Object.keys(volume).filter((key) => key !== "name"),
  };
}

async function allServices(): Promise<RunningPod[]> {
  return (await podsOf(cluster)).filter((pod) => machineOf(pod) === "");
}

async function servicesReady(): Promise<number> {
  return (await allServices()).filter(isReady).length;
}

async function expectSpread(): Promise<void> {
  const nodesOf = async (part: string): Promise<string[]> =>
    (await podsOf(cluster, part)).filter(isReady).map(nodeOf).sort();
  await expect.poll(() => nodesOf("gateway"), eventually).toEqual([...openNodes].sort());
  expect(new Set(await nodesOf("operator")).size).toBe(operators);
}

/** Whoever counts for the budget hears of a new pod after the pod is ready. */
async function evictOnceAllowed(pod: RunningPod | undefined): Promise<void> {
  await expect.poll(async () => (await evict(cluster, pod?.metadata.name ?? "")).status, eventually).toBe(201);
}

function cordonAll(): Promise<string> {
  return kubectl(cluster.plane, ["cordon", "-l", "kubernetes.io/os=linux"]);
}

function uncordonAll(): Promise<string> {
  return kubectl(cluster.plane, ["uncordon", "-l", "kubernetes.io/os=linux"]);
}
