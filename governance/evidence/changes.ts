/** What differs between two trees, as the constitution looks at it. */
import { readPlainYaml } from "../constitution/documents/plain-yaml.ts";
import { objectLimits } from "../constitution/documents/yaml-limits.ts";
import type { JsonValue } from "../constitution/documents/yaml-tree.ts";
import type { Change } from "../constitution/snapshot.ts";
import { type Call, GitError, type GitRepository, type Oid, type TreeChange } from "../git/repository.ts";

/** Objects are read only for so many changes: an emergency that touches more is refused for its size. */
const objectsReadMax = 1_000;

export function changesOf(diff: readonly TreeChange[]): Change[] {
  return diff.map(({ path, before, after }): Change => {
    if (!after) return { kind: "removed", path };
    return { kind: before ? "modified" : "added", path, mode: after.mode };
  });
}

/**
 * With the objects before and after, and the digests that were ratified for each file: an emergency is judged field by field.
 * `ratified`: the commits that were ratified before, oldest first.
 */
export async function comparedChanges(
  repository: GitRepository,
  diff: readonly TreeChange[],
  ratified: readonly Oid[],
  call: Call = {},
): Promise<Change[]> {
  const plain = changesOf(diff);
  if (diff.length > objectsReadMax) return plain;
  return Promise.all(
    plain.map(async (change, index): Promise<Change> => {
      const { before, after } = diff[index] ?? {};
      const [was, becomes] = await Promise.all([
        objectOf(repository, before, change.path, call),
        objectOf(repository, after, change.path, call),
      ]);
      const earlierDigests = before && after ? await digestsOf(repository, change.path, ratified, call) : [];
      return {
        ...change,
        ...(was !== undefined && { before: was }),
        ...(becomes !== undefined && { after: becomes }),
        ...(earlierDigests.length > 0 && { earlierDigests }),
      };
    }),
  );
}

async function objectOf(
  repository: GitRepository,
  side: TreeChange["before"],
  path: string,
  call: Call,
): Promise<JsonValue | undefined> {
  if (side?.mode !== "100644") return undefined;
  try {
    const bytes = await repository.blob(side.oid, { ...call, bytesMax: objectLimits.bytesMax });
    return bytes && objectIn(bytes, path);
  } catch (error) {
    if (error instanceof GitError && error.code === "too-large") return undefined;
    throw error;
  }
}

/** Undefined for what is no plain YAML: it cannot be compared, and the room says so. */
function objectIn(bytes: Uint8Array, path: string): JsonValue | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined; // not UTF-8, therefore no YAML of ours
  }
  const parsed = readPlainYaml(text, path, objectLimits);
  return parsed.ok ? parsed.value.data : undefined;
}

async function digestsOf(
  repository: GitRepository,
  path: string,
  ratified: readonly Oid[],
  call: Call,
): Promise<string[]> {
  const found = new Set<string>();
  for (const commit of ratified) {
    const bytes = await repository
      .file(commit, path, { ...call, bytesMax: objectLimits.bytesMax })
      .catch(absentIfLarge);
    const digest = bytes && digestIn(objectIn(bytes, path));
    if (digest !== undefined) found.add(digest);
  }
  return [...found];
}

function absentIfLarge(error: unknown): undefined {
  if (error instanceof GitError && error.code === "too-large") return undefined;
  throw error;
}

function digestIn(object: JsonValue | undefined): string | undefined {
  const digest = memberOf(memberOf(memberOf(object, "spec"), "model"), "digest");
  return typeof digest === "string" ? digest : undefined;
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, JsonValue>>)[name] : undefined;
}
