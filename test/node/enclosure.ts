/**
 * Namespaces of their own (network, mounts, processes) in which a node lives: its bridge, firewall rules, mounts and containers
 * are seen by nobody outside, and all of them are gone with the one process that holds the namespaces. A pair of virtual
 * interfaces leads in, so that what runs here reaches pods and services.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitReady } from "../../cli/up/processes/readiness.ts";
import { type LeashedProcess, type ProcessSpec, startProcess } from "../../cli/up/processes/start.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { run, tryRun } from "../programs/run.ts";

/** The machine's end of the pair, and the node's: of the range for measurements between networks (RFC 2544). */
export const machineAddress = "198.18.77.1";
export const nodeAddress = "198.18.77.2";
export const podNetwork = "10.244.0.0/16";
export const serviceNetwork = "10.96.0.0/16";

type Started = Pick<ProcessSpec, "name" | "command" | "args" | "stopGraceMs"> & { env?: NodeJS.ProcessEnv };

export interface Enclosure {
  /** Starts a program in the node's network, and outside of its mounts and processes: it takes signals itself. */
  startInNetwork(spec: Started): Promise<LeashedProcess>;
  /** Starts one among the node's own processes and mounts. */
  startInside(spec: Started): Promise<LeashedProcess>;
  /** Runs one there to its end. */
  runInside(command: string, args: readonly string[]): Promise<string>;
  /** Kills all that is inside; mounts and network vanish with it. */
  stop(): Promise<void>;
}

const pair = { machine: "commonhold-out", node: "commonhold-in" } as const;

/** `directory` is where folders lie that the node's mounts put in place of the machine's own. */
export async function startEnclosure(directory: string, logs: string): Promise<Enclosure> {
  const begin = (spec: Started): Promise<LeashedProcess> =>
    startProcess({
      ...spec,
      env: { PATH: process.env["PATH"], ...spec.env },
      cwd: directory,
      logPath: join(logs, `${spec.name}.log`),
      clock: systemClock,
    });
  await assertFree([nodeAddress, podNetwork, serviceNetwork]);
  const holder = await begin({
    name: "namespaces",
    command: "unshare",
    args: [...unshared, "sh", "-c", held(directory)],
  });
  try {
    const inside = await insideOf(holder);
    await connect(inside);
    const network = [`--net=/proc/${inside}/ns/net`, "--"];
    const all = [`--target=${inside}`, "--net", "--mount", "--pid", "--"];
    const entering = (how: readonly string[], { command, args, ...spec }: Started): Started => ({
      ...spec,
      command: "nsenter",
      args: [...how, command, ...args],
    });
    return {
      startInNetwork: (spec) => begin(entering(network, spec)),
      startInside: (spec) => begin(entering(all, spec)),
      runInside: (command, args) => run("nsenter", [...all, command, ...args]),
      stop: async () => {
        holder.kill("SIGKILL");
        await holder.exited;
        // The kernel takes down the networks of all pods one after the other, and this one's last; the next node need not wait for that.
        await tryRun("ip", ["link", "delete", pair.machine]);
      },
    };
  } catch (error) {
    holder.kill("SIGKILL");
    throw error;
  }
}

/** The machine's own networks must stay in reach while the node is up. */
async function assertFree(networks: readonly string[]): Promise<void> {
  for (const network of networks) {
    const { code, stdout } = await tryRun("ip", ["-oneline", "route", "get", network.replace(/0\/\d+$/, "1")]);
    // A way through a gateway is the way to everything that is not here; a machine without one has none to it.
    if (code !== 0 || / via /.test(stdout)) continue;
    throw new Error(`${network}, which the node needs, is a network of this machine: ${stdout.trim()}`);
  }
}

const unshared = [
  "--net",
  "--mount",
  "--pid",
  "--fork",
  "--kill-child=KILL",
  "--mount-proc",
  "--propagation=private",
] as const;

const heldFile = "commonhold-node-held";

/** What a node writes to by fixed paths lies in the test's folder instead; the process then only holds the namespaces. */
function held(directory: string): string {
  const replaced = ["/var/lib/kubelet", "/var/lib/cni", "/var/lib/commonhold", "/var/log"];
  const bind = replaced.map((path) => {
    const source = join(directory, path.replaceAll("/", "-").slice(1));
    mkdirSync(source, { recursive: true });
    return `mkdir -p ${path} && mount --bind '${source}' ${path} && mount --make-shared ${path}`;
  });
  return ["set -e", "mount -t tmpfs tmpfs /run", ...bind, `touch /run/${heldFile}`, "exec sleep infinity"].join("\n");
}

const heldDeadlineMs = 60_000;

/** The process that `unshare` forked, once its mounts stand. Its other child is the leash's watcher. */
async function insideOf(holder: LeashedProcess): Promise<number> {
  let inside: number | undefined;
  const isHeld = async (): Promise<boolean> => {
    const children = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8").trim().split(" ");
    inside = children.map(Number).find((child) => existsSync(`/proc/${child}/root/run/${heldFile}`));
    return inside !== undefined;
  };
  await waitReady(holder, isHeld, { deadlineMs: heldDeadlineMs, clock: systemClock });
  return inside as number;
}

async function connect(inside: number): Promise<void> {
  const { machine, node } = pair;
  const into = `nsenter --net=/proc/${inside}/ns/net --`;
  await run("sh", [
    "-ec",
    [
      `ip link add ${machine} type veth peer name ${node} netns ${inside}`,
      `ip address add ${machineAddress}/30 dev ${machine}`,
      `ip link set ${machine} up`,
      `${into} ip link set lo up`,
      `${into} ip address add ${nodeAddress}/30 dev ${node}`,
      `${into} ip link set ${node} up`,
      `${into} ip route add default via ${machineAddress}`,
      `${into} sysctl -q -w net.ipv4.ip_forward=1`,
      `ip route add ${serviceNetwork} via ${nodeAddress}`,
      `ip route add ${podNetwork} via ${nodeAddress}`,
    ].join("\n"),
  ]);
}
