/** The service's own keys: one signs checkpoints of the log, one its commits. Made once, readable by nobody else. */
import { mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  formatPrivateKey,
  type PrivateNoteKey,
  parsePrivateKey,
  privateNoteKey,
} from "../../operator/tlog/note/key.ts";
import type { Signer } from "../git/repository.ts";
import { newEd25519Key } from "../signatures/new-key.ts";
import { openSshKeySigner } from "../signatures/open-ssh-signer.ts";

export interface ServiceKeys {
  readonly signer: Signer;
  /** All that are there, so that a key that is being rotated finds its successor. */
  readonly logKeys: readonly PrivateNoteKey[];
}

export interface KeyOptions {
  readonly folder: string;
  readonly origin: string;
  /** So many bytes that nobody can guess. */
  readonly randomBytes: (bytes: number) => Uint8Array;
  /** Whether new ones may be made: not where a log exists already, whose keys are missing then. */
  readonly mayCreate: boolean;
}

const commitKeyFile = "commit-key";
const logKeyFile = "log-key";
const seedBytes = 32;

/** Throws an Error that says what is missing where there are none and none may be made. */
export async function serviceKeys({ folder, origin, randomBytes, mayCreate }: KeyOptions): Promise<ServiceKeys> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const there = await readdir(folder);
  const missing = [commitKeyFile, logKeyFile].filter((file) => !there.includes(file));
  if (missing.length > 0 && !mayCreate) {
    throw new Error(
      `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing in ${folder}, but there is a log that they sign: ` +
        "restore the folder from a backup, or hand the log over to new keys with `commonhold log rotate-key --lost`",
    );
  }
  if (missing.includes(commitKeyFile)) {
    const { privateFile } = newEd25519Key({ random: randomBytes, comment: "commonhold-governance" });
    await write(join(folder, commitKeyFile), privateFile);
  }
  if (missing.includes(logKeyFile)) {
    const seed = randomBytes(seedBytes);
    await write(join(folder, logKeyFile), `${formatPrivateKey(privateNoteKey(origin, 1, seed), seed)}\n`);
  }
  const names = (await readdir(folder)).filter((file) => file === logKeyFile || file.startsWith(`${logKeyFile}.`));
  const logKeys = await Promise.all(
    names.toSorted().map(async (file) => parsePrivateKey((await readFile(join(folder, file), "utf8")).trim())),
  );
  return { signer: await openSshKeySigner(join(folder, commitKeyFile)), logKeys };
}

async function write(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  // A name in a folder is on disk only when the folder is: a log must never be signed by a key that a power cut takes away.
  await syncFolder(dirname(path));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
