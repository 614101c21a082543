/** The contract of `repository.ts`, put together from its parts. */

import { history } from "./history/history.ts";
import { rememberedMerges } from "./history/merge.ts";
import { removeHalfWritten } from "./leftovers.ts";
import { gitLimits } from "./limits.ts";
import { maintain } from "./maintain.ts";
import { batchMin, readBatch } from "./objects/batch.ts";
import { formatCommit, parseCommit, signedCommit } from "./objects/commit.ts";
import { checkOid, type ObjectFormat, type ObjectType } from "./objects/format.ts";
import type { NewObject } from "./objects/pack.ts";
import type { ObjectReader } from "./objects/reader.ts";
import { formatTag, parseTag } from "./objects/tag.ts";
import { objectWriter } from "./objects/write.ts";
import { gate } from "./program/gate.ts";
import type { GitProgram } from "./program/program.ts";
import { isRevision } from "./refs/name.ts";
import { refs } from "./refs/refs.ts";
import { remotes } from "./remotes/remotes.ts";
import { type Call, type GitCommit, GitError, type GitRepository, type GitTag, type Oid } from "./repository.ts";
import { diffTrees } from "./trees/diff.ts";
import { editTree } from "./trees/edit.ts";
import { folders } from "./trees/folders.ts";
import { fileAt, listTree } from "./trees/list.ts";

export interface Parts {
  readonly path: string;
  readonly git: GitProgram;
  readonly format: ObjectFormat;
  readonly objects: ObjectReader;
  readonly isOnlyWriter: boolean;
}

export function bareRepository({ path, git, format, objects, isOnlyWriter }: Parts): GitRepository {
  const tree = folders(objects, format);
  /** Packs are received one at a time: so it is known whose are the half-written ones. */
  const receiving = gate(1);
  const writer = objectWriter(git, format, receiving);
  const past = history(git, format);
  const mergeTree = rememberedMerges();
  const names = refs(git, objects, format);
  const far = remotes(git, format, {
    receiving,
    onFailedFetch: async () => {
      if (isOnlyWriter) await removeHalfWritten(path);
    },
  });

  const read = (oid: Oid, type: ObjectType, { signal }: Call = {}): Promise<Buffer | undefined> =>
    objects.object(oid, type, { signal, bytesMax: gitLimits.objectBytesMax });

  const commit = async (oid: Oid, call?: Call): Promise<GitCommit | undefined> => {
    const bytes = await read(oid, "commit", call);
    return bytes && parseCommit(oid, bytes, format);
  };
  const tag = async (oid: Oid, call?: Call): Promise<GitTag | undefined> => {
    const bytes = await read(oid, "tag", call);
    return bytes && parseTag(oid, bytes, format);
  };
  const blob = (oid: Oid, { signal, bytesMax = gitLimits.blobBytesMax }: Call & { readonly bytesMax?: number } = {}) =>
    objects.object(oid, "blob", { signal, bytesMax });

  const write = async (object: NewObject, call: Call = {}): Promise<Oid> => {
    const [oid] = await writer.write([object], call);
    if (oid === undefined) throw new GitError("failed", "git wrote no object");
    return oid;
  };
  const typeOf = async (oid: Oid, call: Call = {}): Promise<ObjectType> => {
    checkOid(oid, format);
    const found = await objects.head(oid, call);
    if (!found) throw new GitError("failed", `object ${oid} is not in the repository`);
    return found.type;
  };

  return {
    path,
    commit,
    tag,
    blob,
    tree: async (oid, call = {}) => listTree(oid, tree, objects, call),
    file: async (treeish, at, options = {}) => {
      checkOid(treeish, format);
      const oid = await fileAt(treeish, at, tree, { signal: options.signal });
      return oid === undefined ? undefined : blob(oid, options);
    },
    objects: (oids, { signal, bytesMax = gitLimits.blobBytesMax } = {}) =>
      oids.length < batchMin
        ? Promise.all(oids.map((oid) => objects.anyObject(oid, { signal, bytesMax })))
        : readBatch(git, format, oids, { signal, bytesMax }),
    resolve: async (revision, call = {}) => {
      if (revision.length > gitLimits.revisionCharsMax || !isRevision(revision)) return undefined;
      return (await objects.head(revision, call))?.oid;
    },
    refs: async (prefix, call = {}) => names.list(prefix, call),
    diff: async (before, after, call = {}) => diffTrees(before, after, tree, call),
    firstParents: async (from, to, call = {}) =>
      past.firstParents(from, to, async (oid) => (await commit(oid, call))?.parents[0], call),
    range: async (base, head, call = {}) => past.range(base, head, call),
    isAncestor: async (a, d, call = {}) => past.isAncestor(a, d, call),
    mergeBase: async (a, b, call = {}) => past.mergeBase(a, b, call),
    mergeTree: async (ours, theirs, call = {}) =>
      mergeTree(ours, theirs, { git, history: past, folders: tree, format }, call),
    writeBlob: (bytes, call) => write({ type: "blob", bytes }, call),
    writeTree: async (base, files, call = {}) => {
      const edited = await editTree(base, files, { folders: tree, format }, call);
      await writer.write(edited.objects, call);
      return edited.tree;
    },
    writeCommit: async (commit, call) => {
      for (const oid of [commit.tree, ...commit.parents]) checkOid(oid, format);
      const bytes = formatCommit(commit);
      const armored = await commit.signer?.sign(bytes);
      return write(
        { type: "commit", bytes: armored === undefined ? bytes : signedCommit(bytes, armored, format) },
        call,
      );
    },
    writeTag: async (tag, call) => {
      const payload = formatTag(tag, await typeOf(tag.object, call));
      const armored = await tag.signer.sign(payload);
      return write({ type: "tag", bytes: Buffer.concat([payload, Buffer.from(armored, "utf8")]) }, call);
    },
    updateRef: async (name, oid, expected, call = {}) => names.update(name, oid, expected, call),
    deleteRef: async (name, call = {}) => names.delete(name, call),
    fetch: async (remote, refspecs, call = {}) => far.fetch(remote, refspecs, call),
    remoteRefs: async (remote, patterns, call = {}) => far.refs(remote, patterns, call),
    push: async (remote, refspecs, call = {}) => far.push(remote, refspecs, call),
    maintain: (call = {}) => maintain(path, git, call),
    close: async () => {
      await Promise.all([objects.close(), git.close()]);
    },
  };
}
