import { dirname, join } from "node:path";
import type { ControlPlane, Identity } from "../../cli/up/control-plane/control-plane.ts";
import { eventually } from "../kube-faults/eventually.ts";
import { type RunResult, tryRun } from "../programs/run.ts";

export interface KubectlOptions {
  /** What it reads, for `-f -`. */
  stdin?: string;
  /** Who runs it; `admin` by default. */
  identity?: Identity | string;
  namespace?: string;
}

/** Above every `--timeout` that a test gives it, so that its own words are what a failure shows. */
const timeoutMs = 150_000;
const establishedDeadlineMs = 60_000;

/** Runs the real kubectl and resolves to what it printed, whatever its exit code. */
export async function runKubectl(
  plane: ControlPlane,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<RunResult> {
  const kubeconfig = plane.kubeconfig(options.identity ?? "admin");
  const namespace = options.namespace === undefined ? [] : ["--namespace", options.namespace];
  const cache = join(dirname(kubeconfig), "kubectl-cache");
  return tryRun(plane.kubectlPath, ["--kubeconfig", kubeconfig, "--cache-dir", cache, ...namespace, ...args], {
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    env: { PATH: process.env["PATH"], HOME: dirname(kubeconfig) },
    timeoutMs,
  });
}

/** Runs kubectl and resolves to its stdout; rejects with what it said on stderr when it fails. */
export async function kubectl(
  plane: ControlPlane,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runKubectl(plane, args, options);
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr || stdout}`);
  return stdout;
}

/** Applies every CRD of a folder (`manifests/crds`) and waits until the API serves them. */
export async function installCrds(plane: ControlPlane, folder: string): Promise<void> {
  await kubectl(plane, ["apply", "--server-side", "--force-conflicts", "-f", folder]);
  // Not by `kubectl wait`, which fails where a definition has no status yet: https://github.com/kubernetes/kubernetes/issues/66439
  await eventually(
    "the kinds are served",
    async () => {
      const { items } = JSON.parse(await kubectl(plane, ["get", "-f", folder, "-o", "json"])) as {
        items: Definition[];
      };
      return items.every(({ status }) =>
        status?.conditions?.some((one) => one.type === "Established" && one.status === "True"),
      );
    },
    establishedDeadlineMs,
  );
}

interface Definition {
  status?: { conditions?: { type: string; status: string }[] };
}
