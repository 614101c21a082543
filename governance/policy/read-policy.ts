/**
 * From a tree of the policy repository to the objects that it wants in the cluster. Only git objects are looked at: names,
 * modes and blobs; nothing is checked out, rendered or executed. `readPolicy` is a function of its data; `loadPolicy` reads
 * those data from git and remembers what it has read.
 */
import { failed, type Parsed } from "../constitution/documents/problem.ts";
import { type Call, GitError, type GitRepository, type Oid, type TreeEntry } from "../git/repository.ts";
import { assemble } from "./assemble.ts";
import { atOnce } from "./at-once.ts";
import { PolicyCache } from "./cache.ts";
import { blobsAtOnceMax } from "./limits.ts";
import type { Policy } from "./policy.ts";
import { type FileContent, readFile, readingKey } from "./read-file.ts";
import { bytesMax, type PolicyFile, type Sifted, sift, tooManyFiles } from "./sift.ts";

export interface PolicyOptions {
  /** Namespaces that the repository governs: an object in any other is refused. */
  readonly namespaces: readonly string[];
}

export interface PolicyTree {
  readonly entries: readonly TreeEntry[];
  /** Content by object id, at least of every file that is read. */
  readonly blobs: ReadonlyMap<Oid, Uint8Array>;
}

/** Throws a TypeError where the content of a file is not in `blobs`. */
export function readPolicy({ entries, blobs }: PolicyTree, { namespaces }: PolicyOptions): Parsed<Policy> {
  const sifted = sift(entries);
  const readings = sifted.files.map((file) => {
    const bytes = blobs.get(file.entry.oid);
    if (!bytes) throw new TypeError(`the content of ${file.entry.path} is missing: give every blob of the tree`);
    return readFile(file, bytes, namespaces);
  });
  return policyOf(sifted, readings);
}

export interface LoadOptions extends PolicyOptions {
  /** Shared by all loads of one repository; without it everything is read again. */
  readonly cache?: PolicyCache;
}

/** `treeish`: a commit or tree. Throws a `GitError` where git cannot be read; what is wrong with the policy is in the answer. */
export async function loadPolicy(
  repository: GitRepository,
  treeish: Oid,
  { namespaces, cache = new PolicyCache() }: LoadOptions,
  call: Call = {},
): Promise<Parsed<Policy>> {
  const tree = await repository.resolve(`${treeish}^{tree}`, call);
  if (tree === undefined) throw new GitError("damaged", `there is no tree ${treeish}: fetch it first`);
  const key = `${tree} ${namespaces.join(",")}`;
  const known = cache.policy(key);
  if (known) return known;
  const entries = await entriesOf(repository, tree, call);
  if (!entries) return failed([tooManyFiles("too many")]);
  const sifted = sift(entries);
  const before = sifted.files.map(({ entry }) => cache.reading(readingKey(entry, namespaces)));
  // Nearly all were read for the tree before: only what is new is waited for.
  const unread = sifted.files.filter((_, at) => before[at] === undefined);
  const read = (
    await atOnce(unread, blobsAtOnceMax, async (file) => {
      const name = readingKey(file.entry, namespaces);
      const reading = readFile(file, await bytesOf(repository, file, call), namespaces);
      cache.keepReading(name, reading, file.entry.size);
      return reading;
    })
  ).values();
  const readings = before.map((reading) => reading ?? (read.next().value as Parsed<FileContent>));
  const policy = policyOf(sifted, readings);
  cache.keepPolicy(
    key,
    policy,
    sifted.files.reduce((sum, { entry }) => sum + entry.size, 0),
  );
  return policy;
}

/** Undefined where there are more than git was told to list. */
async function entriesOf(repository: GitRepository, tree: Oid, call: Call): Promise<readonly TreeEntry[] | undefined> {
  try {
    return await repository.tree(tree, call);
  } catch (error) {
    if (error instanceof GitError && error.code === "too-large") return undefined;
    throw error;
  }
}

async function bytesOf(repository: GitRepository, { role, entry }: PolicyFile, call: Call): Promise<Uint8Array> {
  const bytes = await repository.blob(entry.oid, { ...call, bytesMax: bytesMax(role) });
  if (!bytes) throw new GitError("damaged", `the content of ${entry.path} (${entry.oid}) is missing: fetch it again`);
  return bytes;
}

function policyOf(sifted: Sifted, readings: readonly Parsed<FileContent>[]): Parsed<Policy> {
  const contents = readings.flatMap((reading) => (reading.ok ? [reading.value] : []));
  const problems = readings.flatMap((reading) => (reading.ok ? [] : reading.problems));
  return assemble(contents, [...sifted.problems, ...problems]);
}
