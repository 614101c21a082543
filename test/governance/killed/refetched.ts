/** Noting what was pushed: after a death between the two the next life fetches it, and has nothing to note. */
export function isFetchedNext(effect: string): boolean {
  return effect.startsWith("git ref refs/policy/");
}
