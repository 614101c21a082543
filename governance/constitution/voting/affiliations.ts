/** Who counts as one group. Without an affiliation a member stands for themself. */
import type { Member } from "../documents/members.ts";
import { folded } from "../paths/fold.ts";

/** Equal for members of one affiliation, however they write it. */
export function affiliationKey({ affiliation, number }: Member): string {
  return affiliation === undefined ? `#${number}` : `@${folded(affiliation)}`;
}

export function affiliationsOf(members: Iterable<Member>): Set<string> {
  return new Set([...members].map(affiliationKey));
}
