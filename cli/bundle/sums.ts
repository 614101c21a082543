import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256OfFile } from "../up/state/sha256-of-file.ts";
import { BundleError } from "./bundle-error.ts";
import { placesIn, sumsName } from "./places.ts";
import { writeWhole } from "./write-whole.ts";

const line = /^([0-9a-f]{64}) {2}(\S.*)$/;

/** Of a blob its name is the sum: it was compared when it came. */
const blobName = /^models\/blobs\/sha256\/([0-9a-f]{64})$/;

export async function writeSums(folder: string): Promise<void> {
  const lines: string[] = [];
  for (const path of await filesBelow(folder)) {
    lines.push(`${blobName.exec(path)?.[1] ?? (await sha256OfFile(join(folder, path)))}  ${path}\n`);
  }
  const { sums } = placesIn(folder);
  await writeWhole(sums, lines.join(""));
}

/** Reads every byte. Throws a BundleError that names each file that is missing, other than it was, or not of the bundle. */
export async function checkSums(folder: string, signal: AbortSignal): Promise<number> {
  const expected = await readSums(folder);
  const wrong: string[] = [];
  for (const [path, sum] of expected) {
    signal.throwIfAborted();
    const found = await sha256OfFile(join(folder, path)).catch(() => undefined);
    if (found === undefined) wrong.push(`${path} is missing or cannot be read`);
    else if (found !== sum) wrong.push(`${path} is not as it was written`);
  }
  const more = (await filesBelow(folder)).filter((path) => !expected.has(path));
  wrong.push(...more.map((path) => `${path} was not there when it was written`));
  if (wrong.length > 0) throw new BundleError(`the bundle is damaged: ${wrong.join("; ")}. Take another copy of it`);
  return expected.size;
}

async function readSums(folder: string): Promise<Map<string, string>> {
  const { sums } = placesIn(folder);
  const text = await readFile(sums, "utf8").catch((cause: Error) => {
    throw new BundleError(
      `${folder} is no whole bundle: ${cause.message}. It is written last of all; make the bundle again`,
      {
        cause,
      },
    );
  });
  const lines = text.split("\n").filter((one) => one !== "");
  return new Map(
    lines.map((one) => {
      const [, sum, path] = line.exec(one) ?? [];
      if (sum === undefined || path === undefined || path.split("/").includes("..") || path.startsWith("/")) {
        throw new BundleError(
          `${sums} is damaged: a line of it is no sum and path inside the bundle. Take another copy of it`,
        );
      }
      return [path, sum];
    }),
  );
}

/** What was not finished is no part of it. */
async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(join(folder).length + 1))
    .filter((path) => path !== sumsName && !/\.(part|new)$/.test(path))
    .sort();
}
