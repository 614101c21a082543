/**
 * The folder of the governance service: what of it is saved, from a folder that this machine sees, or sent by the program in the service's
 * own pod. Repository, keys and sightings are read while the service works; its log only grows.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { create } from "tar";
import type { Surroundings } from "../policy/surroundings.ts";
import { stage } from "./archive.ts";
import { BackupError } from "./backup-error.ts";
import { governanceEntry, keysEntry, sightingsEntry } from "./contents.ts";
import { copyRepository } from "./git-copy.ts";

type Around = Pick<Surroundings, "clock" | "env" | "signal">;

/** Below `folder`, under the names that they have in a backup. Throws a BackupError where `state` is no such folder. */
export async function stageGovernanceState(folder: string, state: string, around: Around): Promise<void> {
  const repository = join(state, "repository.git");
  if (!existsSync(repository)) {
    throw new BackupError(`${state} is no folder of the governance service: it has no repository.git`);
  }
  await copyRepository(repository, folder, governanceEntry, around);
  for (const name of await readdir(join(state, "keys")).catch(() => [])) {
    if (!name.endsWith(".new")) await stage(folder, `${keysEntry}/${name}`, await readFile(join(state, "keys", name)));
  }
  const sightings = join(state, "sightings.jsonl");
  if (existsSync(sightings)) await stage(folder, sightingsEntry, await readFile(sightings));
}

/** The same as a tar archive, which ends with `out`. */
export async function sendGovernanceState(state: string, out: Writable, around: Around): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "commonhold-state-"));
  try {
    await stageGovernanceState(scratch, state, around);
    await pipeline(create({ cwd: scratch, portable: true }, ["governance"]), out, { signal: around.signal });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
