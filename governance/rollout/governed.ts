/** Which live objects are governance's own. A label alone makes none: anybody may write a label where it is theirs to write. */
import { annotations, fieldManagers, labels } from "../../operator/apis/group.ts";
import type { LiveObject } from "./live.ts";
import { ourClaim } from "./ownership/claims.ts";

/** Governance applied it. One whose label was taken off, so that it would outlive its removal, still is. */
export function isGoverned({ metadata, claims }: LiveObject): boolean {
  const isMarked =
    metadata.labels?.[labels.governedBy] === fieldManagers.governance ||
    metadata.annotations?.[annotations.digest] !== undefined;
  return isMarked && ourClaim(claims) !== undefined;
}
