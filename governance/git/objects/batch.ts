/**
 * Reads thousands of objects with one program that is told all their names at once: faster by far than one question after the other,
 * where nobody needs an answer before the last one came.
 */
import type { GitProgram } from "../program/program.ts";
import { type Call, GitError, type GitObject, type Oid } from "../repository.ts";
import { checkOid, type ObjectFormat, type ObjectType, oidOfFramed } from "./format.ts";

/** From so many on a program of its own is worth its start. */
export const batchMin = 64;

export interface BatchOptions extends Call {
  /** Of one object. */
  readonly bytesMax: number;
}

/** In the order asked. Throws a `GitError`: `too-large`, or `damaged` for the whole where git ends at an object that it cannot read. */
export async function readBatch(
  git: GitProgram,
  format: ObjectFormat,
  oids: readonly Oid[],
  options: BatchOptions,
): Promise<(GitObject | undefined)[]> {
  for (const oid of oids) checkOid(oid, format);
  try {
    const input = Buffer.from(`${oids.join("\n")}\n`, "latin1");
    const run = { input, signal: options.signal, failsAs: "damaged" } as const;
    const { stdout } = await git.run(["cat-file", "--batch", "--buffer"], run);
    return objectsIn(stdout, format, oids, options.bytesMax);
  } catch (error) {
    // More than one program may print: as two.
    if (!(error instanceof GitError) || error.code !== "too-large" || oids.length === 1) throw error;
    const middle = Math.ceil(oids.length / 2);
    const first = await readBatch(git, format, oids.slice(0, middle), options);
    return [...first, ...(await readBatch(git, format, oids.slice(middle), options))];
  }
}

/** Each answer is `<oid> <type> <size>\n<bytes>\n`, or `<oid> missing\n`; all of them are there already. */
function objectsIn(
  output: Buffer,
  format: ObjectFormat,
  oids: readonly Oid[],
  bytesMax: number,
): (GitObject | undefined)[] {
  let at = 0;
  const objects = oids.map((oid): GitObject | undefined => {
    const end = output.indexOf(lineFeed, at);
    const line = output.toString("latin1", at, end < 0 ? at : end);
    at = end + 1;
    if (line === `${oid} missing`) return undefined;
    const [, type, size] = line.startsWith(`${oid} `) ? (head.exec(line) ?? []) : [];
    if (type === undefined) throw new GitError("failed", "git cat-file sent a line that is no answer");
    if (Number(size) > bytesMax) {
      throw new GitError("too-large", `${type} ${oid} has ${size} bytes, ${bytesMax} are the most`);
    }
    // With a zero byte for the line feed, what git hashes lies here as it is: to check a name, nothing has to be copied.
    output[end] = 0;
    const hashed = oidOfFramed(output.subarray(end - `${type} ${size}`.length, at + Number(size)), format);
    const bytes = output.subarray(at, at + Number(size));
    at += Number(size) + 1;
    if (output[at - 1] !== lineFeed) throw new GitError("failed", "git cat-file ended before its last answer");
    return { oid, type: type as ObjectType, bytes, hashed };
  });
  if (at < output.length) throw new GitError("failed", "git cat-file said more than it was asked");
  return objects;
}

const lineFeed = 0x0a;
const head = / (blob|tree|commit|tag) (\d{1,15})$/;
