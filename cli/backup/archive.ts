import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { create, extract } from "tar";
import { sha256OfFile } from "../up/state/sha256-of-file.ts";
import { BackupError } from "./backup-error.ts";
import { type Entry, formatManifest, type Manifest, parseManifest, sha256Of } from "./manifest.ts";

const manifestName = "manifest.json";
/** Without it a flipped bit in the manifest's own words would go unnoticed. */
const manifestDigestName = "manifest.sha256";

export interface Opened {
  readonly manifest: Manifest;
  /** SHA-256 of the manifest: the name of this backup. */
  readonly digest: string;
  readonly folder: string;
}

/** Writes a file below the folder from which the archive is made. */
export async function stage(folder: string, path: string, content: string | Uint8Array): Promise<void> {
  const whole = join(folder, path);
  await mkdir(dirname(whole), { recursive: true, mode: 0o700 });
  await writeFile(whole, content, { mode: 0o600, flag: "wx" });
}

/** Makes the archive of everything in `folder`, readable by this user only. Throws a BackupError where `file` is there already. */
export async function writeArchive(folder: string, file: string, about: Omit<Manifest, "entries">): Promise<Manifest> {
  const paths = await filesBelow(folder);
  const manifest: Manifest = { ...about, entries: await Promise.all(paths.map((path) => entryOf(folder, path))) };
  const bytes = formatManifest(manifest);
  await stage(folder, manifestName, bytes);
  await stage(folder, manifestDigestName, `${sha256Of(bytes)}\n`);
  const temporary = `${file}.new`;
  await rm(temporary, { force: true });
  await create({ cwd: folder, file: temporary, portable: true, mode: 0o600 }, [
    manifestName,
    manifestDigestName,
    ...paths,
  ]);
  await chmod(temporary, 0o600);
  await sync(temporary);
  await rename(temporary, file);
  await sync(dirname(file));
  return manifest;
}

/** Unpacks into `folder` and compares everything. Throws a BackupError that names the first entry that is not as it was written. */
export async function openArchive(file: string, folder: string): Promise<Opened> {
  await lstat(file).catch((cause: Error) => {
    throw new BackupError(`${file} cannot be read: ${cause.message}`, { cause });
  });
  const said: string[] = [];
  try {
    // Links and devices have no business in a backup, and could point out of the folder.
    const filter = (_: string, item: unknown): boolean => (item as { type?: string }).type === "File";
    await extract({ file, cwd: folder, filter, onwarn: (_code, message) => void said.push(String(message)) });
  } catch (cause) {
    throw new BackupError(`${file} is no backup, or is cut: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  const bytes = await contentOf(folder, manifestName, said);
  const manifest = parseManifest(bytes);
  const digest = sha256Of(bytes);
  if ((await contentOf(folder, manifestDigestName, said)).toString("utf8") !== `${digest}\n`) {
    throw new BackupError(
      `${file} is damaged: ${manifestName} is not what ${manifestDigestName} says. Take another copy of it`,
    );
  }
  for (const entry of manifest.entries) await compare(folder, entry, said);
  return { manifest, digest, folder };
}

async function compare(folder: string, entry: Entry, said: readonly string[]): Promise<void> {
  const found = await entryOf(folder, entry.path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
    throw new BackupError(`the backup is damaged: ${entry.path} is missing${because(said)}. Take another copy of it`);
  });
  if (found.sha256 === entry.sha256) return;
  const what = found.bytes === entry.bytes ? "holds other bytes" : `has ${found.bytes} bytes instead of ${entry.bytes}`;
  throw new BackupError(`the backup is damaged: ${entry.path} ${what} than were written. Take another copy of it`);
}

async function contentOf(folder: string, name: string, said: readonly string[]): Promise<Buffer> {
  return readFile(join(folder, name)).catch(() => {
    throw new BackupError(`this is no backup, or it is damaged: ${name} is missing${because(said)}`);
  });
}

function because(said: readonly string[]): string {
  return said[0] === undefined ? "" : ` (${said[0]})`;
}

async function entryOf(folder: string, path: string): Promise<Entry> {
  const whole = join(folder, path);
  const { size: bytes } = await lstat(whole);
  return { path, bytes, sha256: await sha256OfFile(whole) };
}

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(folder.length + 1));
  return files.sort();
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
