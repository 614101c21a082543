/**
 * `commonhold backup`: a whole installation in one file, taken while it works. What is read when matters:
 *
 *   pins → objects → the log → sightings → the policy repository
 *
 * The pins say how far the log had come; the log is read later, so it holds at least that, and a restored service does not take its own
 * log for a cut one. Governance appends to the log before it applies, so whatever the objects show is explained by the log that is read
 * after them; what the log holds beyond them is applied by governance when it starts. Sightings of ballots are noted before they are
 * judged, so reading them after the log loses none that the log relies on. The policy repository comes last: it has every commit that the
 * log names. What was taken is read back and the log verified before the file appears.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { rfc3339 } from "../../operator/clock/clock.ts";
import { listed } from "../../operator/text/list.ts";
import { withAccess } from "../policy/remote-access.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { stage, writeArchive } from "./archive.ts";
import { BackupError } from "./backup-error.ts";
import { checkLog } from "./checked-log.ts";
import type { Cluster } from "./cluster.ts";
import { communitySecretsEntry, policyEntry, policyGenesisEntry, takeObjects } from "./contents.ts";
import { type PodOf, stageFromPod } from "./from-pod.ts";
import { copyRepository, withRepository } from "./git-copy.ts";
import { stageGovernanceState } from "./governance-state.ts";
import { backupFormat, type Manifest } from "./manifest.ts";

export interface TakeOptions {
  /** The file, which is not there yet. */
  readonly to: string;
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly withSecrets: boolean;
  /** Folder of the governance service, as this machine sees it. */
  readonly governanceState?: string | undefined;
  /** Else whose pod sends that folder. */
  readonly governancePod?: PodOf | undefined;
  /** Of the policy repository. */
  readonly repository?: string | undefined;
  /** State directory of `commonhold up`, where it is one. */
  readonly community?: string | undefined;
  readonly version: string;
}

/** Resolves to what the file says of itself. Throws a BackupError; then there is no file. */
export async function takeBackup(options: TakeOptions, around: Surroundings): Promise<Manifest> {
  const file = resolve(around.cwd, options.to);
  if (existsSync(file)) throw new BackupError(`${file} is there already: give another name with --to`);
  const scratch = await mkdtemp(join(dirname(file), ".commonhold-backup-")).catch((cause: Error) => {
    throw new BackupError(`${dirname(file)} cannot be written to: ${cause.message}`, { cause });
  });
  const folder = join(scratch, "content");
  try {
    const { cluster, namespace, withSecrets, version } = options;
    const { signal } = around;
    await stage(folder, "README", readme);
    const taken = await takeObjects(cluster.client, folder, { namespace, withSecrets, signal });
    const leftOut = [...secretsLeft(taken.secretsLeft, namespace)];
    leftOut.push(...(await takeGovernance(folder, options, around)));
    leftOut.push(...(await takePolicy(folder, scratch, options, around)));
    leftOut.push(...(await takeCommunity(folder, options)));
    const log = await checkLog(folder, scratch, taken.pins?.data, around);
    return await writeArchive(folder, file, {
      ...{
        format: backupFormat,
        createdAt: rfc3339(around.clock.now()),
        commonhold: version,
        namespace,
        withSecrets,
        leftOut,
      },
      kubernetes: await cluster.version(signal).catch(() => "unknown"),
      source: options.community === undefined ? "cluster" : "community",
      ...(log && { log }),
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const readme = `A backup of a commonhold installation: commonhold restore --from FILE puts it back.
governance/keys are the private keys that sign the decision log: whoever has them can sign in its name.
`;

function secretsLeft(names: readonly string[], namespace: string): string[] {
  if (names.length === 0) return [];
  return [
    `Secrets of namespace ${namespace}: ${listed(names)} (take them along with --with-secrets, or keep them elsewhere)`,
  ];
}

async function takeGovernance(folder: string, options: TakeOptions, around: Surroundings): Promise<string[]> {
  const { governanceState: state, governancePod: pod } = options;
  if (state !== undefined) await stageGovernanceState(folder, state, around);
  else if (pod) await stageFromPod(folder, pod, around);
  else {
    return [
      "keys of the decision log: without --governance-state or --governance-pod it can only be handed over (commonhold log rotate-key --lost)",
    ];
  }
  return [];
}

async function takePolicy(
  folder: string,
  scratch: string,
  options: TakeOptions,
  around: Surroundings,
): Promise<string[]> {
  const { repository: url } = options;
  if (url === undefined)
    return ["the policy repository: name it with --repository, or keep a clone with all its references"];
  const path = join(scratch, "policy.git");
  await withRepository(path, around, (repository) =>
    withAccess({ url }, around, (remote) => repository.fetch(remote, ["+refs/*:refs/*"], { signal: around.signal })),
  );
  await copyRepository(path, folder, policyEntry, around);
  return [];
}

async function takeCommunity(folder: string, { community, withSecrets }: TakeOptions): Promise<string[]> {
  if (community === undefined) return [];
  await stage(folder, policyGenesisEntry, await readFile(join(community, "policy-genesis")));
  if (!withSecrets)
    return ["your own API key and member key (with --with-secrets): without the member key nobody can vote as you"];
  for (const name of await readdir(join(community, "secrets"))) {
    await stage(folder, `${communitySecretsEntry}/${name}`, await readFile(join(community, "secrets", name)));
  }
  return [];
}
