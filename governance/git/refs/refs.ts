/** Refs of the repository here: read, moved only from where they are expected to be, deleted. */
import { gitLimits } from "../limits.ts";
import { checkOid, isOid, type ObjectFormat } from "../objects/format.ts";
import type { ObjectReader } from "../objects/reader.ts";
import type { GitProgram } from "../program/program.ts";
import { type Call, GitError, type Oid, type Ref } from "../repository.ts";
import { checkRefName, isRefName } from "./name.ts";

export interface Refs {
  list(prefix: string, call: Call): Promise<readonly Ref[]>;
  update(name: string, oid: Oid, expected: Oid | null | undefined, call: Call): Promise<void>;
  delete(name: string, call: Call): Promise<void>;
}

export function refs(git: GitProgram, objects: ObjectReader, format: ObjectFormat): Refs {
  const none = "0".repeat(format.hexDigits);

  /** Whether another one moved it is seen from where it is now: what git says about it differs between its versions. */
  const failed = async (
    name: string,
    expected: Oid | null | undefined,
    error: unknown,
    call: Call,
  ): Promise<unknown> => {
    if (expected === undefined || !(error instanceof GitError) || call.signal?.aborted) return error;
    const now = await objects.head(name, call);
    if (now?.oid === (expected ?? undefined)) return error;
    const [is, should] = [now?.oid ?? "not there", expected ?? "not there"];
    return new GitError("conflict", `${name} is ${is}, and was expected to be ${should}`, error);
  };

  return {
    list: async (prefix, { signal }) => {
      if (!isRefName(`${prefix.replace(/\/$/, "")}/x`))
        throw new GitError("failed", "give the refs to list as refs/ and whole names");
      const args = ["for-each-ref", "--format=%(objectname) %(refname)", prefix];
      return parseRefs((await git.run(args, { signal })).stdout, format);
    },
    update: async (name, oid, expected, call) => {
      checkRefName(name);
      checkOid(oid, format);
      if (typeof expected === "string") checkOid(expected, format);
      const old = expected === null ? none : (expected ?? "");
      const input = Buffer.from(`update ${name}\0${oid}\0${old}\0`, "utf8");
      try {
        await git.run(["update-ref", "--no-deref", "--stdin", "-z"], { signal: call.signal, input });
      } catch (error) {
        throw await failed(name, expected, error, call);
      }
    },
    delete: async (name, { signal }) => {
      checkRefName(name);
      await git.run(["update-ref", "--no-deref", "--stdin", "-z"], {
        signal,
        input: Buffer.from(`delete ${name}\0\0`, "utf8"),
      });
    },
  };
}

/**
 * Lines `<oid> <name>`, with a space or a tab. A name that is not UTF-8 is left out: none of ours is so, and who can push
 * one must not be able to stop the rest. Throws a `GitError` (`failed`, `too-large`).
 */
export function parseRefs(output: Buffer, format: ObjectFormat): readonly Ref[] {
  const lines = output.toString("latin1").split("\n").slice(0, -1);
  if (lines.length > gitLimits.refsMax)
    throw new GitError("too-large", `there are more than ${gitLimits.refsMax} refs`);
  return lines.flatMap((line) => {
    const oid = line.slice(0, format.hexDigits);
    const name = textOf(line.slice(format.hexDigits + 1));
    if (!isOid(oid, format) || !/[ \t]/.test(line[format.hexDigits] ?? "")) {
      throw new GitError("failed", "git listed a ref in a form that is not known");
    }
    return name !== undefined && isRefName(name) ? [{ name, oid }] : [];
  });
}

function textOf(latin1: string): string | undefined {
  const bytes = Buffer.from(latin1, "latin1");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}
