/**
 * The decision log of this installation: the one in its folder with what the remote has beyond it, else the one on the remote as far as
 * the cluster's pins bear it out, else a new one. Where a pin says that there was a log, none is ever begun.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import { ratifiedDocuments } from "../evidence/documents-at.ts";
import type { GitRepository, Oid, Remote } from "../git/repository.ts";
import { LogError } from "../log/log-error.ts";
import { createLog, type OpenedLog, openDecisionLog } from "../log/open-log.ts";
import { fetchedLogRef, logRef, restoreLog } from "../log/remote-log.ts";
import type { LogPins } from "../log/trust.ts";
import { serviceKeys } from "./keys.ts";
import type { PinStore } from "./pins.ts";

export interface FindLogOptions {
  readonly repository: GitRepository;
  /** Asked only where the log here is not enough: a forge that is away keeps nobody from going on. */
  readonly remote: () => Promise<Remote>;
  /** `git:…` or `github:…`. */
  readonly identity: string;
  readonly genesis: Oid;
  readonly keysFolder: string;
  readonly pins: PinStore;
  /** `sha256:…` of the log's first record, where an installation takes over a log that is there already; else empty. */
  readonly logGenesis: string;
  readonly clock: Clock;
  readonly randomBytes: (bytes: number) => Uint8Array;
}

/** Name of the log, for ever. */
export function originOf(genesis: Oid): string {
  return `commonhold.dev/log/${genesis}`;
}

/** Throws a `LogError`, or an Error that says what to do; nothing is decided without a log. */
export async function findLog(options: FindLogOptions, signal: AbortSignal): Promise<OpenedLog> {
  const { repository, genesis, keysFolder, clock, randomBytes } = options;
  const origin = originOf(genesis);
  const pinned = await options.pins.read(signal);
  if (pinned && pinned.origin !== origin) {
    throw new Error(
      `the cluster pins the log ${pinned.origin}, but the genesis that is set makes it ${origin}: set the right genesis`,
    );
  }
  const known = pinned ?? (options.logGenesis === "" ? undefined : { genesisDigest: options.logGenesis });
  const isHere = (await repository.resolve(logRef, { signal })) !== undefined;
  const isThere = isHere || (await repository.remoteRefs(await options.remote(), [logRef], { signal })).length > 0;
  const keysAt = (mayCreate: boolean) => serviceKeys({ folder: keysFolder, origin, randomBytes, mayCreate });
  if (!isThere && !known) return begin(options, origin, await keysAt(true), signal);
  if (!isHere) await restore(options, origin, known, signal);
  const keys = await keysAt(false);
  const open = (): Promise<OpenedLog> =>
    openDecisionLog({ repository, origin, clock, signal, ...keys, ...(known && { pins: known }) });
  const opened = await open().catch(async (error: unknown) => {
    // An old copy of the folder: the remote has what came after.
    if (!(error instanceof LogError) || error.code !== "truncated" || !isHere) throw error;
    await restore(options, origin, known, signal);
    return open();
  });
  if (!isHere || !(await goesOn(opened, repository, signal))) return opened;
  return (await isBroughtUpToDate(options, opened, signal)) ? open() : opened;
}

/**
 * By what was fetched last. Folder and pins may both come from one backup, and the remote has what was decided since: a record that is
 * appended here would be the second one in its place.
 */
async function goesOn({ commit }: OpenedLog, repository: GitRepository, signal: AbortSignal): Promise<boolean> {
  const there = await repository.resolve(fetchedLogRef, { signal });
  if (there === undefined || there === commit) return false;
  return repository.isAncestor(commit, there, { signal });
}

/** What somebody without the keys put on top of the log is no part of it; it is told when the log is published. */
async function isBroughtUpToDate(
  options: FindLogOptions,
  { origin, genesisDigest, head }: OpenedLog,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await restore(options, origin, { genesisDigest, minimum: head }, signal);
    return true;
  } catch (error) {
    if (error instanceof LogError) return false;
    throw error;
  }
}

async function restore(
  { repository, remote }: FindLogOptions,
  origin: string,
  known: (LogPins & { readonly genesisDigest: string }) | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!known) {
    throw new Error(
      `the remote has a decision log, but this cluster never saw one: if it is to go on with that log, set COMMONHOLD_LOG_GENESIS ` +
        "(governance.logGenesis of the chart) to the digest of its first record (`commonhold log verify` prints it), as a member of the community knows it",
    );
  }
  await restoreLog({ repository, remote: await remote(), origin, pins: known, signal });
}

async function begin(
  { repository, genesis, identity, clock }: FindLogOptions,
  origin: string,
  keys: Awaited<ReturnType<typeof serviceKeys>>,
  signal: AbortSignal,
): Promise<OpenedLog> {
  const commit = await repository.commit(genesis, { signal });
  if (!commit)
    throw new Error(
      `the genesis ${genesis} is not on the policy branch: set COMMONHOLD_POLICY_GENESIS to a commit of it`,
    );
  const { constitution, members } = await ratifiedDocuments(repository, genesis, { signal });
  return createLog(
    { repository, origin, clock, signal, ...keys },
    {
      at: clock.now(),
      repository: identity,
      commit: genesis,
      tree: commit.tree,
      constitution: constitution.digest,
      members: members.digest,
    },
  );
}
