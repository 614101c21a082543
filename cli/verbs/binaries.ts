import type { Command } from "commander";
import { systemClock } from "../../operator/clock/system.ts";
import { standardOutput } from "../display/standard-output.ts";
import { textDisplay } from "../display/text-display.ts";
import { type BinaryName, ensureBinary } from "../up/binaries/ensure.ts";
import { showBinaries } from "../up/community/binaries-progress.ts";

const needed: readonly BinaryName[] = ["etcd", "kube-apiserver", "kubectl", "ollama"];
const neededByTests: readonly BinaryName[] = [
  ...needed,
  "registry",
  "helm",
  "kubeconform",
  "kube-score",
  "crane",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "kind",
];
/** Beside the ones above: what makes a node of a cluster out of this machine. */
const neededByNode: readonly BinaryName[] = ["kubelet", "kube-proxy", "coredns"];

export function addBinaries(program: Command): void {
  program
    .command("binaries")
    .description("find, download or build the programs that `up` needs, and say where they are")
    .option("--tests", "also what only the tests need", false)
    .option("--node", "also what the tests on a real node need", false)
    .action(binaries);
}

/** One after the other: two Go builds at once take as long and twice the memory. */
async function binaries(options: { tests: boolean; node: boolean }): Promise<void> {
  const display = textDisplay(standardOutput(), systemClock);
  const names = [...(options.tests ? neededByTests : needed), ...(options.node ? neededByNode : [])];
  for (const name of names) {
    const step = display.step(name);
    try {
      const found = await ensureBinary(name, { env: process.env, onProgress: showBinaries(step), clock: systemClock });
      step.done(`${found.version} at ${found.path} (${found.source})`);
    } catch (error) {
      display.failure(error);
      process.exitCode = 1;
      return;
    }
  }
}
