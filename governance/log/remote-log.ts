/**
 * The log as a remote has it. Of two copies of one log one is the beginning of the other; anything else means that somebody signed two
 * histories, and both signed checkpoints are kept as the proof.
 */
import { formatCheckpoint } from "../../operator/tlog/checkpoint.ts";
import { type Call, GitError, type GitRepository, type Oid, type Remote } from "../git/repository.ts";
import type { CheckedLog } from "./checked-log.ts";
import { checkpointRef } from "./cosigned.ts";
import { checkpointFile } from "./entry.ts";
import { assertSigned } from "./entry-checks.ts";
import { LogError, type LogEvidence } from "./log-error.ts";
import type { LogPins, LogTrust } from "./trust.ts";
import { verifyLog } from "./verify-log.ts";

export const logRef = "refs/commonhold/log";
/** Where a remote's log is put when it is fetched. */
export const fetchedLogRef = "refs/policy/commonhold/log";
/** What was pushed last: a remote that has less was cut. */
export const publishedRef = "refs/commonhold/published";

export type RemoteComparison =
  | { readonly state: "same" }
  /** It has the beginning of ours; `size` 0: it has none. */
  | { readonly state: "behind"; readonly size: number }
  /** It has less than was pushed to it before: somebody cut it. Publishing heals it. */
  | { readonly state: "truncated"; readonly size: number; readonly published: number }
  /** It continues ours: this copy is an old one, and `restoreLog` brings it up to date. */
  | { readonly state: "ahead"; readonly size: number; readonly tip: Oid }
  /** Both go on differently from record `index` on. */
  | { readonly state: "forked"; readonly index: number; readonly evidence: LogEvidence };

/** Throws a `LogError` where what the remote has is no such log, and a `GitError` where it cannot be reached. */
export async function compareWithRemote(
  repository: GitRepository,
  log: CheckedLog,
  remote: Remote,
  call: Call = {},
): Promise<RemoteComparison> {
  const tip = await remoteTip(repository, remote, call);
  if (tip === log.commits.at(-1)) return { state: "same" };
  const size = tip === undefined ? 0 : log.commits.lastIndexOf(tip) + 1;
  if (tip === undefined || size > 0) {
    const published = await publishedSize(repository, log, call);
    return published > size ? { state: "truncated", size, published } : { state: "behind", size };
  }
  const theirs = await fetchLog(repository, remote, trustOf(log), call);
  if (theirs.commits[log.size - 1] === log.commits.at(-1)) return { state: "ahead", size: theirs.size, tip };
  // It may have moved back since it was asked.
  if (log.commits[theirs.size - 1] === theirs.commits.at(-1)) return { state: "behind", size: theirs.size };
  const index = log.records.findIndex(({ digest }, at) => digest !== theirs.records[at]?.digest);
  return { state: "forked", index, evidence: await forkEvidence(repository, log, theirs, index, call) };
}

/**
 * Fast-forward only. Throws a `LogError`: `forked` and `truncated` with the evidence, where the remote has another log or a longer
 * one.
 */
export async function publishLog(
  repository: GitRepository,
  log: CheckedLog,
  remote: Remote,
  call: Call = {},
): Promise<void> {
  const tip = log.commits.at(-1);
  if (tip === undefined) throw new LogError("missing", "a log without records cannot be published");
  const cosigned = await repository.resolve(checkpointRef, call);
  const refspecs = [`${tip}:${logRef}`, ...(cosigned === undefined ? [] : [`+${cosigned}:${checkpointRef}`])];
  try {
    await repository.push(remote, refspecs, call);
  } catch (error) {
    if (!(error instanceof GitError) || error.code !== "rejected") throw error;
    throw await whyRejected(repository, log, remote, error, call);
  }
  await repository.updateRef(publishedRef, tip, undefined, call);
}

async function whyRejected(
  repository: GitRepository,
  log: CheckedLog,
  remote: Remote,
  cause: GitError,
  call: Call,
): Promise<Error> {
  const compared = await compareWithRemote(repository, log, remote, call);
  if (compared.state === "forked") {
    const { index, evidence } = compared;
    return new LogError("forked", "the remote has another one in its place", { index, evidence, cause });
  }
  if (compared.state !== "ahead") return cause;
  const message = `is missing here: the remote has ${compared.size} records, restore the log from it`;
  return new LogError("truncated", message, { index: log.size, cause });
}

export interface RestoreOptions extends Call {
  readonly repository: GitRepository;
  readonly remote: Remote;
  readonly origin: string;
  /** What the cluster remembers of the log. A remote cannot be believed without it. */
  readonly pins: LogPins & { readonly genesisDigest: string };
  readonly keys?: LogTrust["keys"];
  readonly signer?: string;
  readonly ref?: string;
}

/**
 * Makes the log here what it is on the remote, where there is none here, or only its beginning. Throws a `LogError`: `truncated`,
 * `rewritten` or `wrong-genesis` where the remote's is not the pinned one, `forked` where it does not continue what is here.
 */
export async function restoreLog(options: RestoreOptions): Promise<void> {
  const { repository, remote, origin, pins, keys, signer, ref = logRef, signal } = options;
  const trust = { origin, ...pins, ...(keys && { keys }), ...(signer !== undefined && { signer }) };
  if ((await remoteTip(repository, remote, { signal })) === undefined) {
    const known = pins.minimum ? `, and had ${pins.minimum.size} records` : "";
    throw new LogError(
      "truncated",
      `the remote has no log at ${logRef}${known}: look who removed it, and from where it can be had`,
    );
  }
  const log = await fetchLog(repository, remote, trust, { signal });
  const here = await repository.resolve(ref, { signal });
  const tip = log.commits.at(-1);
  if (tip === undefined || here === tip) return;
  if (here !== undefined && !log.commits.includes(here)) {
    throw new LogError("forked", `the log here ends with commit ${here}, which the remote's does not have`);
  }
  await repository.updateRef(ref, tip, here ?? null, { signal });
}

async function remoteTip(repository: GitRepository, remote: Remote, call: Call): Promise<Oid | undefined> {
  const refs = await repository.remoteRefs(remote, [logRef], call);
  return refs.find(({ name }) => name === logRef)?.oid;
}

async function fetchLog(repository: GitRepository, remote: Remote, trust: LogTrust, call: Call): Promise<CheckedLog> {
  await repository.fetch(remote, [`+${logRef}:${fetchedLogRef}`], call);
  const tip = await repository.resolve(fetchedLogRef, call);
  if (tip === undefined) throw new LogError("missing", `the remote has no log at ${logRef}`);
  return verifyLog(repository, tip, trust, call);
}

function trustOf(log: CheckedLog): LogTrust {
  const keys = log.keys.terms.map(({ key }) => key);
  const genesisDigest = log.records[0]?.digest;
  return { origin: log.genesis.origin, keys, ...(genesisDigest !== undefined && { genesisDigest }) };
}

async function publishedSize(repository: GitRepository, log: CheckedLog, call: Call): Promise<number> {
  const published = await repository.resolve(publishedRef, call);
  return published === undefined ? 0 : log.commits.lastIndexOf(published) + 1;
}

/** Two checkpoints of one size where both can be had, which proves the fork to anybody without a record; else the latest ones. */
async function forkEvidence(
  repository: GitRepository,
  ours: CheckedLog,
  theirs: CheckedLog,
  index: number,
  call: Call,
): Promise<LogEvidence> {
  const pair = await Promise.all([ours, theirs].map((log) => checkpointAt(repository, log, index + 1, call)));
  const [mine, other] = pair;
  return mine !== undefined && other !== undefined
    ? { ours: mine, theirs: other }
    : { ours: ours.note, theirs: theirs.note };
}

/** The log's own signed checkpoint when it had so many records; undefined where it is not signed by a key of the log. */
export async function checkpointAt(
  repository: GitRepository,
  log: CheckedLog,
  size: number,
  call: Call = {},
): Promise<string | undefined> {
  const commit = log.commits[size - 1];
  const bytes = commit === undefined ? undefined : await repository.file(commit, checkpointFile, call);
  const term = log.keys.terms.findLast(({ since }) => since < size);
  if (!bytes || !term) return undefined;
  const note = Buffer.from(bytes).toString("utf8");
  try {
    assertSigned(note, [term.key], size - 1);
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
  const text = formatCheckpoint({ origin: log.genesis.origin, size, root: log.tree.root(size), extensions: [] });
  return note.startsWith(`${text}\n`) ? note : undefined;
}
