/**
 * Reads the entries of a log by the thousand and hashes every object on the way, so that the id of the last commit stands for all
 * of them. Whatever is not what its id says is named by the record that it belongs to.
 */

import { parseCommit } from "../git/objects/commit.ts";
import { type ObjectType, oidOf } from "../git/objects/format.ts";
import { type Call, GitError, type GitObject, type GitRepository, type Oid } from "../git/repository.ts";
import { type EntryFiles, entryFiles, evidenceBytesMax, formatOf, type LogEntry } from "./entry.ts";
import { LogError } from "./log-error.ts";

/** Entries that are asked for at once. */
const entriesPerRead = 4_000;

/** Reads that are under way before their entries are asked for, so that git and whoever checks work at the same time. */
const readsAhead = 4;

/** In order. Throws a `LogError` (`damaged`). */
export async function* readEntries(
  repository: GitRepository,
  commits: readonly Oid[],
  call: Call = {},
  perRead: number = entriesPerRead,
): AsyncGenerator<readonly LogEntry[]> {
  const reads: Promise<readonly LogEntry[]>[] = [];
  let from = 0;
  const readOn = (): void => {
    for (; reads.length <= readsAhead && from < commits.length; from += perRead) {
      const read = readSome(repository, commits, from, from + perRead, call);
      // Whoever leaves early never looks at it.
      read.catch(() => undefined);
      reads.push(read);
    }
  };
  readOn();
  for (let next = reads.shift(); next; next = reads.shift()) {
    const entries = await next;
    readOn();
    yield entries;
  }
}

interface Wanted {
  readonly oid: Oid;
  readonly type: ObjectType;
  /** Of the record that it belongs to. */
  readonly index: number;
}

async function readSome(
  repository: GitRepository,
  commits: readonly Oid[],
  from: number,
  to: number,
  call: Call,
): Promise<LogEntry[]> {
  const some = commits.slice(from, to).map((oid, at) => ({ oid, index: from + at }));
  const trees = (await readObjects(repository, some.map(typed("commit")), call)).map((bytes, at) => {
    const index = from + at;
    return { oid: treeOf(bytes, commits[index] ?? "", commits[index - 1], index), index };
  });
  const files = (await readObjects(repository, trees.map(typed("tree")), call)).map((bytes, at) =>
    filesOf(bytes, trees[at]?.oid ?? "", from + at),
  );
  const blobs = files.flatMap(({ record, checkpoint, evidence }, at) =>
    [record, checkpoint, ...(evidence === undefined ? [] : [evidence])].map((oid) => ({ oid, index: from + at })),
  );
  const bytes = (await readObjects(repository, blobs.map(typed("blob")), call)).values();
  const next = (): Uint8Array => bytes.next().value ?? noBytes;
  return some.map(({ oid, index }, at): LogEntry => {
    const entry = { index, commit: oid, record: next(), checkpoint: next() };
    const evidence = files[at]?.evidence;
    return evidence === undefined ? entry : { ...entry, evidence: { oid: evidence, bytes: next() } };
  });
}

function typed(type: ObjectType): (object: { oid: Oid; index: number }) => Wanted {
  return ({ oid, index }) => ({ oid, index, type });
}

function treeOf(bytes: Buffer, commit: Oid, before: Oid | undefined, index: number): Oid {
  const { tree, parents, signature } = links(bytes, commit, index);
  if (parents.join(" ") !== (before ?? "")) {
    throw damaged(index, "its commit has other parents than the commit of the record before, and nothing else");
  }
  if (!signature) throw new LogError("wrong-key", "its commit is not signed", { index });
  return tree;
}

function links(bytes: Buffer, commit: Oid, index: number) {
  try {
    return parseCommit(commit, bytes, formatOf(commit));
  } catch (error) {
    if (error instanceof GitError) throw damaged(index, error.message, error);
    throw error;
  }
}

function filesOf(bytes: Buffer, tree: Oid, index: number): EntryFiles {
  const files = entryFiles(bytes, formatOf(tree));
  if (files) return files;
  throw damaged(index, "its commit holds other files than checkpoint, record.json and evidence.json");
}

/** Their bytes, which are those that their ids name. */
async function readObjects(repository: GitRepository, wanted: readonly Wanted[], call: Call): Promise<Buffer[]> {
  if (wanted.length === 0) return [];
  const objects = await orNamed(repository, wanted, call);
  return wanted.map(({ oid, type, index }, at) => {
    const object = objects[at];
    if (!object) throw damaged(index, `${type} ${oid} of it is missing`);
    const { bytes, hashed = oidOf(object.type, bytes, formatOf(oid)) } = object;
    if (object.type !== type || hashed !== oid) {
      throw damaged(index, `${type} ${oid} of it holds something else than its name says`);
    }
    return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
  });
}

/** Git ends at the first object that it cannot read and does not say which: it is looked for one half at a time. */
async function orNamed(
  repository: GitRepository,
  wanted: readonly Wanted[],
  call: Call,
): Promise<readonly (GitObject | undefined)[]> {
  try {
    const oids = wanted.map(({ oid }) => oid);
    return await repository.objects(oids, { ...call, bytesMax: evidenceBytesMax });
  } catch (error) {
    if (!(error instanceof GitError) || error.isTransient || error.code === "unusable") throw error;
    const [first, ...others] = wanted;
    if (first && others.length === 0) throw damaged(first.index, `object ${first.oid} of it cannot be read`, error);
    const middle = Math.ceil(wanted.length / 2);
    const left = await orNamed(repository, wanted.slice(0, middle), call);
    return [...left, ...(await orNamed(repository, wanted.slice(middle), call))];
  }
}

function damaged(index: number, message: string, cause?: unknown): LogError {
  return new LogError("damaged", message, { index, cause });
}

const noBytes = new Uint8Array(0);
