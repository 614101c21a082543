/**
 * "Did you mean …?": the known names that are nearest to a mistyped one, by edit distance (Levenshtein), letters' case
 * ignored. A name that starts with what was typed counts as near however long it is: `llama` for `llama3.2`.
 */
import { distance } from "fastest-levenshtein";

/** Names longer than this are compared by their beginning: the distance costs length × length. */
const comparedCharsMax = 128;
/** More known names than this are not looked at. */
const knownMax = 10_000;

/** At most `max` of `known`, nearest first, equally near ones in alphabetical order; none when nothing is near. */
export function nearestNames(wanted: string, known: Iterable<string>, max = 3): string[] {
  const target = comparable(wanted);
  if (target === "") return [];
  const cutOff = Math.max(1, Math.floor(target.length / 3));
  const near: { name: string; away: number }[] = [];
  for (const name of firstOf(known)) {
    const away = awayFrom(target, comparable(name));
    if (away <= cutOff) near.push({ name, away });
  }
  near.sort((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1));
  return near.slice(0, max).map(({ name }) => name);
}

/** 0.5 for a beginning: after the exact name, before any misspelling. */
function awayFrom(target: string, candidate: string): number {
  if (candidate === target) return 0;
  return target.length >= 3 && candidate.startsWith(target) ? 0.5 : distance(target, candidate);
}

function comparable(name: string): string {
  return name.slice(0, comparedCharsMax).toLowerCase();
}

function* firstOf(known: Iterable<string>): Generator<string> {
  let seen = 0;
  for (const name of known) {
    if (++seen > knownMax) return;
    yield name;
  }
}
