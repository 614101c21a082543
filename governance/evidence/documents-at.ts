/** The two documents that decide, as a tree of the policy repository holds them. */
import { type Constitution, parseConstitution, type Sealed } from "../constitution/documents/constitution.ts";
import { type Members, parseMembers } from "../constitution/documents/members.ts";
import { failed, type Parsed, problemSentence } from "../constitution/documents/problem.ts";
import { constitutionLimits, membersLimits } from "../constitution/documents/yaml-limits.ts";
import { constitutionPath, membersPath } from "../constitution/paths/path-problem.ts";
import type { Ratified } from "../constitution/snapshot.ts";
import { Recent } from "../git/objects/recent.ts";
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
  return text && (text.ok ? constitutions.of(text.value) : text);
}

export async function membersAt(
  repository: GitRepository,
  treeish: Oid,
  call: Call = {},
): Promise<Parsed<Sealed<Members>> | undefined> {
  const text = await textAt(repository, treeish, membersPath, membersLimits.bytesMax, call);
  return text && (text.ok ? memberLists.of(text.value) : text);
}

/** What a text says never changes, and every proposal is judged by the same two with every pass. */
class Read<T> {
  readonly #parse: (text: string) => T;
  readonly #recent = new Recent<{ readonly said: T; readonly chars: number }>(charsKeptMax, ({ chars }) => chars);

  constructor(parse: (text: string) => T) {
    this.#parse = parse;
  }

  of(text: string): T {
    const known = this.#recent.get(text);
    if (known) return known.said;
    const said = this.#parse(text);
    this.#recent.set(text, { said, chars: text.length });
    return said;
  }
}

/** Of the texts of each kind that are kept: some of the longest. */
const charsKeptMax = 2_000_000;
const constitutions = new Read(parseConstitution);
const memberLists = new Read(parseMembers);

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
