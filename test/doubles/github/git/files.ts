/** What a push of the control interface says of files, so that tests need no working copy. */

/** Text or bytes: a plain file (100644). `undefined`: removed. Else with another mode, or an object that is there already. */
export type FileChange =
  | string
  | Uint8Array
  | undefined
  | { readonly mode: "100644" | "100755" | "120000"; readonly content: string | Uint8Array }
  | { readonly mode: "100644" | "100755" | "120000" | "160000"; readonly oid: string };

export type FileChanges = Readonly<Record<string, FileChange>>;

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface NewCommit {
  /** Without one it is a root commit; its files are the first parent's with `files` changed. */
  readonly parent?: string | undefined;
  readonly files: FileChanges;
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
  /** Seconds since 1970. */
  readonly at: number;
}

/** A stream for `git fast-import` that makes the commits in order, each at `refs`, and prints their ids. */
export function importStream(
  commits: readonly { readonly commit: NewCommit; readonly refs: readonly string[] }[],
): Buffer {
  const parts: (string | Uint8Array)[] = [];
  commits.forEach(({ commit, refs }, index) => {
    const [first = "refs/commonhold-test/import", ...others] = refs;
    const mark = `:${index + 1}`;
    // The ref may be there with another history: a commit without `from` would go on from it.
    parts.push(`reset ${first}\ncommit ${first}\nmark ${mark}\n`);
    parts.push(`author ${identity(commit.author, commit.at)}\ncommitter ${identity(commit.committer, commit.at)}\n`);
    parts.push(...data(commit.message));
    if (commit.parent) parts.push(`from ${commit.parent}\n`);
    for (const [path, change] of Object.entries(commit.files)) parts.push(...fileCommand(path, change));
    parts.push("\n");
    for (const ref of others) parts.push(`reset ${ref}\nfrom ${mark}\n\n`);
    parts.push(`get-mark ${mark}\n`);
  });
  parts.push("done\n");
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

function fileCommand(path: string, change: FileChange): (string | Uint8Array)[] {
  if (change === undefined) return [`D ${quoted(path)}\n`];
  if (typeof change === "string" || change instanceof Uint8Array) {
    return [`M 100644 inline ${quoted(path)}\n`, ...data(change)];
  }
  if ("oid" in change) return [`M ${change.mode} ${change.oid} ${quoted(path)}\n`];
  return [`M ${change.mode} inline ${quoted(path)}\n`, ...data(change.content)];
}

function data(content: string | Uint8Array): (string | Uint8Array)[] {
  const bytes = Buffer.from(content);
  return [`data ${bytes.length}\n`, bytes, "\n"];
}

export function identity(person: Person, at: number): string {
  return `${person.name} <${person.email}> ${at} +0000`;
}

function quoted(path: string): string {
  const escaped = [...Buffer.from(path)].map((byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c
      ? `\\${byte.toString(8).padStart(3, "0")}`
      : String.fromCharCode(byte),
  );
  return `"${escaped.join("")}"`;
}
