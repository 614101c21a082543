/** The programs that a community consists of: found, downloaded or built before anything is started. */
import type { Clock } from "../../../operator/clock/clock.ts";
import type { Display } from "../../display/display.ts";
import { ensureBinary } from "../binaries/ensure.ts";
import { findGit } from "../binaries/git.ts";
import { ensureControlPlanePrograms } from "../control-plane/programs.ts";
import { allOrNone } from "../processes/all-or-none.ts";
import { showBinaries } from "./binaries-progress.ts";

export interface FindProgramsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly display: Display;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export async function findPrograms({ env, display, clock, signal }: FindProgramsOptions) {
  const step = display.step("programs");
  const onProgress = showBinaries(step);
  // Before anything is built for minutes: without git nothing can be decided.
  const git = await findGit({ env, clock, signal });
  const found = await allOrNone(signal, (both) => {
    const common = { env: { ...env }, onProgress, clock, signal: both };
    return [ensureControlPlanePrograms(common), ensureBinary("ollama", common)];
  });
  step.done(`etcd, kube-apiserver, kubectl, git ${git}, ollama ${found[1].version} (${found[1].source})`);
  return found;
}
