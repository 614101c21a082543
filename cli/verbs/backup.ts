/** `commonhold backup` and `commonhold restore`: a whole installation in one file, and back. */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { systemNamespace } from "../../operator/apis/group.ts";
import { printable } from "../../operator/text/printable.ts";
import { type Cluster, openCluster } from "../backup/cluster.ts";
import { sendGovernanceState } from "../backup/governance-state.ts";
import { restoreBackup } from "../backup/restore.ts";
import { takeBackup } from "../backup/take.ts";
import { nonEmpty } from "../policy/flags.ts";
import { runVerb } from "../policy/run-verb.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { kubeconfigOf } from "../up/state/kubeconfig-of.ts";

interface BackupFlags {
  readonly to: string;
  readonly state?: string;
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly governanceState?: string;
  readonly governancePod: boolean;
  readonly repository?: string;
  readonly withSecrets: boolean;
}

interface RestoreFlags {
  readonly from: string;
  readonly kubeconfig?: string;
  readonly governanceState?: string;
  readonly policy?: string;
  readonly intoExisting: boolean;
}

const kubeconfigWords = "which cluster; else KUBECONFIG, else ~/.kube/config";

export function addBackup(program: Command): void {
  program
    .command("backup")
    .description("save a whole installation in one file, while it works")
    .option("--to <file>", "the file, readable by you only", nonEmpty, "commonhold-backup.tar")
    .option("--state <dir>", "the community of `commonhold up` that runs on this folder", nonEmpty)
    .option("--kubeconfig <file>", kubeconfigWords, nonEmpty)
    .option("--namespace <name>", "of the services", nonEmpty, systemNamespace)
    .option("--governance-state <dir>", "folder of the governance service: its log, keys and sightings", nonEmpty)
    .option("--governance-pod", "have the service's own pod send that folder (kubectl exec)", false)
    .option("--repository <url>", "the policy repository, with all its references", nonEmpty)
    .option("--with-secrets", "also Secrets of the services' namespace, and your own keys with --state", false)
    .action((flags: BackupFlags) => runVerb((around) => backup(flags, program.version() ?? "unknown", around)));
  program
    .command("governance-state")
    .description("in the governance service's pod: write its folder to standard output, for commonhold backup")
    .option("--state <dir>", "the folder; else COMMONHOLD_GOVERNANCE_STATE", nonEmpty)
    .action((flags: { readonly state?: string }) => runVerb((around) => governanceState(flags, around)));
  program
    .command("restore")
    .description("put a backup back: into an empty cluster with commonhold's kinds, before its services run")
    .requiredOption("--from <file>", "what commonhold backup wrote", nonEmpty)
    .option("--kubeconfig <file>", kubeconfigWords, nonEmpty)
    .option("--governance-state <dir>", "folder that the governance service will have", nonEmpty)
    .option("--policy <dir>", "where the policy repository is put, as a bare one", nonEmpty)
    .option("--into-existing", "also where there are objects; they become as they were", false)
    .action((flags: RestoreFlags) => runVerb((around) => restore(flags, around)));
}

export async function backup(flags: BackupFlags, version: string, around: Surroundings): Promise<void> {
  const { to, namespace, withSecrets } = flags;
  const community = flags.state === undefined ? undefined : resolve(around.cwd, flags.state);
  const kubeconfig = flags.kubeconfig ?? (community && kubeconfigOf(community));
  const governanceState = flags.governanceState ?? (community && join(community, "governance"));
  const repository = flags.repository ?? (community && join(community, "policy.git"));
  await withCluster(kubeconfig, around, async (cluster) => {
    const governancePod = flags.governancePod ? { namespace, kubeconfig } : undefined;
    const where = { to, namespace, withSecrets, governanceState, governancePod, repository, community };
    const manifest = await takeBackup({ ...where, cluster, version }, around);
    const records = manifest.log ? `, a decision log of ${manifest.log.size} records` : ", no decision log";
    around.say(
      `Saved in ${to}: ${manifest.entries.length} entries${records}. It was read back and checked.`,
      ...manifest.leftOut.map((one) => `  left out: ${printable(one, 1_000)}`),
      "  Nothing in it is encrypted, and only you can read the file. With the keys of the log, whoever has it can sign as your",
      "  governance service: keep it as you keep a private key, for example by age -p or gpg -c before it leaves this machine.",
    );
  });
}

/** Standard output has the archive, so what goes wrong is said beside it. */
async function governanceState({ state }: { readonly state?: string }, around: Surroundings): Promise<void> {
  const folder = state ?? around.env["COMMONHOLD_GOVERNANCE_STATE"] ?? "";
  try {
    await sendGovernanceState(resolve(around.cwd, folder), process.stdout, around);
  } catch (error) {
    around.signal.throwIfAborted();
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

export async function restore(flags: RestoreFlags, around: Surroundings): Promise<void> {
  await withCluster(flags.kubeconfig, around, async (cluster) => {
    const { from, governanceState, policy, intoExisting } = flags;
    const places = {
      ...(governanceState !== undefined && { governanceState: resolve(around.cwd, governanceState) }),
      ...(policy !== undefined && { policy: resolve(around.cwd, policy) }),
    };
    const { backup: saved, objects, left } = await restoreBackup({ from, intoExisting, cluster, ...places }, around);
    around.say(
      `Restored ${objects} objects from ${printable(saved.createdAt, 40)} to ${printable(cluster.name, 300)}.`,
      ...[...left, ...saved.leftOut].map((one) => `  not restored: ${printable(one, 1_000)}`),
      "  Start the services now; governance brings the rest to what the log says.",
    );
  });
}

async function withCluster(
  kubeconfig: string | undefined,
  around: Surroundings,
  work: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  const cluster = openCluster(kubeconfig, around);
  try {
    await work(cluster);
  } finally {
    await cluster.close();
  }
}
