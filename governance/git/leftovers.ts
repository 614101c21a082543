/**
 * What a killed git leaves behind: a lock that nobody holds would refuse every later change of its ref, and half-written
 * files fill the disk. Only who knows that no other program writes here may remove them.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

export async function removeLeftovers(repository: string): Promise<void> {
  const all = await Promise.all([
    leftIn(repository, isLock),
    leftBelow(join(repository, "refs"), isLock),
    leftBelow(join(repository, "objects"), isHalfWritten),
  ]);
  await Promise.all(all.flat().map((path) => rm(path, { force: true })));
}

/** What a fetch that failed has received so far. */
export async function removeHalfWritten(repository: string): Promise<void> {
  const left = await leftIn(join(repository, "objects", "pack"), isHalfWritten);
  await Promise.all(left.map((path) => rm(path, { force: true })));
}

function isLock(name: string): boolean {
  return name.endsWith(".lock");
}

function isHalfWritten(name: string): boolean {
  return name.startsWith("tmp_");
}

async function leftIn(folder: string, isLeft: (name: string) => boolean): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && isLeft(entry.name)).map(({ name }) => join(folder, name));
}

async function leftBelow(folder: string, isLeft: (name: string) => boolean): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && isLeft(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name));
}
