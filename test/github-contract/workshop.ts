/** A local repository in which the contract makes commits, and a remote to which it pushes: git itself on both ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git, runGit } from "../doubles/github/git/process.ts";
import { type CommitFacts, GitStore } from "../doubles/github/git/store.ts";

export interface GitRemote {
  readonly url: string;
  /** Goes into the `Authorization` header as GitHub wants it. */
  readonly token: string;
}

const person = { name: "Contract", email: "contract@example.invalid" };

export class Workshop {
  readonly #folder: string;
  readonly #store: GitStore;
  readonly #remote: GitRemote;
  #at = 1_700_000_000;

  constructor(remote: GitRemote) {
    this.#remote = remote;
    this.#folder = mkdtempSync(join(tmpdir(), "github-contract-"));
    this.#store = GitStore.create(join(this.#folder, "workshop.git"), "main");
  }

  /** Of a branch of the remote, fetched. */
  async headOf(branch: string): Promise<string> {
    await this.fetch(`refs/heads/${branch}`);
    return git(this.#store.path, ["rev-parse", "FETCH_HEAD"]);
  }

  fetch(...refspecs: string[]): Promise<string> {
    return this.#authorized(["fetch", "--quiet", this.#remote.url, ...refspecs]);
  }

  /** Throws with git's words where the remote does not want it. */
  push(refspecs: readonly string[]): Promise<string> {
    return this.#authorized(["push", "--quiet", this.#remote.url, ...refspecs]);
  }

  /** What the remote has, by name. */
  async remoteRefs(...patterns: string[]): Promise<Map<string, string>> {
    const lines = (await this.#authorized(["ls-remote", this.#remote.url, ...patterns])).split("\n");
    return new Map(lines.filter((line) => line !== "").map((line) => [line.split("\t")[1] ?? "", line.slice(0, 40)]));
  }

  async commit(parent: string, files: Readonly<Record<string, string>>, message: string): Promise<string> {
    const commit = { parent, files, message, author: person, committer: person, at: ++this.#at };
    const [oid = ""] = await this.#store.importCommits([{ commit, refs: ["refs/heads/drawing"] }]);
    return oid;
  }

  /** Fetched, where it is not here yet. */
  async read(oid: string): Promise<CommitFacts> {
    if (!(await this.#store.exists(oid))) await this.fetch(oid);
    const facts = await this.#store.commit(oid);
    if (!facts) throw new Error(`there is no commit ${oid}`);
    return facts;
  }

  /** The tree that git makes of the two. */
  async mergedTree(ours: string, theirs: string): Promise<string | undefined> {
    return this.#store.mergeTree(ours, theirs);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #authorized(args: readonly string[]): Promise<string> {
    const basic = Buffer.from(`x-access-token:${this.#remote.token}`).toString("base64");
    const header = `http.extraHeader=Authorization: Basic ${basic}`;
    const { status, stdout, stderr } = await runGit(this.#store.path, ["-c", header, ...args]);
    if (status !== 0) throw new Error(`git ${args[0]} was refused: ${stderr.trim()}`);
    return stdout.toString().trim();
  }
}
