/** What a backup says of itself. It is the first file of the archive, and every other one is in it with its SHA-256. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { digest } from "../../operator/apis/fields/primitives.ts";
import { BackupError } from "./backup-error.ts";

/** Counted up where an older program would misread what is written. */
export const backupFormat = 1;

const entry = z.strictObject({
  path: z
    .string()
    .max(400)
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const manifest = z.object({
  format: z.literal(backupFormat),
  createdAt: z.string(),
  /** Version of ours that wrote it, and of the API server that it was read from. */
  commonhold: z.string(),
  kubernetes: z.string(),
  /** Namespace of the services. */
  namespace: z.string(),
  /** `community`: the state directory of `commonhold up`. */
  source: z.enum(["cluster", "community"]),
  /** The decision log in it. */
  log: z
    .object({ origin: z.string(), genesis: digest(), size: z.int().min(1), root: z.string(), tip: z.string() })
    .optional(),
  withSecrets: z.boolean(),
  /** Sentences: what is not in it, and what that means. */
  leftOut: z.array(z.string()),
  entries: z.array(entry),
});

export type Manifest = z.output<typeof manifest>;
export type Entry = z.output<typeof entry>;

export function formatManifest(value: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

/** Throws a BackupError that says whether it is newer than this program, or damaged. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const value = jsonOf(bytes);
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === "number" && format > backupFormat) {
    const by = (value as { commonhold?: unknown }).commonhold;
    throw new BackupError(
      `the backup has format ${format}, written by commonhold ${by}; this one reads up to ${backupFormat}: restore with a newer commonhold`,
    );
  }
  const parsed = manifest.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BackupError(`manifest.json of the backup is damaged: ${z.prettifyError(parsed.error)}`);
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw new BackupError("manifest.json of the backup is damaged: it is not JSON", { cause });
  }
}
