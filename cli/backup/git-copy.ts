/**
 * A bare repository as two files, taken while others write to it. References are read first and objects after them, so whatever a
 * reference names is there: objects only ever come. All objects go along, also those that no reference names any more: a replay of the
 * decision log may ask for a proposal whose reference was removed long ago.
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { appendFile, copyFile, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openRepository } from "../../governance/git/open.ts";
import { type GitProgram, gitProgram, signalGroup } from "../../governance/git/program/program.ts";
import type { GitRepository, Ref } from "../../governance/git/repository.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { stage } from "./archive.ts";
import { BackupError } from "./backup-error.ts";

const refsName = "references.json";
const packMsMax = 600_000;
const oidsBytesMax = 512 * 1024 * 1024;

type Around = Pick<Surroundings, "clock" | "env" | "signal">;

interface References {
  readonly objectFormat: string;
  readonly refs: readonly Ref[];
}

/** Writes `<entry>/references.json` and, where there are objects, `<entry>/pack-….pack` below `folder`. */
export async function copyRepository(path: string, folder: string, entry: string, around: Around): Promise<void> {
  await withGit(path, around, async (git) => {
    const { signal } = around;
    const format = await git.run(["rev-parse", "--show-object-format"], { signal, failsAs: "unusable" });
    const refs = await git.run(["for-each-ref", "--format=%(objectname) %(refname)"], { signal });
    const list = await git.run(["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)"], {
      ...{ signal, msMax: packMsMax, outputBytesMax: oidsBytesMax },
    });
    const references: References = {
      objectFormat: text(format.stdout).trim(),
      refs: lines(refs.stdout).map((line) => ({
        oid: line.slice(0, line.indexOf(" ")),
        name: line.slice(line.indexOf(" ") + 1),
      })),
    };
    await stage(folder, `${entry}/${refsName}`, `${JSON.stringify(references, null, 1)}\n`);
    if (list.stdout.length > 0) await pack(git, list.stdout, join(folder, entry), references.objectFormat, around);
  });
}

/**
 * Through a pipe, since git makes the files of a pack in the repository first and renames them, which no other file system takes; and what is
 * copied is not written to. The index can be made anew from the pack, and is, when it is put back.
 */
async function pack(git: GitProgram, oids: Buffer, folder: string, format: string, around: Around): Promise<void> {
  const temporary = join(folder, "objects.pack");
  const timeout = new AbortController();
  const cancel = around.clock.after(packMsMax, () => timeout.abort(new Error("git pack-objects took too long")));
  const child = git.start(["pack-objects", "--quiet", "--stdout"]);
  const said: Buffer[] = [];
  child.stderr.on("data", (piece: Buffer) => said.push(piece));
  const ended = once(child, "close");
  try {
    const { signal } = around;
    child.stdin.on("error", () => undefined); // it ended before it had read all, and says why
    child.stdin.end(oids);
    const into = createWriteStream(temporary, { mode: 0o600, flags: "wx" });
    await pipeline(child.stdout, into, { signal: AbortSignal.any([signal, timeout.signal]) });
    const [code] = await ended;
    if (code !== 0) throw new Error(`git pack-objects ended with ${code}: ${text(Buffer.concat(said)).trim()}`);
  } catch (error) {
    signalGroup(child, "SIGKILL");
    await ended.catch(() => undefined);
    throw error;
  } finally {
    cancel();
  }
  await rename(temporary, join(folder, `pack-${await trailerOf(temporary, format)}.pack`));
}

/** The digest over a pack, at its end, by which git names it. */
async function trailerOf(path: string, format: string): Promise<string> {
  const bytes = format === "sha256" ? 32 : 20;
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, size - bytes);
    return buffer.toString("hex");
  } finally {
    await file.close();
  }
}

/** Makes the bare repository that `copyRepository` took at `path`, which appears whole. `settings`: more lines of its config. */
export async function placeRepository(
  folder: string,
  entry: string,
  path: string,
  around: Around,
  settings = "",
): Promise<void> {
  const references = await readReferences(folder, entry);
  const temporary = `${path}.restoring`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await withGit(temporary, around, async (git) => {
    const { signal } = around;
    const format = `--object-format=${references.objectFormat}`;
    await git.run(["init", "--bare", "--quiet", "--template=", "--initial-branch=main", format], { signal });
    if (settings !== "") await appendFile(join(temporary, "config"), settings);
    for (const name of (await readdir(join(folder, entry))).filter((one) => one.endsWith(".pack"))) {
      const pack = join(temporary, "objects/pack", basename(name));
      await copyFile(join(folder, entry, name), pack);
      await git.run(["index-pack", pack], { signal, msMax: packMsMax });
    }
    const commands = references.refs.map(({ name, oid }) => `create ${name} ${oid}\n`).join("");
    await git.run(["update-ref", "--stdin"], { signal, input: Buffer.from(commands) });
  });
  await rename(temporary, path);
}

/** What the copied repository has, in git's order. */
export async function savedRefs(folder: string, entry: string): Promise<readonly Ref[]> {
  return (await readReferences(folder, entry)).refs;
}

async function readReferences(folder: string, entry: string): Promise<References> {
  return JSON.parse(await readFile(join(folder, entry, refsName), "utf8")) as References;
}

/** What a repository at `path` has, or undefined where there is none. */
export async function refsAt(path: string, around: Around): Promise<readonly Ref[] | undefined> {
  const there = await readdir(path).catch(() => []);
  if (there.length === 0) return undefined;
  return withRepository(path, around, (repository) => repository.refs("refs/", { signal: around.signal }));
}

/** Opens what was copied, in a folder that goes afterwards. */
export async function withCopy<T>(
  folder: string,
  entry: string,
  scratch: string,
  around: Around,
  work: (repository: GitRepository) => Promise<T>,
): Promise<T> {
  const path = join(scratch, `${entry.replaceAll("/", "-")}.git`);
  await placeRepository(folder, entry, path, around);
  try {
    return await withRepository(path, around, work);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/** Opens the repository at `path`, made where there is none, as long as `work` takes. */
export async function withRepository<T>(
  path: string,
  { clock, env, signal }: Around,
  work: (repository: GitRepository) => Promise<T>,
): Promise<T> {
  const repository = await openRepository({ path, clock, environment: env, signal });
  try {
    return await work(repository);
  } finally {
    await repository.close();
  }
}

async function withGit(path: string, { clock, env }: Around, work: (git: GitProgram) => Promise<void>): Promise<void> {
  const git = gitProgram({ gitFolder: path, clock, environment: env });
  try {
    await work(git);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BackupError(`the repository ${path} cannot be copied: ${why}`, { cause });
  } finally {
    await git.close();
  }
}

function lines(bytes: Buffer): string[] {
  return text(bytes)
    .split("\n")
    .filter((line) => line !== "");
}

function text(bytes: Buffer): string {
  return bytes.toString("utf8");
}
