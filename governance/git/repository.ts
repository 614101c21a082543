/**
 * What governance asks of git: a bare repository on this machine, read and written object by object with git's own plumbing.
 * Nothing is ever checked out: a tree is a list of names and blobs, so no symbolic link, hook, filter or attribute of a
 * proposal can do anything here.
 */

/** Hex object id, 40 digits (SHA-1) or 64 (SHA-256). */
export type Oid = string;

export interface GitCommit {
  readonly oid: Oid;
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  /** Without the line feed that ends it; at most `gitLimits.messageBytesMax` bytes are kept. Untrusted text. */
  readonly message: string;
  /** What the commit says of itself, milliseconds since 1970: a claim, never compared with anything. */
  readonly committedAt: number;
  /** The armored SSH or PGP signature and the bytes that it is over, where there is one. */
  readonly signature?: SignedPayload;
}

export interface GitTag {
  readonly oid: Oid;
  /** What it points to. */
  readonly object: Oid;
  readonly objectType: string;
  readonly name: string;
  /** Without the signature and the line feed that ends it; at most `gitLimits.messageBytesMax` bytes are kept. Untrusted text. */
  readonly message: string;
  readonly signature?: SignedPayload;
}

export interface GitObject {
  readonly oid: Oid;
  readonly type: "commit" | "tree" | "blob" | "tag";
  readonly bytes: Uint8Array;
  /** What its type and bytes are the hash of, where that is known already: another name than `oid` means that it is damaged. */
  readonly hashed?: Oid;
}

export interface SignedPayload {
  readonly armored: string;
  readonly payload: Uint8Array;
}

export interface TreeEntry {
  /** From the root of the repository, with slashes; exactly as git has it. */
  readonly path: string;
  /** `100644`, `100755`, `120000`, `160000`. */
  readonly mode: string;
  readonly oid: Oid;
  /** Of a blob, in bytes. */
  readonly size: number;
}

/** One path that differs between two trees. A rename is a removal and an addition: so both names count. */
export interface TreeChange {
  readonly path: string;
  readonly before?: { readonly mode: string; readonly oid: Oid };
  readonly after?: { readonly mode: string; readonly oid: Oid };
}

export type MergeOutcome =
  | { readonly ok: true; readonly tree: Oid }
  | { readonly ok: false; readonly conflicts: readonly string[] };

export interface Ref {
  readonly name: string;
  readonly oid: Oid;
}

export interface Remote {
  /** Over ssh, https, or a path. */
  readonly url: string;
  /** Sent as `Authorization` over https only; never part of a command line or of a message. */
  readonly authorization?: string;
  /** Private key file for ssh; the agent and `~/.ssh` where left out. */
  readonly sshKeyPath?: string;
  /** File with the keys of the remote's host; `~/.ssh/known_hosts` where left out. An unknown host is refused, never asked about. */
  readonly sshKnownHostsPath?: string;
}

export interface NewCommit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Signs the commit as git does with `gpg.format=ssh`. */
  readonly signer?: Signer;
  /** `Name <mail>`; a neutral one where left out, since a public log holds no names. */
  readonly author?: string;
}

export interface NewTag {
  readonly object: Oid;
  readonly name: string;
  readonly message: string;
  readonly at: number;
  readonly signer: Signer;
  /** `Name <mail>`; a neutral one where left out. */
  readonly tagger?: string;
}

/** Makes an armored SSH signature (namespace `git`) over `payload`. */
export interface Signer {
  /** `type base64`, as in `Member.sshKeys`. */
  readonly publicKey: string;
  sign(payload: Uint8Array): Promise<string>;
}

export interface Call {
  readonly signal?: AbortSignal | undefined;
}

/** Absence is an answer (`undefined`); everything else that fails throws a `GitError`. */
export interface GitRepository {
  /** Folder of the bare repository. */
  readonly path: string;
  commit(oid: Oid, call?: Call): Promise<GitCommit | undefined>;
  tag(oid: Oid, call?: Call): Promise<GitTag | undefined>;
  /** All entries below the root, in git's order. Throws a `GitError` (`too-large`) beyond `treeEntriesMax`. */
  tree(oid: Oid, call?: Call): Promise<readonly TreeEntry[]>;
  /** Throws a `GitError` (`too-large`) above `bytesMax`; default 1 MiB. */
  blob(oid: Oid, options?: Call & { readonly bytesMax?: number }): Promise<Uint8Array | undefined>;
  /** Blob at `path` of the commit or tree; undefined where there is none, or what is there is no 100644 blob. */
  file(treeish: Oid, path: string, options?: Call & { readonly bytesMax?: number }): Promise<Uint8Array | undefined>;
  /**
   * Objects by their ids, in the order asked, by one process: for whoever reads thousands (the decision log). `undefined` where there is
   * none. The bytes are what the store holds; whether they are those that the id names is for the caller to check.
   */
  objects(
    oids: readonly Oid[],
    options?: Call & { readonly bytesMax?: number },
  ): Promise<readonly (GitObject | undefined)[]>;
  /** A ref, an object id or the begin of one, also with `^{commit}`, `~3` or `:path` behind it; nothing that git would search for. */
  resolve(revision: string, call?: Call): Promise<Oid | undefined>;
  refs(prefix: string, call?: Call): Promise<readonly Ref[]>;
  diff(before: Oid, after: Oid, call?: Call): Promise<readonly TreeChange[]>;
  /**
   * First-parent commits after `from` up to and with `to`, oldest first; undefined where `from` is no first-parent ancestor of `to`.
   * `from` undefined: from the very first one.
   */
  firstParents(from: Oid | undefined, to: Oid, call?: Call): Promise<readonly Oid[] | undefined>;
  /** Commits reachable from `head` and not from `base`, oldest first. */
  range(base: Oid, head: Oid, call?: Call): Promise<readonly Oid[]>;
  isAncestor(ancestor: Oid, descendant: Oid, call?: Call): Promise<boolean>;
  mergeBase(a: Oid, b: Oid, call?: Call): Promise<Oid | undefined>;
  /** The tree that a three-way merge of two commits makes (git's `ort`). */
  mergeTree(ours: Oid, theirs: Oid, call?: Call): Promise<MergeOutcome>;
  writeBlob(bytes: Uint8Array, call?: Call): Promise<Oid>;
  /** `base` with some paths replaced (bytes) or removed (undefined); no `base`: only those. Mode 100644. */
  writeTree(base: Oid | undefined, files: Readonly<Record<string, Uint8Array | undefined>>, call?: Call): Promise<Oid>;
  writeCommit(commit: NewCommit, call?: Call): Promise<Oid>;
  writeTag(tag: NewTag, call?: Call): Promise<Oid>;
  /** Moves a ref only from `expected` (null: does not exist yet); `undefined` moves it anyhow. Throws a `GitError` (`conflict`). */
  updateRef(name: string, oid: Oid, expected?: Oid | null, call?: Call): Promise<void>;
  deleteRef(name: string, call?: Call): Promise<void>;
  /** Refspecs as git takes them; prunes what is gone from the remote below their targets. Objects are checked (fsck) on arrival. */
  fetch(remote: Remote, refspecs: readonly string[], call?: Call): Promise<void>;
  /** What the remote has now, without fetching. */
  remoteRefs(remote: Remote, patterns: readonly string[], call?: Call): Promise<readonly Ref[]>;
  /** Atomic. Throws a `GitError` with `rejected` where the remote does not want one of them. */
  push(remote: Remote, refspecs: readonly string[], call?: Call): Promise<void>;
  /** Puts many small files together, where there are many; to be called now and then. No object is ever thrown away. */
  maintain(call?: Call): Promise<void>;
  /** Ends the programs that are kept running, and what still runs fails. Nothing can be asked afterwards. */
  close(): Promise<void>;
}

export type GitErrorCode =
  /** git is missing or too old, or the repository cannot be opened. */
  | "unusable"
  | "too-large"
  | "conflict"
  | "rejected"
  /** The remote could not be reached, or does not know us. */
  | "unreachable"
  /** An object is damaged or is not what it should be. */
  | "damaged"
  /** A tree holds a path that is not UTF-8. */
  | "path"
  | "failed";

export class GitError extends Error {
  override readonly name = "GitError";
  readonly code: GitErrorCode;
  /** Whether trying again can help. */
  readonly isTransient: boolean;

  constructor(code: GitErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.isTransient = code === "unreachable" || code === "conflict";
  }
}

const contentCodes: ReadonlySet<GitErrorCode> = new Set(["too-large", "path", "damaged"]);

/** Whether what somebody pushed is the reason: more than is read, names that are no text, damaged objects. Trying again does not help. */
export function isContentError(error: unknown): error is GitError {
  return error instanceof GitError && contentCodes.has(error.code);
}
