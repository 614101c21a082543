/** Opens the bare repository of this machine, or makes it. */
import { mkdir, readdir } from "node:fs/promises";
import { isAbsolute } from "node:path";
import type { Clock } from "../../operator/clock/clock.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { printable } from "../../operator/text/printable.ts";
import { bareRepository } from "./bare-repository.ts";
import { removeLeftovers } from "./leftovers.ts";
import { type ObjectFormat, objectFormat } from "./objects/format.ts";
import { objectReader } from "./objects/reader.ts";
import type { Variables } from "./program/environment.ts";
import { type GitProgram, gitProgram } from "./program/program.ts";
import { checkVersion } from "./program/version.ts";
import { GitError, type GitRepository } from "./repository.ts";

export interface OpenOptions {
  /** Whole path of the folder; made where it is not there or empty. */
  readonly path: string;
  /** For limits of time; the machine's own where left out. */
  readonly clock?: Clock;
  /** `process.env` of a main file: `PATH`, `HOME`, `SSH_AUTH_SOCK`, proxies and certificates are taken from it, and nothing else. */
  readonly environment?: Variables;
  /** No other program writes here: what one that was killed left behind is removed. */
  readonly isOnlyWriter?: boolean;
  readonly signal?: AbortSignal;
}

/** Throws a `GitError` (`unusable`) where git is missing or too old, or what is at `path` is no bare repository. */
export async function openRepository(options: OpenOptions): Promise<GitRepository> {
  const { path, clock = systemClock, environment = {}, isOnlyWriter = false, signal } = options;
  if (!isAbsolute(path)) {
    throw new GitError("unusable", `"${printable(path, 200)}" is no whole path of a repository: give one from / on`);
  }
  const git = gitProgram({ gitFolder: path, clock, environment });
  await checkVersion(gitProgram({ clock, environment }), signal);
  if (await isVacant(path)) await git.run(init, { signal, failsAs: "unusable" });
  const format = await formatOf(git, path, signal);
  if (isOnlyWriter) await removeLeftovers(path);
  return bareRepository({ path, git, format, objects: objectReader({ git, format, clock }), isOnlyWriter });
}

async function isVacant(path: string): Promise<boolean> {
  try {
    await mkdir(path, { recursive: true });
    return (await readdir(path)).length === 0;
  } catch (error) {
    throw new GitError("unusable", `${path} cannot be used for a repository: ${(error as Error).message}`, error);
  }
}

async function formatOf(git: GitProgram, path: string, signal: AbortSignal | undefined): Promise<ObjectFormat> {
  const args = ["rev-parse", "--is-bare-repository", "--show-object-format"];
  const { stdout } = await git.run(args, { signal, failsAs: "unusable" });
  const [isBare, name = ""] = stdout.toString("utf8").split("\n");
  const format = objectFormat(name);
  if (isBare === "true" && format) return format;
  throw new GitError(
    "unusable",
    `${path} is no bare git repository: give an empty folder, or one made by git init --bare`,
  );
}

/** Without a template there are no hooks and no settings of the machine. */
const init = ["init", "--bare", "--quiet", "--template=", "--initial-branch=main"];
