/** A log in a real repository, with keys and records to write, for tests. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "../../operator/clock/manual.ts";
import { formatPublicKey, privateNoteKey } from "../../operator/tlog/note/key.ts";
import { type Evidence, evidenceDigest } from "../evidence/evidence.ts";
import { openRepository } from "../git/open.ts";
import type { GitRepository } from "../git/repository.ts";
import { ed25519Signer } from "../signatures/ed25519-signer.ts";
import { createLog, type Genesis, type LogOptions } from "./open-log.ts";
import type { DecisionRecord, GenesisRecord, VerdictRecord } from "./record.ts";

export const origin = "commonhold.example/log";
export const logKey = privateNoteKey(origin, 1, Buffer.alloc(32, 1));
export const nextKey = privateNoteKey(origin, 1, Buffer.alloc(32, 2));
export const strangerKey = privateNoteKey(origin, 1, Buffer.alloc(32, 3));
export const signer = ed25519Signer(Buffer.alloc(32, 11));
export const nextSigner = ed25519Signer(Buffer.alloc(32, 12));

export const genesis: Genesis = {
  at: 1_767_225_600_000,
  repository: `git:${oid("a")}`,
  commit: oid("a"),
  tree: oid("b"),
  constitution: digest("c"),
  members: digest("d"),
};

export const genesisRecord: GenesisRecord = {
  ...genesis,
  kind: "genesis",
  format: 1,
  origin,
  logKey: formatPublicKey(logKey),
  signer: signer.publicKey,
};

export function oid(digit: string): string {
  return digit.repeat(40);
}

export function digest(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

export function halted(at: number): DecisionRecord {
  return { kind: "halted", at: genesis.at + at, code: "Rewritten", commit: oid("e") };
}

export function opened(at: number): DecisionRecord {
  const proposal = `${genesis.repository}/${oid("f")}`;
  return {
    kind: "opened",
    at: genesis.at + at,
    proposal,
    head: oid("f"),
    openedAt: genesis.at + at,
    ratified: oid("a"),
  };
}

export function evidenceOf(at: number): Evidence {
  return {
    format: 1,
    repository: genesis.repository,
    proposal: {
      id: `${genesis.repository}/${oid("f")}`,
      proposer: { kind: "key", key: signer.publicKey },
      openedAt: genesis.at + at,
      head: { oid: oid("f"), since: genesis.at + at },
    },
    opening: oid("a"),
    current: oid("a"),
    candidate: { tree: oid("9") },
    suspended: { members: [], keys: [] },
    ballots: [],
  };
}

export function rejected(at: number, evidence = evidenceOf(at)): VerdictRecord {
  return {
    kind: "rejected",
    at: genesis.at + at,
    proposal: evidence.proposal.id,
    head: oid("f"),
    from: oid("a"),
    constitution: digest("c"),
    electorate: digest("d"),
    decidedBy: "routine",
    classes: ["routine"],
    isEmergency: false,
    plan: digest("e"),
    tally: { yes: 1, no: 2, abstain: 0, cast: 3 },
    quorum: { needed: 2, votes: 3, of: "cast" },
    votes: [
      { member: 1, choice: "yes" },
      { member: 2, choice: "no", ballot: "b2" },
    ],
    times: { openedAt: genesis.at, judgedAt: genesis.at + at, closesAt: genesis.at + 9, mergeBy: genesis.at + 99 },
    reasons: ["DecidedAs", "ShareMissing"],
    evaluator: 1,
    evidence: evidenceDigest(evidence),
  };
}

export interface Folders {
  /** A new folder that `remove` takes away. */
  next(): string;
  remove(): Promise<void>;
  /** A bare repository of its own. */
  repository(): Promise<GitRepository>;
  /** One that is there, by a program of its own. */
  open(path: string): Promise<GitRepository>;
  /** A bare repository with a log of the genesis and `records` records; made once and copied. */
  logOf(records: number): Promise<GitRepository>;
}

export function temporaryFolders(): Folders {
  const root = mkdtempSync(join(tmpdir(), "commonhold-log-"));
  const repositories: GitRepository[] = [];
  let count = 0;
  const next = (): string => join(root, String(++count));
  const open = async (path: string): Promise<GitRepository> => {
    const repository = await openRepository({ path });
    repositories.push(repository);
    return repository;
  };
  const repository = (): Promise<GitRepository> => open(next());
  const made = new Map<number, Promise<string>>();
  const make = async (records: number): Promise<string> => {
    const template = await repository();
    const log = await createLog(logOptions(template), genesis);
    for (let at = 1; at <= records; at++) await log.append(halted(at));
    return template.path;
  };
  return {
    next,
    open,
    repository,
    async logOf(records) {
      const template = made.get(records) ?? make(records);
      made.set(records, template);
      const path = next();
      cpSync(await template, path, { recursive: true });
      return open(path);
    },
    async remove() {
      await Promise.all(repositories.map((one) => one.close()));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export function logOptions(repository: GitRepository, more: Partial<LogOptions> = {}): LogOptions {
  return { repository, signer, logKeys: [logKey], origin, clock: new ManualClock(genesis.at), ...more };
}
