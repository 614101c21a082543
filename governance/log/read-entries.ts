/**
 * Reads the entries of a log by the thousand and hashes every object on the way, so that the id of the last commit stands for all
 * of them. Whatever is not what its id says is named by the record that it belongs to.
 */
import { type Call, GitError, type GitObject, type GitRepository, type Oid } from "../git/repository.ts";
import { type EntryFiles, entryFiles, evidenceBytesMax, type LogEntry } from "./entry.ts";
import { commitLinks, objectId, treeEntries } from "./git-object.ts";
import { LogError } from "./log-error.ts";

/** Objects of one kind that are asked for at once. */
export const entriesPerRead = 2_000;

/** In order; the next ones are read while the caller looks at those that came. Throws a `LogError` (`damaged`). */
export async function* readEntries(
  repository: GitRepository,
  commits: readonly Oid[],
  call: Call = {},
): AsyncGenerator<readonly LogEntry[]> {
  let next = readSome(repository, commits, 0, call);
  for (let from = 0; from < commits.length; from += entriesPerRead) {
    const entries = await next;
    next = readSome(repository, commits, from + entriesPerRead, call);
    // Whoever leaves early never looks at it.
    next.catch(() => undefined);
    yield entries;
  }
}

async function readSome(
  repository: GitRepository,
  commits: readonly Oid[],
  from: number,
  call: Call,
): Promise<LogEntry[]> {
  const some = commits.slice(from, from + entriesPerRead);
  const indexOf = (at: number): number => from + at;
  const read = (oids: readonly Oid[], type: GitObject["type"]) => readObjects(repository, oids, type, indexOf, call);
  const links = (await read(some, "commit")).map(({ bytes }, at) => linksOf(bytes, commits[from + at - 1], from + at));
  const trees = await read(
    links.map(({ tree }) => tree),
    "tree",
  );
  const files = trees.map(({ bytes, oid }, at) => filesOf(bytes, oid, from + at));
  const records = await read(
    files.map(({ record }) => record),
    "blob",
  );
  const checkpoints = await read(
    files.map(({ checkpoint }) => checkpoint),
    "blob",
  );
  const evidence = await readEvidence(repository, files, from, call);
  return some.map((commit, at): LogEntry => {
    const stored = evidence.get(from + at);
    return {
      index: from + at,
      commit,
      record: records[at]?.bytes ?? noBytes,
      checkpoint: checkpoints[at]?.bytes ?? noBytes,
      ...(stored && { evidence: stored }),
    };
  });
}

function linksOf(bytes: Uint8Array, before: Oid | undefined, index: number) {
  const links = commitLinks(bytes);
  if (!links) throw damaged(index, "its commit is not one");
  const parents = before === undefined ? [] : [before];
  if (links.parents.join(" ") !== parents.join(" ")) {
    throw damaged(index, "its commit has other parents than the commit of the record before, and nothing else");
  }
  if (!links.isSigned) throw new LogError("wrong-key", "its commit is not signed", { index });
  return links;
}

function filesOf(bytes: Uint8Array, oid: Oid, index: number): EntryFiles {
  const files = entryFiles(treeEntries(bytes, oid) ?? []);
  if (!files) throw damaged(index, "its commit holds other files than checkpoint, record.json and evidence.json");
  return files;
}

async function readEvidence(repository: GitRepository, files: readonly EntryFiles[], from: number, call: Call) {
  const wanted = files.flatMap(({ evidence }, at) => (evidence === undefined ? [] : [{ index: from + at, evidence }]));
  const oids = wanted.map(({ evidence }) => evidence);
  const objects = await readObjects(repository, oids, "blob", (at) => wanted[at]?.index ?? from, call);
  return new Map(
    wanted.map(({ index, evidence }, at) => [index, { oid: evidence, bytes: objects[at]?.bytes ?? noBytes }]),
  );
}

/** `indexOf`: to which record an object belongs. */
async function readObjects(
  repository: GitRepository,
  oids: readonly Oid[],
  type: GitObject["type"],
  indexOf: (at: number) => number,
  call: Call,
): Promise<GitObject[]> {
  if (oids.length === 0) return [];
  const objects = await orNamed(repository, oids, indexOf, call);
  return oids.map((oid, at) => {
    const object = objects[at];
    if (!object) throw damaged(indexOf(at), `${type} ${oid} of it is missing`);
    if (object.type !== type || objectId(object, oid) !== oid) {
      throw damaged(indexOf(at), `${type} ${oid} of it holds something else than its name says`);
    }
    return object;
  });
}

/** Git ends at the first object that it cannot read and does not say which: it is looked for one half at a time. */
async function orNamed(
  repository: GitRepository,
  oids: readonly Oid[],
  indexOf: (at: number) => number,
  call: Call,
): Promise<readonly (GitObject | undefined)[]> {
  try {
    return await repository.objects(oids, { ...call, bytesMax: evidenceBytesMax });
  } catch (error) {
    if (!(error instanceof GitError) || error.isTransient || error.code === "unusable") throw error;
    if (oids.length === 1) throw damaged(indexOf(0), `object ${oids[0]} of it cannot be read`, error);
    const middle = Math.ceil(oids.length / 2);
    const left = await orNamed(repository, oids.slice(0, middle), indexOf, call);
    return [...left, ...(await orNamed(repository, oids.slice(middle), (at) => indexOf(middle + at), call))];
  }
}

function damaged(index: number, message: string, cause?: unknown): LogError {
  return new LogError("damaged", message, { index, cause });
}

const noBytes = new Uint8Array(0);
