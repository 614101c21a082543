/**
 * A cluster of many nodes on one machine: etcd, API server, controllers and scheduler are the real ones, and decide what they would decide
 * anywhere; kwok plays the nodes. No container runs. Needs no root, and no port but the API server's.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BinaryName } from "../../../cli/up/binaries/ensure.ts";
import { certificateDirectory } from "../../../cli/up/control-plane/apiserver.ts";
import type { ControlPlane, Identity } from "../../../cli/up/control-plane/control-plane.ts";
import { createStack, type Stack } from "../../../cli/up/processes/stack.ts";
import { startProcess } from "../../../cli/up/processes/start.ts";
import { keptSigningKey } from "../../../cli/up/state/secrets.ts";
import { scratchDirectory } from "../../control-plane/scratch.ts";
import { startTestControlPlane } from "../../control-plane/test.ts";
import { programPath } from "../../programs/program-path.ts";
import { stages } from "./stages.ts";

export interface Cluster {
  readonly plane: ControlPlane;
  /** Folder of what its programs say. */
  readonly logs: string;
  /** For helm: with folders of its own in place of a person's. */
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

const controllers: Identity = {
  name: "kube-controller-manager",
  user: "system:kube-controller-manager",
  groups: [],
};
const scheduler: Identity = { name: "kube-scheduler", user: "system:kube-scheduler", groups: [] };

/** Resolves when the API answers; it has no node yet. */
export async function startCluster(): Promise<Cluster> {
  const directory = scratchDirectory("cluster");
  const parts = createStack();
  try {
    const plane = await startTestControlPlane({ directory, identities: [controllers, scheduler] });
    parts.add({ name: plane.name, stop: () => plane.discard() });
    await startControllers(plane, { directory, parts });
    await startNodes(plane, { directory, parts });
    const home = join(directory, "home");
    mkdirSync(home);
    const env = { PATH: process.env["PATH"], KUBECONFIG: plane.adminKubeconfigPath, HOME: home };
    return { plane, logs: join(directory, "logs"), env, stop: () => parts.stop() };
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

interface Context {
  directory: string;
  parts: Stack;
}

async function startControllers(plane: ControlPlane, { directory, parts }: Context): Promise<void> {
  // The only one of its kind, asked for nothing by anybody.
  const alone = ["--leader-elect=false", "--secure-port=0", "--profiling=false"];
  await start("kube-controller-manager", { directory, parts }, [
    `--kubeconfig=${plane.kubeconfig(controllers)}`,
    "--use-service-account-credentials=true",
    `--service-account-private-key-file=${keptSigningKey(directory, "service-account.key")}`,
    `--root-ca-file=${join(certificateDirectory(directory), "apiserver.crt")}`,
    ...alone,
  ]);
  await start("kube-scheduler", { directory, parts }, [`--kubeconfig=${plane.kubeconfig(scheduler)}`, ...alone]);
}

async function startNodes(plane: ControlPlane, context: Context): Promise<void> {
  const config = join(context.directory, "kwok.yaml");
  writeFileSync(config, stages);
  await start("kwok", context, [
    `--kubeconfig=${plane.adminKubeconfigPath}`,
    `--config=${config}`,
    "--manage-all-nodes=true",
    "--node-lease-duration-seconds=40",
  ]);
}

async function start(name: BinaryName, { directory, parts }: Context, args: readonly string[]): Promise<void> {
  parts.add(
    await startProcess({
      name,
      command: await programPath(name),
      args,
      env: { PATH: process.env["PATH"], HOME: directory },
      cwd: directory,
      logPath: join(directory, "logs", `${name}.log`),
    }),
  );
}
