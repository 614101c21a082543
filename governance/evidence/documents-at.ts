/** The two documents that decide, as a tree of the policy repository holds them. */
import { type Constitution, parseConstitution, type Sealed } from "../constitution/documents/constitution.ts";
import { type Members, parseMembers } from "../constitution/documents/members.ts";
import { failed, type Parsed, problemSentence } from "../constitution/documents/problem.ts";
import { constitutionLimits, membersLimits } from "../constitution/documents/yaml-limits.ts";
import { constitutionPath, membersPath } from "../constitution/paths/path-problem.ts";
import type { Ratified } from "../constitution/snapshot.ts";
import { type Call, GitError, type GitRepository, type Oid } from "../git/repository.ts";

/** What is ratified was read once already; that it cannot be read now means that objects are missing or damaged. */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";
  readonly kind = "terminal";
}

/** Of a ratified commit. Throws an EvidenceError where they cannot be read. */
export async function ratifiedDocuments(repository: GitRepository, commit: Oid, call: Call = {}): Promise<Ratified> {
  const [constitution, members] = await Promise.all([
    constitutionAt(repository, commit, call),
    membersAt(repository, commit, call),
  ]);
  return { constitution: good(constitution, commit), members: good(members, commit) };
}

/** Undefined where the tree has no such file, or something else than a plain one. */
export async function constitutionAt(
  repository: GitRepository,
  treeish: Oid,
  call: Call = {},
): Promise<Parsed<Sealed<Constitution>> | undefined> {
  const text = await textAt(repository, treeish, constitutionPath, constitutionLimits.bytesMax, call);
  return text && (text.ok ? parseConstitution(text.value) : text);
}

export async function membersAt(
  repository: GitRepository,
  treeish: Oid,
  call: Call = {},
): Promise<Parsed<Sealed<Members>> | undefined> {
  const text = await textAt(repository, treeish, membersPath, membersLimits.bytesMax, call);
  return text && (text.ok ? parseMembers(text.value) : text);
}

async function textAt(
  repository: GitRepository,
  treeish: Oid,
  file: string,
  bytesMax: number,
  call: Call,
): Promise<Parsed<string> | undefined> {
  try {
    const bytes = await repository.file(treeish, file, { ...call, bytesMax });
    return bytes && { ok: true, value: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof GitError && error.code === "too-large") {
      return wrong(file, `has more than ${bytesMax} bytes`, "make it smaller");
    }
    if (error instanceof TypeError) return wrong(file, "is not UTF-8", "save it as UTF-8");
    throw error;
  }
}

function wrong(file: string, reason: string, fix: string): Parsed<never> {
  return failed([{ file, line: 1, column: 1, path: "", reason, fix }]);
}

function good<T>(parsed: Parsed<T> | undefined, commit: Oid): T {
  if (parsed?.ok) return parsed.value;
  const why = parsed ? parsed.problems.map(problemSentence).join("; ") : "it is not there";
  throw new EvidenceError(`a document of the ratified commit ${commit} cannot be read: ${why}`);
}
