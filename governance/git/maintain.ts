/**
 * Keeps a repository quick that grows for years: many small files become few large ones. Nothing is ever thrown away, not
 * even what no ref names any more: verdicts are recomputed from it.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { gitLimits } from "./limits.ts";
import type { GitProgram } from "./program/program.ts";
import type { Call } from "./repository.ts";

/** Costs a look at two folders where nothing has to be done. */
export async function maintain(path: string, git: GitProgram, { signal }: Call): Promise<void> {
  if (!(await isDue(join(path, "objects")))) return;
  const limits = { signal, msMax: gitLimits.maintainMsMax };
  await git.run(["repack", "--geometric=2", "-d", "-q"], limits);
  await git.run(["pack-refs", "--all"], limits);
}

/** Objects lie in 256 folders by the first byte of their names, so that one tells how many there are. */
async function isDue(objects: string): Promise<boolean> {
  const loose = (await namesIn(join(objects, "17"))).length * 256;
  const packs = (await namesIn(join(objects, "pack"))).filter((name) => name.endsWith(".pack")).length;
  return loose > gitLimits.looseObjectsMax || packs > gitLimits.packsMax;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
