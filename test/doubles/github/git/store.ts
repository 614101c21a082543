/** One real bare repository on disk. Forks share its objects, as all repositories of a network on GitHub do. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import { identity, importStream, type NewCommit, type Person } from "./files.ts";
import { git, runGit } from "./process.ts";

export type Oid = string;

export interface CommitFacts {
  readonly oid: Oid;
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Person;
  readonly committer: Person;
  /** Seconds since 1970. */
  readonly authoredAt: number;
  readonly committedAt: number;
  readonly message: string;
}

export interface TreeCommit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
  /** Seconds since 1970. */
  readonly at: number;
  readonly authoredAt?: number;
}

/** `undefined`: the ref is removed. */
export type RefChange = readonly [ref: string, oid: Oid | undefined];

/** As GitHub sets it: objects are checked, refs of pull requests are its own, any object may be asked for by id. */
const configuration = `[core]
\trepositoryformatversion = 0
\tbare = true
[gc]
\tauto = 0
[fastimport]
\tunpackLimit = 1000
[http]
\treceivepack = true
[receive]
\tfsckObjects = true
\thideRefs = refs/pull
\tautogc = false
\tadvertiseAtomic = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[user]
\tname = double
\temail = double@example.invalid
`;

export class GitStore {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** `network`: the store whose objects it shares. */
  static create(path: string, defaultBranch: string, network?: GitStore): GitStore {
    mkdirSync(join(path, "refs/heads"), { recursive: true });
    if (network) symlinkSync(join(network.path, "objects"), join(path, "objects"));
    else for (const folder of ["info", "pack"]) mkdirSync(join(path, "objects", folder), { recursive: true });
    writeFileSync(join(path, "HEAD"), `ref: refs/heads/${defaultBranch}\n`);
    writeFileSync(join(path, "config"), configuration);
    return new GitStore(path);
  }

  async refs(): Promise<Map<string, Oid>> {
    const lines = await git(this.path, ["for-each-ref", "--format=%(objectname) %(refname)"]);
    const pairs = lines.split("\n").filter((line) => line !== "");
    return new Map(pairs.map((line): [string, Oid] => [line.slice(line.indexOf(" ") + 1), line.split(" ")[0] ?? ""]));
  }

  /** Makes commits and sets their refs, in one process. */
  async importCommits(commits: readonly { commit: NewCommit; refs: readonly string[] }[]): Promise<Oid[]> {
    const args = ["fast-import", "--quiet", "--force", "--date-format=raw"];
    return (await git(this.path, args, importStream(commits))).split("\n");
  }

  /** All or none. */
  async updateRefs(changes: readonly RefChange[]): Promise<void> {
    if (changes.length === 0) return;
    const lines = changes.map(([ref, oid]) => (oid ? `update ${ref} ${oid}\n` : `delete ${ref}\n`));
    await git(this.path, ["update-ref", "--stdin"], lines.join(""));
  }

  /** Of pull requests, which nobody but the double writes: as git would, without a process. */
  setPullRef(name: string, oid: Oid | undefined): void {
    const path = join(this.path, name);
    if (oid === undefined) {
      rmSync(path, { force: true });
      return;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.lock`, `${oid}\n`);
    renameSync(`${path}.lock`, path);
  }

  async exists(oid: Oid): Promise<boolean> {
    return (await runGit(this.path, ["cat-file", "-e", oid])).status === 0;
  }

  /** `commit`, `tag`, `tree` or `blob`. */
  async typeOf(oid: Oid): Promise<string> {
    return git(this.path, ["cat-file", "-t", oid]);
  }

  /** Undefined where there is no such commit. */
  async commit(revision: string): Promise<CommitFacts | undefined> {
    const { status, stdout } = await runGit(this.path, [...logCommand(1), "--end-of-options", revision, "--"]);
    return status === 0 ? parseLog(stdout.toString())[0] : undefined;
  }

  /** The newest `max` of those that `tip` has and `without` has not, newest first. */
  async commits(tip: Oid, without: Oid | undefined, max: number): Promise<CommitFacts[]> {
    const names = without === undefined ? [tip] : [tip, `^${without}`];
    return parseLog(await git(this.path, [...logCommand(max), "--stdin"], `${names.join("\n")}\n`));
  }

  /** All that is below the root of a commit's tree. */
  async tree(revision: Oid): Promise<{ mode: string; oid: Oid; path: string }[]> {
    const records = (await git(this.path, ["ls-tree", "-r", "-z", revision])).split("\0");
    return records
      .filter((record) => record !== "")
      .map((record) => {
        const [mode = "", , oid = ""] = record.slice(0, record.indexOf("\t")).split(" ");
        return { mode, oid, path: record.slice(record.indexOf("\t") + 1) };
      });
  }

  /** Commits that `tips` have and `without` have not, oldest first. */
  async range(tips: readonly Oid[], without: readonly Oid[]): Promise<Oid[]> {
    const names = [...tips, ...without.map((oid) => `^${oid}`)].join("\n");
    const found = await git(this.path, ["rev-list", "--reverse", "--topo-order", "--stdin"], `${names}\n`);
    return found.split("\n").filter((oid) => oid !== "");
  }

  async isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean> {
    if (ancestor === descendant) return true;
    return (await runGit(this.path, ["merge-base", "--is-ancestor", ancestor, descendant])).status === 0;
  }

  /** The tree of a three-way merge by git itself; undefined where there are conflicts, or no common history. */
  async mergeTree(ours: Oid, theirs: Oid): Promise<Oid | undefined> {
    const { status, stdout, stderr } = await runGit(this.path, ["merge-tree", "--write-tree", ours, theirs]);
    if (status === 0) return stdout.toString().split("\n")[0];
    if (status === 1 || /unrelated histories/.test(stderr)) return undefined;
    throw new Error(`git merge-tree ${ours} ${theirs} failed with ${status}: ${stderr.trim()}`);
  }

  /** Files and lines that changed since the two parted; nothing where they have nothing in common. */
  async statistics(base: Oid, head: Oid): Promise<{ files: number; additions: number; deletions: number }> {
    const { stdout } = await runGit(this.path, ["diff-tree", "-r", "--numstat", "--merge-base", base, head]);
    const lines = stdout.toString().split("\n");
    const rows = lines.filter((line) => line !== "").map((line) => line.split("\t"));
    const sum = (column: number): number => rows.reduce((all, row) => all + (Number(row[column]) || 0), 0);
    return { files: rows.length, additions: sum(0), deletions: sum(1) };
  }

  /** Written by hand, as git would: a process less for each. */
  writeCommit(commit: TreeCommit): Oid {
    const lines = [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${identity(commit.author, commit.authoredAt ?? commit.at)}`,
      `committer ${identity(commit.committer, commit.at)}`,
      "",
      commit.message.endsWith("\n") ? commit.message : `${commit.message}\n`,
    ];
    return this.#writeObject("commit", Buffer.from(lines.join("\n")));
  }

  #writeObject(type: string, content: Buffer): Oid {
    const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
    const oid = createHash("sha1").update(bytes).digest("hex");
    const path = join(this.path, "objects", oid.slice(0, 2), oid.slice(2));
    if (existsSync(path)) return oid;
    mkdirSync(dirname(path), { recursive: true });
    const draft = `${path}.tmp`;
    writeFileSync(draft, deflateSync(bytes), { mode: 0o444 });
    renameSync(draft, path);
    return oid;
  }
}

const fields = ["%H", "%T", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B"];

function logCommand(max: number): string[] {
  return ["log", `-${max}`, "-z", `--format=${fields.join("%n")}`];
}

function parseLog(text: string): CommitFacts[] {
  const records = text.split("\0").filter((record) => record.trim() !== "");
  return records.map((record) => {
    const [oid = "", tree = "", parents = "", an = "", ae = "", at, cn = "", ce = "", ct, ...rest] = record.split("\n");
    return {
      oid,
      tree,
      parents: parents.split(" ").filter((one) => one !== ""),
      author: { name: an, email: ae },
      committer: { name: cn, email: ce },
      authoredAt: Number(at),
      committedAt: Number(ct),
      message: rest.join("\n").trimEnd(),
    };
  });
}
