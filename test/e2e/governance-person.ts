/** Somebody with a home, a key and a clone, who does everything by the command line, as processes. */
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { newEd25519Key } from "../../governance/signatures/new-key.ts";
import { root } from "./world.ts";

export interface Ran {
  readonly code: number | null;
  /** Both outputs, in the order in which they came. */
  readonly text: string;
}

const verbTimeoutMs = 120_000;

export class Person {
  readonly name: string;
  readonly home: string;
  readonly clone: string;
  /** Type and base64 of the key with which they sign. */
  publicKey: string;
  #keyPath: string;

  /** `folder`: of all of them; their home is made in it. */
  constructor(folder: string, name: string) {
    this.name = name;
    this.home = join(folder, name);
    this.clone = join(this.home, "policy");
    const { path, publicKey } = this.makeKey("id_ed25519");
    [this.#keyPath, this.publicKey] = [path, publicKey];
  }

  /** In `~/.ssh`; the public half ends in `.pub`. */
  makeKey(file: string): { path: string; publicKey: string } {
    const path = join(this.home, ".ssh", file);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const { privateFile, publicFile, signer } = newEd25519Key({
      random: randomBytes,
      comment: `${this.name}@laptop`,
    });
    writeFileSync(path, privateFile, { mode: 0o600 });
    writeFileSync(`${path}.pub`, publicFile);
    return { path, publicKey: signer.publicKey };
  }

  /** From now on they sign with this one. */
  useKey({ path, publicKey }: { path: string; publicKey: string }): void {
    [this.#keyPath, this.publicKey] = [path, publicKey];
  }

  get environment(): Record<string, string> {
    return {
      PATH: process.env["PATH"] ?? "",
      HOME: this.home,
      COMMONHOLD_MEMBER_KEY: this.#keyPath,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
    };
  }

  async getClone(url: string): Promise<void> {
    await this.git(this.home, "clone", "--quiet", url, this.clone);
  }

  async git(folder: string, ...args: readonly string[]): Promise<string> {
    const person = ["-c", `user.name=${this.name}`, "-c", "user.email=x@x.invalid", "-c", "commit.gpgSign=false"];
    const { stdout } = await promisify(execFile)("git", [...person, "-C", folder, ...args], { env: this.environment });
    return stdout.trim();
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.clone, path)), { recursive: true });
      writeFileSync(join(this.clone, path), text);
    }
  }

  /** The clone as the policy branch is, without anything else. */
  async freshen(): Promise<void> {
    await this.git(this.clone, "fetch", "--quiet", "origin");
    await this.git(this.clone, "reset", "--quiet", "--hard", "origin/main");
    await this.git(this.clone, "clean", "--quiet", "-fdx");
  }

  /** Brings the clone up to date, changes files in it, and puts them to the vote. Resolves to the proposal's id. */
  async propose(title: string, files: Readonly<Record<string, string>>, ...flags: readonly string[]): Promise<string> {
    await this.freshen();
    this.write(files);
    return proposalIn(await this.commonhold("propose", "-m", title, ...flags));
  }

  vote(proposal: string, choice: "yes" | "no" | "abstain", ...flags: readonly string[]): Promise<string> {
    return this.commonhold("vote", proposal, choice, ...flags);
  }

  /** `commonhold …` in the clone, where there is one. Throws with what it printed where it fails. */
  async commonhold(...args: readonly string[]): Promise<string> {
    const { code, text } = await this.run(...args);
    if (code === 0) return text;
    throw new Error(`${this.name}: commonhold ${args.join(" ")} ended with ${code}:\n${text}`);
  }

  /** What it says no with. */
  async refused(...args: readonly string[]): Promise<string> {
    const { code, text } = await this.run(...args);
    if (code === 1) return text;
    throw new Error(
      `${this.name}: commonhold ${args.join(" ")} ended with ${code}, and should have been refused:\n${text}`,
    );
  }

  async run(...args: readonly string[]): Promise<Ran> {
    const child = spawn(process.execPath, [commonholdPath, ...args], {
      cwd: existsSync(this.clone) ? this.clone : this.home,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: verbTimeoutMs,
    });
    let text = "";
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    return { code, text };
  }
}

export const commonholdPath = join(root, "dist/cli/main.js");

/** `git:<genesis>/<opening>`. */
export function proposalIn(text: string): string {
  const [id] = /git:[0-9a-f]{40,64}\/[0-9a-f]{40,64}/.exec(text) ?? [];
  if (id === undefined) throw new Error(`no proposal is named in:\n${text}`);
  return id;
}
