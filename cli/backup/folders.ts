/**
 * The folders of a backup: the governance service's, and the policy repository. Whether they can be put where they were told to be is known
 * before anything is written anywhere; the same folders are put there again after a kill.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Ref } from "../../governance/git/repository.ts";
import { logRef } from "../../governance/log/remote-log.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { writeAtomically } from "../up/state/write.ts";
import type { Opened } from "./archive.ts";
import { BackupError } from "./backup-error.ts";
import { governanceEntry, keysEntry, policyEntry, sightingsEntry } from "./contents.ts";
import { placeRepository, refsAt, savedRefs } from "./git-copy.ts";

export interface Places {
  /** Folder that the governance service will have. */
  readonly governanceState?: string | undefined;
  /** Where the policy repository is put, as a bare one. */
  readonly policy?: string | undefined;
}

/** Throws a BackupError where something else is in one of them. Writes nothing. */
export async function checkFolders({ folder, manifest }: Opened, places: Places, around: Surroundings): Promise<void> {
  const { governanceState, policy } = places;
  if (policy !== undefined && has(folder, policyEntry)) {
    const there = await repositoryAt(policy, around);
    const told = (refs: readonly Ref[]): string => refs.map(({ name, oid }) => `${name} ${oid}`).join();
    if (there && told(there) !== told(await savedRefs(folder, policyEntry))) {
      throw new BackupError(`${policy} is there already with other references: name an empty folder with --policy`);
    }
  }
  if (governanceState === undefined || !has(folder, governanceEntry)) return;
  const path = join(governanceState, "repository.git");
  const there = await repositoryAt(path, around);
  if (there && there.find(({ name }) => name === logRef)?.oid !== manifest.log?.tip) {
    throw new BackupError(`${path} is there already with another log: name an empty folder for the governance service`);
  }
  for (const [name, content] of await filesOf(folder)) {
    const file = join(governanceState, name);
    const before = await readFile(file, "utf8").catch(() => undefined);
    // Where the repository is, all of the folder is, and a service may have gone on with it.
    if (there || before === undefined || before === content) continue;
    throw new BackupError(`${file} is there already and is another: name an empty folder for the governance service`);
  }
}

/** After `checkFolders`. */
export async function placeFolders({ folder }: Opened, places: Places, around: Surroundings): Promise<void> {
  const { governanceState, policy } = places;
  if (policy !== undefined && has(folder, policyEntry) && !(await repositoryAt(policy, around))) {
    await placeRepository(folder, policyEntry, policy, around);
  }
  if (governanceState === undefined || !has(folder, governanceEntry)) return;
  const path = join(governanceState, "repository.git");
  // The repository comes last: where it is, all of the folder is.
  if (await repositoryAt(path, around)) return;
  for (const [name, content] of await filesOf(folder)) {
    const file = join(governanceState, name);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    writeAtomically(file, content);
  }
  await placeRepository(folder, governanceEntry, path, around);
}

/** Of the governance service beside its repository: path in its folder to content. */
async function filesOf(folder: string): Promise<Map<string, string>> {
  const names = await readdir(join(folder, keysEntry)).catch(() => []);
  const paths: [string, string][] = names.map((name) => [`keys/${basename(name)}`, `${keysEntry}/${name}`]);
  if (has(folder, sightingsEntry)) paths.push(["sightings.jsonl", sightingsEntry]);
  const read = async ([to, from]: [string, string]): Promise<[string, string]> => [
    to,
    await readFile(join(folder, from), "utf8"),
  ];
  return new Map(await Promise.all(paths.map(read)));
}

/** References of what is at `path`, undefined where nothing is. */
async function repositoryAt(path: string, around: Surroundings): ReturnType<typeof refsAt> {
  const there = await readdir(path).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    throw new BackupError(`${path} is no folder that can be read: ${error.message}`, { cause: error });
  });
  if (there.length > 0 && !there.includes("HEAD")) {
    throw new BackupError(`${path} is there already and is no repository: name a folder that is not there yet`);
  }
  return refsAt(path, around);
}

function has(folder: string, entry: string): boolean {
  return existsSync(join(folder, entry));
}
