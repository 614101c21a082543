/**
 * What a witness does with its folder, one step at a time, so that a test can end it between any two of them. What was synced
 * is there after a power cut; a link appears whole or not at all, and for one of several who try.
 */
import { link, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";

export interface Disk {
  /** Where it is missing, with those above it, and durable. Mode 0700. */
  makeFolder(path: string): Promise<void>;
  /** Names in a folder; empty where there is none. */
  list(path: string): Promise<readonly string[]>;
  read(path: string): Promise<string | undefined>;
  /** A new file. Mode 0600. */
  write(path: string, content: string): Promise<void>;
  /** A file's content, or the names in a folder. */
  sync(path: string): Promise<void>;
  /** A second name for a file; false where that name is taken. */
  link(from: string, to: string): Promise<boolean>;
  remove(path: string): Promise<void>;
}

export const systemDisk: Disk = {
  makeFolder,
  list: (path) => unless("ENOENT", readdir(path), []),
  read: (path) => unless("ENOENT", readFile(path, "utf8"), undefined),
  async write(path, content) {
    await using(await open(path, "wx", 0o600), (file) => file.writeFile(content));
  },
  sync,
  link: (from, to) => unless("EEXIST", link(from, to).then(always), false),
  remove: (path) => rm(path, { force: true }),
};

/** Not `mkdir` with `recursive`: below a folder that answers "not found" to new entries Node 20's never ends. */
async function makeFolder(path: string): Promise<void> {
  if (await made(path)) return;
  await makeFolder(dirname(path));
  if (!(await made(path))) throw new Error(`${path} cannot be made: the folder above it takes no entries`);
}

/** False where the folder above it is missing. */
async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && dirname(path) !== path) return false;
    if (code === "EEXIST") return true;
    throw error;
  }
  await sync(dirname(path));
  return true;
}

async function sync(path: string): Promise<void> {
  await using(await open(path, "r"), (file) => file.sync());
}

async function using<File extends { close(): Promise<void> }>(file: File, use: (file: File) => Promise<void>) {
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

async function unless<T, U>(code: string, attempt: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await attempt;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return otherwise;
    throw error;
  }
}

function always(): true {
  return true;
}
