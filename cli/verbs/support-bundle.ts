/** `commonhold support-bundle`: what to send when you ask for help. */
import type { Command } from "commander";
import { systemNamespace } from "../../operator/apis/group.ts";
import { printable } from "../../operator/text/printable.ts";
import { nonEmpty } from "../policy/flags.ts";
import { runVerb } from "../policy/run-verb.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { takeSupportBundle } from "../support-bundle/take.ts";
import { doctor } from "./doctor.ts";

interface SupportFlags {
  readonly to: string;
  readonly state?: string;
  readonly kubeconfig?: string;
  readonly namespace: string;
}

export function addSupportBundle(program: Command): void {
  program
    .command("support-bundle")
    .description("collect what somebody who helps needs to see, without secrets, in one file")
    .option("--to <file>", "the file, readable by you only", nonEmpty, "commonhold-support.tar.gz")
    .option("--state <dir>", "the community of `commonhold up` on this folder, running or not", nonEmpty)
    .option("--kubeconfig <file>", "which cluster; else KUBECONFIG, else ~/.kube/config", nonEmpty)
    .option("--namespace <name>", "of the services", nonEmpty, systemNamespace)
    .action((flags: SupportFlags) => runVerb((around) => supportBundle(flags, program.version() ?? "unknown", around)));
}

export async function supportBundle(flags: SupportFlags, version: string, around: Surroundings): Promise<void> {
  const options = {
    ...flags,
    version,
    doctor: (output: { write(text: string): unknown }) => doctor(output, around.env),
  };
  const { files, notHad } = await takeSupportBundle(options, around);
  around.say(
    `Saved in ${flags.to}: ${files} files, and you alone can read it.`,
    ...notHad.map(({ what, why }) => `  not in it: ${printable(`${what}: ${why}`, 1_000)}`),
    "  Keys, tokens and passwords were taken out. Names and addresses are still in it: look through it before you send it.",
  );
}
