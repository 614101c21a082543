import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { BinaryName } from "./catalog.ts";
import { type BinaryError, binaryError } from "./errors.ts";

/** Bytes that this user can still write where `folder` is or will be. */
export type FreeBytes = (folder: string) => Promise<number>;

export const freeBytes: FreeBytes = async (folder) => {
  let present = folder;
  while (!existsSync(present) && dirname(present) !== present) present = dirname(present);
  const { bavail, bsize } = await statfs(present);
  return bavail * bsize;
};

/** Rejects with `disk-full` before anything is written. */
export async function assertFree(binary: BinaryName, folder: string, needed: number, free = freeBytes): Promise<void> {
  const available = await free(folder);
  if (available < needed) throw binaryError("disk-full", binary, { folder, needed, free: available });
}

/** The file system's refusals in our words; undefined when it is something else. */
export function fileSystemError(binary: BinaryName, error: unknown, folder: string): BinaryError | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  // What could not be created is of no interest, the folder that refused it is.
  const path = "path" in error && typeof error.path === "string" ? dirname(error.path) : folder;
  if (error.code === "ENOSPC" || error.code === "EDQUOT") return binaryError("disk-full", binary, { folder }, error);
  if (error.code === "EACCES" || error.code === "EPERM" || error.code === "EROFS") {
    return binaryError("permission-denied", binary, { path }, error);
  }
  return undefined;
}
