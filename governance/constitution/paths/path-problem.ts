/** Which paths of a repository are taken at all. A path that reads one way to people and another to a program decides
 * which rules hold for it: so tricks are refused instead of being understood. */
import { printable } from "../../../operator/text/printable.ts";
import { folded } from "./fold.ts";

export const constitutionPath = "constitution.yaml";
export const membersPath = "members.yaml";

/** Length of a path in UTF-16 code units, and folders above a file. */
export const pathCharsMax = 512;
const segmentsMax = 16;

/** Why `path` is refused, as the end of a sentence; undefined for a good one. */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "is empty";
  if (path.length > pathCharsMax) return `has ${path.length} characters, ${pathCharsMax} are the most`;
  if (printable(path, path.length * 10) !== path) return "holds characters that cannot be seen";
  if (path.normalize("NFC") !== path) return "is written with split-up letters (not in Unicode NFC)";
  if (path.includes("\\")) return "holds a backslash, which some programs take for a folder";
  return segmentsProblem(path.split("/")) ?? lookAlike(path);
}

function segmentsProblem(segments: readonly string[]): string | undefined {
  if (segments.length > segmentsMax) return `lies ${segments.length - 1} folders deep, ${segmentsMax - 1} are the most`;
  if (segments.includes("")) return "begins or ends with a slash, or has two in a row";
  if (segments.some((segment) => segment === "." || segment === "..")) return "leaves its folder with . or ..";
  if (segments.some((segment) => folded(segment) === ".git")) return "lies in .git";
  if (segments.some((segment) => /^\s|[\s.]$/.test(segment)))
    return "has a name that begins or ends with a space or dot";
  return undefined;
}

function lookAlike(path: string): string | undefined {
  const name = folded(path);
  const meant = [constitutionPath, membersPath].find((known) => name === known && path !== known);
  return meant && `looks like ${meant} but is another file`;
}
