/**
 * Patterns over repository paths: `models/*.yaml`, `docs/**`, `hosts/{machine}.yaml`. `*` stands for anything within one
 * name, `**` for any number of folders (at the end: for everything below), `{machine}` for the name of a machine. Nothing
 * else has a meaning, so nothing has to be escaped. Names are compared folded: a path that differs from a pattern only in
 * case or width matches it, because a stricter class must not be left by a capital letter. No regular expression is
 * made: each name is matched in one pass with one place to come back to.
 */
import { folded } from "./fold.ts";

export interface Glob {
  readonly text: string;
  readonly segments: readonly string[];
}

export interface GlobMatch {
  /** What stood for `{machine}`, as written. */
  readonly machine?: string;
}

const globCharsMax = 256;
const placeholder = "{machine}";

/** A glob, or what is wrong with it as the end of a sentence. */
export function parseGlob(text: string): Glob | { readonly wrong: string } {
  if (text.length > globCharsMax) return { wrong: `has ${text.length} characters, ${globCharsMax} are the most` };
  const segments = text.split("/");
  if (segments.includes("")) return { wrong: "begins or ends with a slash, or has two in a row" };
  if (segments.some((segment) => segment === "." || segment === "..")) return { wrong: "has . or .. in it" };
  if (segments.some((segment) => segment !== "**" && segment.includes("**"))) {
    return { wrong: "has ** beside other characters; ** stands alone between slashes" };
  }
  if (segments.filter((segment) => segment === "**").length > 1) return { wrong: "has ** more than once" };
  if (/[[\]?!\\]/.test(text)) return { wrong: "has a sign without meaning: only *, ** and {machine} have one" };
  return placeholderProblem(text, segments) ?? { text, segments };
}

function placeholderProblem(text: string, segments: readonly string[]): { wrong: string } | undefined {
  if (!/[{}]/.test(text)) return undefined;
  const holders = segments.filter((segment) => /[{}]/.test(segment));
  const [holder = ""] = holders;
  const rest = holder.replace(placeholder, "");
  if (holders.length !== 1 || rest.length !== holder.length - placeholder.length || /[{}*]/.test(rest)) {
    return { wrong: `may hold ${placeholder} once, and in that name no *` };
  }
  return undefined;
}

export function hasMachine({ text }: Glob): boolean {
  return text.includes(placeholder);
}

/** Whether `path` matches, and with which machine; undefined where it does not. */
export function matchGlob(glob: Glob, path: string): GlobMatch | undefined {
  const names = path.split("/");
  const { segments } = glob;
  const star = segments.indexOf("**");
  if (star < 0) return names.length === segments.length ? matchNames(segments, names) : undefined;
  const after = segments.length - star - 1;
  const isLast = after === 0;
  if (names.length < segments.length - 1 + (isLast ? 1 : 0)) return undefined;
  const before = matchNames(segments.slice(0, star), names.slice(0, star));
  const behind = matchNames(segments.slice(star + 1), names.slice(names.length - after));
  return before && behind && { ...before, ...behind };
}

function matchNames(patterns: readonly string[], names: readonly string[]): GlobMatch | undefined {
  let found: GlobMatch = {};
  for (const [index, pattern] of patterns.entries()) {
    const match = matchName(pattern, names[index] ?? "");
    if (!match) return undefined;
    found = { ...found, ...match };
  }
  return found;
}

function matchName(pattern: string, name: string): GlobMatch | undefined {
  const at = pattern.indexOf(placeholder);
  if (at < 0) return matchesStars(folded(pattern), folded(name)) ? {} : undefined;
  const head = pattern.slice(0, at);
  const tail = pattern.slice(at + placeholder.length);
  if (name.length <= head.length + tail.length) return undefined;
  const end = name.length - tail.length;
  if (folded(name.slice(0, head.length)) !== folded(head) || folded(name.slice(end)) !== folded(tail)) return undefined;
  return { machine: name.slice(head.length, end) };
}

function matchesStars(pattern: string, name: string): boolean {
  let [at, from, star, resume] = [0, 0, -1, 0];
  while (from < name.length) {
    if (pattern[at] === "*") {
      star = at++;
      resume = from;
    } else if (at < pattern.length && pattern[at] === name[from]) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++resume;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
