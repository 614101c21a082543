/** The real git, beside the repositories under test, in a folder that is removed afterwards. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenOptions, openRepository } from "./open.ts";
import type { GitRepository } from "./repository.ts";

export interface GitFolder {
  readonly path: string;
  open(name: string, options?: Partial<OpenOptions>): Promise<GitRepository>;
  /** What git prints about the repository, as bytes; a failure throws. */
  git(repository: string, args: readonly string[], input?: string | Uint8Array): Buffer;
  /** The same as text, without the line feed at its end. */
  text(repository: string, args: readonly string[], input?: string | Uint8Array): string;
  /** A folder for `PATH` in which `git` (or another program) is a shell script; `$real` is the real git. */
  program(script: string, name?: string): string;
  /** What a script of `program` wrote into the file `$log`. */
  logged(): string;
  remove(): Promise<void>;
}

export const environment = { PATH: "/usr/local/bin:/usr/bin:/bin" };

export function gitFolder(): GitFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "commonhold-git-")));
  const opened: GitRepository[] = [];
  const log = join(path, "log");
  const variables = {
    ...environment,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    LC_ALL: "C",
    ...identity,
  };
  const run: GitFolder["git"] = (repository, args, input = "") => {
    const done = spawnSync("git", ["-C", join(path, repository), ...args], {
      env: variables,
      input,
      maxBuffer: 64 * 1024 * 1024,
    });
    if (done.status === 0) return done.stdout;
    throw new Error(`git ${args.join(" ")}: ${done.stderr.toString()}`);
  };
  let programs = 0;
  return {
    path,
    open: async (name, options = {}) => {
      const repository = await openRepository({ path: join(path, name), environment, ...options });
      opened.push(repository);
      return repository;
    },
    git: run,
    text: (repository, args, input) => run(repository, args, input).toString().replace(/\n$/, ""),
    program: (script, name = "git") => {
      const folder = join(path, `programs-${programs++}`);
      mkdirSync(folder);
      const real = execFileSync("/bin/sh", ["-c", "command -v git"], { env: environment }).toString().trim();
      const file = join(folder, name);
      writeFileSync(file, `#!/bin/sh\nlog='${log}'\nreal='${real}'\n${script}\n`);
      chmodSync(file, 0o700);
      return `${folder}:${environment.PATH}`;
    },
    logged: () => (existsSync(log) ? readFileSync(log, "utf8") : ""),
    remove: async () => {
      await Promise.all(opened.map((repository) => repository.close()));
      rmSync(path, { recursive: true, force: true });
    },
  };
}

const identity = {
  GIT_AUTHOR_NAME: "Somebody",
  GIT_AUTHOR_EMAIL: "somebody@example.invalid",
  GIT_COMMITTER_NAME: "Somebody",
  GIT_COMMITTER_EMAIL: "somebody@example.invalid",
};
