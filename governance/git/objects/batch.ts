/**
 * Reads thousands of objects with one program that is told all their names at once: faster by far than one question after the other,
 * where nobody needs an answer before the last one came.
 */
import type { GitProgram } from "../program/program.ts";
import { type Call, GitError, type GitObject, type Oid } from "../repository.ts";
import { checkOid, type ObjectFormat } from "./format.ts";
import { type Answer, FrameError, FrameReader } from "./frames.ts";

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
    return objectsIn(stdout, oids, options.bytesMax);
  } catch (error) {
    // More than one program may print: as two.
    if (!(error instanceof GitError) || error.code !== "too-large" || oids.length === 1) throw error;
    const middle = Math.ceil(oids.length / 2);
    const first = await readBatch(git, format, oids.slice(0, middle), options);
    return [...first, ...(await readBatch(git, format, oids.slice(middle), options))];
  }
}

function objectsIn(output: Buffer, oids: readonly Oid[], bytesMax: number): (GitObject | undefined)[] {
  const frames = new FrameReader();
  frames.push(output);
  const objects = oids.map((oid): GitObject | undefined => {
    const answer = next(frames, oid, output.length);
    if (answer === "missing" || !answer.bytes) return undefined;
    const { type, size } = answer.head;
    if (size > bytesMax) throw new GitError("too-large", `${type} ${oid} has ${size} bytes, ${bytesMax} are the most`);
    return { oid, type, bytes: answer.bytes };
  });
  if (frames.pending > 0) throw new GitError("failed", "git cat-file said more than it was asked");
  return objects;
}

function next(frames: FrameReader, oid: Oid, bytesMax: number): Answer {
  try {
    const answer = frames.next({ verb: "contents", name: oid, bytesMax });
    if (answer !== undefined) return answer;
  } catch (error) {
    if (error instanceof FrameError) throw new GitError("failed", `git cat-file ${error.message}`, error);
    throw error;
  }
  throw new GitError("failed", "git cat-file ended before its last answer");
}
