/**
 * The decision log of a service: opened after everything in it was checked, and written by nobody else. See `decision-log.ts`
 * for what it promises and `entry.ts` for how it lies in git.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import { parseCanonicalJson } from "../../operator/tlog/canonical-json.ts";
import type { TreeHead } from "../../operator/tlog/checkpoint.ts";
import { digestOf } from "../../operator/tlog/digest.ts";
import type { Hash } from "../../operator/tlog/merkle/hash.ts";
import { formatPublicKey, type PrivateNoteKey } from "../../operator/tlog/note/key.ts";
import { type Evidence, evidenceDigest } from "../evidence/evidence.ts";
import type { Call, GitRepository, Oid, Remote, Signer } from "../git/repository.ts";
import { CheckedLog, type LogTree } from "./checked-log.ts";
import { cosignedOf, keepCosigned } from "./cosigned.ts";
import type { AppendOptions, DecisionLog, LoggedRecord } from "./decision-log.ts";
import { evidenceBytesMax } from "./entry.ts";
import type { LogKeyTerm } from "./key-history.ts";
import { LogError } from "./log-error.ts";
import type { DecisionRecord, GenesisRecord, KeyRotatedRecord } from "./record.ts";
import { parseRecord } from "./record-schema.ts";
import { checkpointAt, compareWithRemote, logRef, publishLog, type RemoteComparison } from "./remote-log.ts";
import type { LogPins } from "./trust.ts";
import { verifyLog } from "./verify-log.ts";
import { writeEntry } from "./writer.ts";

export interface LogOptions {
  readonly repository: GitRepository;
  /** Signs commits. */
  readonly signer: Signer;
  /** All that are there: the one that the log names signs checkpoints. */
  readonly logKeys: readonly PrivateNoteKey[];
  /** The name of the log, for ever. */
  readonly origin: string;
  readonly ref?: string;
  readonly clock: Clock;
  /** After every append, when it is durable. Must not throw. */
  readonly onCheckpoint?: (checkpoint: SignedHead) => void;
}

export interface SignedHead extends TreeHead {
  readonly note: string;
}

export interface OpenLogOptions extends LogOptions, Call {
  readonly pins?: LogPins;
}

/** What the first record says beside the log's own names. */
export type Genesis = Omit<GenesisRecord, "kind" | "format" | "origin" | "logKey" | "signer">;

export interface OpenedLog extends DecisionLog {
  readonly origin: string;
  readonly genesis: GenesisRecord;
  /** `sha256:…` of the bytes of the first record: what a cluster pins. */
  readonly genesisDigest: string;
  /** Hash of the first leaf: what witnesses pin. */
  readonly genesisLeaf: Hash;
  readonly head: TreeHead;
  /** Of the last record. */
  readonly commit: Oid;
  /** Keys that signed the log, the one of today at the end. */
  readonly keys: readonly LogKeyTerm[];
  readonly tree: LogTree;
  /** The latest checkpoint with cosignatures of witnesses; it may be of fewer records. */
  readonly cosigned: string | undefined;
  keepCosigned(note: string, call?: Call): Promise<void>;
  /** The log's own checkpoint when it had so many records. */
  checkpointAt(size: number, call?: Call): Promise<string | undefined>;
  compareWithRemote(remote: Remote, call?: Call): Promise<RemoteComparison>;
  /** Pushes the log and its cosigned checkpoint. See `publishLog`. */
  publish(remote: Remote, call?: Call): Promise<void>;
  /** From the next record on `next` signs. Keep its private half on disk before this is called. */
  rotateKey(next: NextKeys, call?: Call): Promise<LoggedRecord>;
}

export interface NextKeys {
  readonly key: PrivateNoteKey;
  /** Where the key that signs commits changes too. */
  readonly signer?: Signer;
}

/** Throws a `LogError` that says what is wrong and with which record; `missing` where there is no log. */
export async function openDecisionLog(options: OpenLogOptions): Promise<OpenedLog> {
  const { repository, ref = logRef, origin, logKeys, signer, pins = {}, signal } = options;
  const tip = await repository.resolve(ref, { signal });
  if (tip === undefined) throw new LogError("missing", `there is no log at ${ref}`);
  const trust = { origin, keys: logKeys, signer: signer.publicKey, ...pins };
  const log = await verifyLog(repository, tip, trust, { signal });
  const cosigned = await cosignedOf(repository, log, { signal });
  return openedLog(options, log, cosigned);
}

/** Writes the first record. Throws a `LogError` (`exists`) where there is a log already. */
export async function createLog(options: LogOptions & Call, genesis: Genesis): Promise<OpenedLog> {
  const { repository, ref = logRef, origin, logKeys, signer, clock, signal } = options;
  const [key] = logKeys;
  if (!key) throw new TypeError("a log is created with the key that signs it");
  if ((await repository.resolve(ref, { signal })) !== undefined) {
    throw new LogError("exists", `there is a log at ${ref} already: a second genesis would be another log`);
  }
  const record = checkedRecord({
    ...genesis,
    ...{ kind: "genesis", format: 1, origin, logKey: formatPublicKey(key), signer: signer.publicKey },
  });
  const log = new CheckedLog({ origin });
  await writeEntry({ repository, ref, clock, log }, { record, origin, keys: [key], signer, signal });
  return openedLog(options, log, undefined);
}

function openedLog(options: LogOptions, log: CheckedLog, cosignedAtFirst: string | undefined): OpenedLog {
  const { repository, ref = logRef, origin, clock, onCheckpoint = () => {} } = options;
  let { signer } = options;
  let key = privateHalf(options.logKeys, log);
  assertSigner(signer, log);
  let cosigned = cosignedAtFirst;
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function write(record: DecisionRecord, keys: readonly PrivateNoteKey[], options: AppendOptions) {
    const { evidence, signal } = options;
    const entry = { record: checkedRecord(record), origin, keys, signer, signal, ...(evidence && { evidence }) };
    const logged = await writeEntry({ repository, ref, clock, log }, entry);
    onCheckpoint({ ...log.head, note: log.note });
    return logged;
  }

  return {
    origin,
    genesis: log.genesis,
    genesisDigest: log.records[0]?.digest ?? "",
    genesisLeaf: log.leaf(0) as Hash,
    tree: log.tree,
    get records() {
      return log.records;
    },
    get checkpoint() {
      return log.note;
    },
    get head() {
      return log.head;
    },
    get commit() {
      return log.commits.at(-1) as Oid;
    },
    get keys() {
      return log.keys.terms;
    },
    get cosigned() {
      return cosigned;
    },
    append: (record, options = {}) =>
      inTurn(async () => {
        options.signal?.throwIfAborted();
        assertAppendable(record, options.evidence, log);
        return write(record, [key], options);
      }),
    evidence: (digest) => readEvidence(repository, log, digest),
    async keepCosigned(note, call) {
      await keepCosigned(repository, note, clock, call);
      cosigned = note;
    },
    checkpointAt: (size, call) => checkpointAt(repository, log, size, call),
    compareWithRemote: (remote, call) => compareWithRemote(repository, log, remote, call),
    publish: (remote, call) => inTurn(() => publishLog(repository, log, remote, call)),
    rotateKey: (next, call = {}) =>
      inTurn(async () => {
        const logged = await write(rotation(key, next, clock.now()), [key, next.key], call);
        key = next.key;
        signer = next.signer ?? signer;
        return logged;
      }),
  };
}

function rotation(previous: PrivateNoteKey, { key, signer }: NextKeys, at: number): KeyRotatedRecord {
  return {
    kind: "keyRotated",
    at,
    previousKey: formatPublicKey(previous),
    nextKey: formatPublicKey(key),
    ...(signer && { nextSigner: signer.publicKey }),
  };
}

/** Of the key that the log names last. */
function privateHalf(keys: readonly PrivateNoteKey[], log: CheckedLog): PrivateNoteKey {
  const wanted = formatPublicKey(log.keys.current.key);
  const found = keys.find((key) => formatPublicKey(key) === wanted);
  if (found) return found;
  const message = `the log is signed by ${wanted}, and its private half is not here: restore the keys from their backup`;
  throw new LogError("wrong-key", message);
}

function assertSigner(signer: Signer, log: CheckedLog): void {
  const named = log.keys.signer;
  if (named === undefined || named === signer.publicKey) return;
  const message = `commits of the log are signed by ${named}, and its private half is not here: restore the keys from their backup`;
  throw new LogError("wrong-key", message);
}

function assertAppendable(record: DecisionRecord, evidence: Evidence | undefined, log: CheckedLog): void {
  if (record.kind === "genesis" || record.kind === "keyRotated") {
    throw new LogError("refused", `a record of the kind ${record.kind} has a way of its own into the log`);
  }
  const named = "evidence" in record ? record.evidence : undefined;
  const given = evidence && evidenceDigest(evidence);
  if (given !== undefined && given !== named) {
    throw new LogError("refused", `the evidence is ${given}, the record names ${named ?? "none"}`);
  }
  if (named !== undefined && given === undefined && !log.evidence(named)) {
    throw new LogError(
      "refused",
      `the record names evidence ${named}, which is not given with it and was not stored before`,
    );
  }
}

function checkedRecord(record: DecisionRecord): DecisionRecord {
  try {
    return parseRecord(record as unknown as Parameters<typeof parseRecord>[0]);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new LogError("refused", `this is no record: ${cause.message}`, { cause });
  }
}

async function readEvidence(repository: GitRepository, log: CheckedLog, digest: string): Promise<Evidence | undefined> {
  const stored = log.evidence(digest);
  if (!stored) return undefined;
  const { oid, index } = stored;
  const bytes = await repository.blob(oid, { bytesMax: evidenceBytesMax });
  if (bytes && digestOf(bytes) === digest) {
    return parseCanonicalJson(Buffer.from(bytes).toString("utf8")) as unknown as Evidence;
  }
  throw new LogError("damaged", `its evidence ${digest} is missing or something else`, { index });
}
