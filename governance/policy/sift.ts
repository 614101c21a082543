/**
 * What the files of a tree are to us, by name and mode alone, before anything is read: the documents, the objects, and what
 * is left alone. Everything that could be meant one way and taken another is a problem: what lies beside the places where
 * it would be read, names that only look like ours, links, and attributes that show or merge files in another way.
 */
import type { Problem } from "../constitution/documents/problem.ts";
import { constitutionLimits, membersLimits, objectLimits } from "../constitution/documents/yaml-limits.ts";
import { folded } from "../constitution/paths/fold.ts";
import { constitutionPath, membersPath, pathProblem } from "../constitution/paths/path-problem.ts";
import type { TreeEntry } from "../git/repository.ts";
import { type Folder, folders, kindOfFolder } from "./kinds.ts";
import { policyBytesMax, policyFilesMax } from "./limits.ts";
import { Names } from "./names.ts";

export const confirmationsPath = "confirmations.yaml";

export type Role = "constitution" | "members" | "confirmations" | Folder;

/** A file that is read. */
export interface PolicyFile {
  readonly role: Role;
  readonly entry: TreeEntry;
}

export interface Sifted {
  readonly files: readonly PolicyFile[];
  readonly problems: readonly Problem[];
}

export function sift(entries: readonly TreeEntry[]): Sifted {
  if (entries.length > policyFilesMax) return { files: [], problems: [tooManyFiles(`${entries.length}`)] };
  const names = new Names();
  const files: PolicyFile[] = [];
  const problems: Problem[] = [];
  for (const entry of entries) {
    const { path } = entry;
    const read = modeFault(entry) ?? pathFault(entry) ?? folderFault(path) ?? names.fault(path) ?? roleOf(path);
    if (typeof read === "string") files.push({ role: read, entry });
    else if (read) problems.push(faultIn(path, read));
  }
  return { files, problems: [...problems, ...sizeProblems(files)] };
}

export function tooManyFiles(count: string): Problem {
  const reason = `the repository has ${count} files, ${policyFilesMax} are the most`;
  return faultIn(".", { reason, fix: "take out what is no policy" });
}

export interface Fault {
  readonly reason: string;
  readonly fix: string;
}

function faultIn(file: string, { reason, fix }: Fault): Problem {
  return { file, line: 1, column: 1, path: "", reason, fix };
}

/** Only plain files: anything else means more than the bytes that were voted on. */
function modeFault({ mode }: TreeEntry): Fault | undefined {
  switch (mode) {
    case "100644":
      return undefined;
    case "120000":
      return { reason: "this is a symbolic link, which leads to something else", fix: "put the file itself here" };
    case "160000":
      return {
        reason: "this is a submodule: what it holds is in another repository, where nobody votes",
        fix: "put the files themselves here",
      };
    case "100755":
      return {
        reason: "this file is marked as executable, and nothing of a policy is ever executed",
        fix: "git update-index --chmod=-x",
      };
    default:
      return { reason: `this has the file mode ${mode}`, fix: "put a plain file (100644) here" };
  }
}

function pathFault({ path }: TreeEntry): Fault | undefined {
  const wrong = pathProblem(path);
  if (wrong !== undefined) return { reason: `this path ${wrong}`, fix: "give it a plain name" };
  if (!/(^|\/)\.gitattributes$/.test(path)) return undefined;
  return {
    reason: "attributes change how git merges these files and how they are shown to who votes",
    fix: "delete the file",
  };
}

function folderFault(path: string): Fault | undefined {
  const [first = "", second] = path.split("/");
  const meant = second === undefined ? undefined : folders.find((name) => name === folded(first));
  if (meant === undefined || meant === first) return undefined;
  return { reason: `${first}/ looks like ${meant}/ but is another folder`, fix: "rename it" };
}

const documents: Readonly<Record<string, Role>> = {
  [constitutionPath]: "constitution",
  [membersPath]: "members",
  [confirmationsPath]: "confirmations",
};

/** What is written for people, and what a forge reads. */
const ignoredFolders: ReadonlySet<string> = new Set(["docs", ".github"]);

/** A role, a problem, or nothing for what is left alone. */
function roleOf(path: string): Role | Fault | undefined {
  const document = documents[path];
  if (document) return document;
  const [first = "", second, ...deeper] = path.split("/");
  if (second === undefined) return unreadFault(path);
  const folder = folders.find((name) => name === first);
  if (folder) return inFolder(folder, second, deeper);
  return ignoredFolders.has(first) ? undefined : unreadFault(path);
}

function inFolder(folder: Folder, name: string, deeper: readonly string[]): Role | Fault | undefined {
  if (deeper.length > 0) {
    return { reason: `only files directly in ${folder}/ are read`, fix: `move it to ${folder}/` };
  }
  if (/\.md$/.test(name)) return undefined;
  if (!/\.yaml$/.test(name)) {
    return { reason: `in ${folder}/ only files named NAME.yaml are read`, fix: "rename it, or move it to docs/" };
  }
  const { kind, definition } = kindOfFolder[folder];
  if (definition) return folder;
  return {
    reason: `${folder}/ is for the kind ${kind}, which this version cannot apply yet`,
    fix: "take the file out",
  };
}

function unreadFault(path: string): Fault | undefined {
  if (!/\.(ya?ml|json)$/.test(folded(path))) return undefined;
  return {
    reason: "nothing reads this file: it would look like a rule and be none",
    fix: `move it to ${folders.slice(0, 2).join("/, ")}/ or docs/, or delete it`,
  };
}

/** Known from the tree, so that what is too large is not even read. */
function sizeProblems(files: readonly PolicyFile[]): Problem[] {
  const problems = files.flatMap(({ role, entry: { path, size } }) => {
    const max = bytesMax(role);
    if (size <= max) return [];
    return [faultIn(path, { reason: `the file has ${size} bytes, ${max} are the most`, fix: "split or shorten it" })];
  });
  const total = files.reduce((sum, { entry }) => sum + entry.size, 0);
  if (problems.length > 0 || total <= policyBytesMax) return problems;
  const reason = `its files have ${total} bytes together, ${policyBytesMax} are the most`;
  return [faultIn(".", { reason, fix: "take out what is not needed" })];
}

export function bytesMax(role: Role): number {
  switch (role) {
    case "constitution":
      return constitutionLimits.bytesMax;
    case "members":
      return membersLimits.bytesMax;
    default:
      return objectLimits.bytesMax;
  }
}
