import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** Only this user may read or write it. */
const privateMode = 0o600;

/** Replaces a file in one step: a reader, or a crash at any moment, sees the old content or the new one, whole. Mode 0600. */
export function writeAtomically(path: string, content: string): void {
  const temporary = writeTemporary(path, content);
  renameSync(temporary, path);
}

/** Creates a file with that content, unless it is there: then its content stays and is returned. Mode 0600. */
export function readOrCreate(path: string, make: () => string): string {
  const present = readIfPresent(path);
  if (present !== undefined) return present;
  const temporary = writeTemporary(path, make());
  try {
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  return readFileSync(path, "utf8");
}

export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A file beside `path`, complete and on disk, under a name that nobody else uses. */
export function writeTemporary(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  const descriptor = openSync(temporary, "wx", privateMode);
  try {
    writeSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return temporary;
}
