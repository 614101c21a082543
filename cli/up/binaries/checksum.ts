import type { BinaryName } from "./catalog.ts";
import { binaryError } from "./errors.ts";
import type { ReleaseReader } from "./http.ts";
import type { Release } from "./releases.ts";

const checksumFileBytesMax = 1024 * 1024;

/** The SHA-256 that the project publishes for a release, in lower-case hexadecimal. */
export async function publishedSum(name: BinaryName, release: Release, reader: ReleaseReader): Promise<string> {
  const url = release.checksumUrl;
  const { body } = await reader.get(url);
  let text = "";
  try {
    for await (const piece of body.setEncoding("utf8")) {
      text += piece;
      if (text.length > checksumFileBytesMax) break;
    }
  } catch (error) {
    throw reader.readingFailed(error, url, text.length, undefined);
  }
  const sum = findSum(text, release.file);
  if (sum === undefined) throw binaryError("checksum-missing", name, { url, file: release.file });
  return sum;
}

/** The sum of one file: from `<sum>  [*][./]<file>` lines as sha256sum(1) writes them, or a file that holds a sum alone. */
export function findSum(text: string, file: string): string | undefined {
  const alone = /^\s*([0-9a-f]{64})\s*$/i.exec(text)?.[1];
  if (alone) return alone.toLowerCase();
  for (const line of text.split("\n")) {
    const [, sum, named] = /^([0-9a-f]{64})\s+\*?(?:\.\/)?(\S+)\s*$/i.exec(line) ?? [];
    if (sum && named === file) return sum.toLowerCase();
  }
  return undefined;
}
