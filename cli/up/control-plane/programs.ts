import type { Clock } from "../../../operator/clock/clock.ts";
import { ensureBinary } from "../binaries/ensure.ts";
import type { OnProgress } from "../binaries/progress.ts";

/** Paths of the programs that a control plane consists of, and of the client that goes with it. */
export interface ControlPlanePrograms {
  etcd: string;
  apiserver: string;
  kubectl: string;
}

/** Finds, downloads or builds them; several at once, since each waits for its own lock. */
export async function ensureControlPlanePrograms(options: {
  env: NodeJS.ProcessEnv;
  onProgress: OnProgress;
  clock: Clock;
  signal?: AbortSignal | undefined;
}): Promise<ControlPlanePrograms> {
  const [etcd, apiserver, kubectl] = await Promise.all([
    ensureBinary("etcd", options),
    ensureBinary("kube-apiserver", options),
    ensureBinary("kubectl", options),
  ]);
  return { etcd: etcd.path, apiserver: apiserver.path, kubectl: kubectl.path };
}
