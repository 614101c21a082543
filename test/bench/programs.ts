/** The programs that the benchmarks start beside ours, found as `npm start` finds them. */
import { type BinaryName, ensureBinary } from "../../cli/up/binaries/ensure.ts";
import type { ControlPlanePrograms } from "../../cli/up/control-plane/programs.ts";
import { systemClock } from "../../operator/clock/system.ts";
import type { Bench } from "./benchmark.ts";

export interface Programs {
  readonly paths: ControlPlanePrograms;
  readonly versions: Readonly<Record<string, string>>;
}

export async function findPrograms({ say, signal }: Bench): Promise<Programs> {
  const onProgress = (progress: { phase: string; message: string }): void => {
    if (progress.phase !== "looking" && progress.phase !== "ready") say(progress.message);
  };
  const find = (name: BinaryName) => ensureBinary(name, { env: process.env, onProgress, clock: systemClock, signal });
  const [etcd, apiserver, kubectl] = await Promise.all([find("etcd"), find("kube-apiserver"), find("kubectl")]);
  return {
    paths: { etcd: etcd.path, apiserver: apiserver.path, kubectl: kubectl.path },
    versions: { etcd: etcd.version, "kube-apiserver": apiserver.version },
  };
}
