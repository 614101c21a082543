/** Three people with keys and clones, a policy repository that is a bare one in a folder, and a service that has looked at it or not. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CheckReport } from "../../governance/forges/forge.ts";
import { createGitForge } from "../../governance/forges/git/git-forge.ts";
import { openRepository } from "../../governance/git/open.ts";
import type { GitRepository, Oid, Signer } from "../../governance/git/repository.ts";
import { createLog, type OpenedLog } from "../../governance/log/open-log.ts";
import type { DecisionRecord } from "../../governance/log/record.ts";
import { newEd25519Key } from "../../governance/signatures/new-key.ts";
import { ManualClock } from "../../operator/clock/manual.ts";
import { privateNoteKey } from "../../operator/tlog/note/key.ts";
import type { Surroundings } from "./surroundings.ts";

const root = join(import.meta.dirname, "../..");
const constitutionOf = (example: string): string =>
  readFileSync(join(root, `governance/constitution/examples/${example}/constitution.yaml`), "utf8");

export const names = ["alice", "bob", "carol", "mallory"] as const;
export type Name = (typeof names)[number];

export const flags = { branch: "main", emergency: false, yes: true, force: false, json: false } as const;

export const modelText = (name: string, replicas = 1): string => `apiVersion: commonhold.dev/v1alpha1
kind: ModelDeployment
metadata:
  name: ${name}
  namespace: community
spec:
  model: {ollama: "smollm2:135m"}
  replicas: ${replicas}
`;

export class Community {
  readonly folder = mkdtempSync(join(tmpdir(), "commonhold-cli-"));
  readonly url = join(this.folder, "policy.git");
  readonly clock = new ManualClock(Date.UTC(2026, 1, 1));
  readonly keys: Readonly<Record<Name, Signer>>;

  constructor(example: "three-friends" | "lab" = "three-friends") {
    const made = names.map((name) => [name, this.#person(name)] as const);
    this.keys = Object.fromEntries(made) as Record<Name, Signer>;
    this.git(this.folder, "init", "--quiet", "--bare", "--initial-branch=main", this.url);
    const clone = this.clone("alice");
    const members = names.slice(0, 3).map((name, at) => {
      const { publicKey } = this.keys[name];
      const roles = at === 0 ? "    roles: [member, maintainer]\n" : "";
      return `  - number: ${at + 1}\n    name: ${name}\n${roles}    sshKeys:\n      - ${publicKey} ${name}@laptop\n    joined: 2026-01-01\n`;
    });
    this.write(clone, "constitution.yaml", constitutionOf(example));
    this.write(clone, "members.yaml", `# Us.\nformat: 1\nmembers:\n${members.join("")}`);
    this.write(clone, "models/smollm2.yaml", modelText("smollm2"));
    this.commit(clone, "Begin");
    this.git(clone, "push", "--quiet", "origin", "HEAD:main");
  }

  #person(name: Name): Signer {
    const folder = join(this.home(name), ".ssh");
    mkdirSync(folder, { recursive: true });
    const random = (bytes: number) => createHash("sha512").update(name).digest().subarray(0, bytes);
    const { privateFile, publicFile, signer } = newEd25519Key({ random, comment: `${name}@laptop` });
    writeFileSync(join(folder, "id_ed25519"), privateFile, { mode: 0o600 });
    writeFileSync(join(folder, "id_ed25519.pub"), publicFile);
    return signer;
  }

  home(name: Name): string {
    return join(this.folder, "home", name);
  }

  /** What git and the verbs see of this machine. */
  env(name: Name): Record<string, string> {
    const path = process.env["PATH"] ?? "";
    return { PATH: path, HOME: this.home(name), GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  }

  git(folder: string, ...args: string[]): string {
    const person = ["-c", "user.name=x", "-c", "user.email=x@x.invalid", "-c", "commit.gpgSign=false"];
    return execFileSync("git", [...person, "-C", folder, ...args], {
      env: this.env("alice"),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }

  clone(name: Name): string {
    const folder = join(this.folder, "clones", `${name}-${Math.floor(this.clock.now() / 1000)}-${this.#clones++}`);
    mkdirSync(dirname(folder), { recursive: true });
    this.git(this.folder, "clone", "--quiet", this.url, folder);
    return folder;
  }
  #clones = 0;

  write(folder: string, path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  commit(folder: string, message: string): Oid {
    this.git(folder, "add", "--all");
    this.git(folder, "commit", "--quiet", "-m", message);
    return this.git(folder, "rev-parse", "HEAD");
  }

  /** What the remote has. */
  ref(name: string): Oid | undefined {
    const line = this.git(this.url, "for-each-ref", "--format=%(objectname) %(refname)").split("\n");
    return line.find((one) => one.endsWith(` ${name}`))?.split(" ")[0];
  }

  refs(prefix: string): string[] {
    return this.git(this.url, "for-each-ref", "--format=%(refname)", prefix).split("\n").filter(Boolean);
  }

  show(revision: string): string {
    return this.git(this.url, "show", revision);
  }

  around(name: Name, cwd: string, answers?: (question: string) => boolean): Surroundings & { lines: string[] } {
    const lines: string[] = [];
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    return {
      ...{ env: this.env(name), cwd, lines, signal, clock: this.clock },
      say: (...more) => void lines.push(...more),
      ask: answers && (async (question) => answers(question)),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** As much of the service as the verbs can see: its log and its reports. */
export class Service {
  readonly repository: GitRepository;
  readonly log: OpenedLog;
  readonly #community: Community;
  readonly #signer: Signer;

  private constructor(community: Community, repository: GitRepository, log: OpenedLog, signer: Signer) {
    [this.#community, this.repository, this.log, this.#signer] = [community, repository, log, signer];
  }

  static async begin(community: Community, name = "service", id?: string): Promise<Service> {
    const { clock, url } = community;
    const path = join(community.folder, name);
    const repository = await openRepository({ path, clock, environment: community.env("alice") });
    await repository.fetch({ url }, ["+refs/heads/*:refs/policy/heads/*"]);
    const commit = community.git(community.url, "rev-parse", "main");
    const tree = community.git(community.url, "rev-parse", "main^{tree}");
    const random = (bytes: number) => createHash("sha512").update(name).digest().subarray(0, bytes);
    const { signer } = newEd25519Key({ random });
    const origin = "community.example/log";
    const logKeys = [privateNoteKey(origin, 1, random(32))];
    const digest = `sha256:${"0".repeat(64)}`;
    const log = await createLog(
      { repository, signer, logKeys, origin, clock },
      { at: clock.now(), repository: id ?? `git:${commit}`, commit, tree, constitution: digest, members: digest },
    );
    const service = new Service(community, repository, log, signer);
    await service.publish();
    return service;
  }

  async append(record: DecisionRecord): Promise<void> {
    await this.log.append(record);
    await this.publish();
  }

  publish(): Promise<void> {
    return this.log.publish({ url: this.#community.url });
  }

  /** `digest`: of the plan that it shows. */
  async report(
    proposal: string,
    state: CheckReport["state"],
    title: string,
    { digest, signer = this.#signer, head }: { digest?: string; signer?: Signer; head?: Oid } = {},
  ): Promise<void> {
    const { url, clock } = this.#community;
    const { commit: genesis } = this.log.genesis;
    const forge = createGitForge({
      ...{ repository: this.repository, remote: { url }, genesis, clock, signer },
      isMemberKey: () => true,
    });
    const { signal } = new AbortController();
    await this.repository.fetch({ url }, forge.fetchRefspecs);
    const branch = this.#community.ref(`refs/heads/proposals/${proposal.slice(-40).slice(0, 12)}`);
    const check = { summary: "", annotations: [] };
    await forge.report(
      {
        proposal,
        head: head ?? branch ?? "",
        plan: { ...check, state: "success", title: "1 object" },
        vote: { ...check, state, title },
        data: { format: 1, plan: { ...(digest !== undefined && { digest }) } },
      },
      signal,
    );
  }

  close(): Promise<void> {
    return this.repository.close();
  }
}
