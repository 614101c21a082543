/**
 * The name of what a proposal does, to which ballots bind: the paths that differ between the last ratified tree and the tree
 * that a merge makes, with what is there before and after. When the branch moves and this stays the same, votes stay; when
 * anything else would come into force by the same merge, they do not.
 */
import { canonicalJson } from "../../operator/tlog/canonical-json.ts";
import { digestOf } from "../../operator/tlog/digest.ts";
import type { TreeChange } from "../git/repository.ts";

/** `sha256:…` over the changes, in whatever order they are given. */
export function planDigest(changes: readonly TreeChange[]): string {
  const lines = changes
    .map(({ path, before, after }) => [path, sideOf(before), sideOf(after)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return digestOf(Buffer.from(canonicalJson(lines), "utf8"));
}

function sideOf(side: TreeChange["before"]): readonly string[] | null {
  return side ? [side.mode, side.oid] : null;
}
