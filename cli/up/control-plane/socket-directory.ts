import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, the closing zero included; names in the folder take up to 16. */
const pathBytesMax = 86;

/**
 * Where the sockets of a control plane lie: beside its data, or, where that path is too long for a socket's address, in a
 * private folder of the system's temporary one whose name is always the same for the same data.
 */
export function socketDirectory(directory: string): string {
  const near = join(directory, "run");
  if (Buffer.byteLength(near) <= pathBytesMax) return near;
  const name = createHash("sha256").update(near).digest("hex").slice(0, 16);
  const far = join(tmpdir(), `commonhold-${name}`);
  mkdirSync(far, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(far);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) {
    throw new Error(`${far} belongs to somebody else or is open to others: remove it, or use a shorter --state DIR`);
  }
  return far;
}
