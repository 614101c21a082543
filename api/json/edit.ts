/**
 * Changes single members of a JSON object's text and leaves every other byte of them as it was sent: numbers keep their digits,
 * duplicate members stay, nothing is reordered. Parsing and writing the whole text again would change `1e400`, `12345678901234567890`
 * and `1.0`.
 *
 * The text must be valid JSON and an object (`JSON.parse` said so): the scanner checks nothing.
 */

/** What becomes of a member: its value's new text, `drop`, or `keep`. */
export type Verdict = { readonly value: string } | "drop" | "keep";

/** `decide` is asked for each member in order, with its name (escapes resolved) and its value's text. */
export function editMembers(text: string, decide: (name: string, value: string) => Verdict): string {
  const kept: string[] = [];
  let changed = false;
  for (const member of membersOf(text)) {
    const value = text.slice(member.valueStart, member.valueEnd);
    const verdict = decide(member.name, value);
    if (verdict !== "keep") changed = true;
    if (verdict === "keep") kept.push(text.slice(member.start, member.valueEnd));
    else if (verdict !== "drop") kept.push(text.slice(member.start, member.valueStart) + verdict.value);
  }
  return changed ? `{${kept.join(",")}}` : text;
}

/** Whether a text has more lists, objects and commas between members than that; stops there. Takes any text, JSON or not. */
export function hasMoreValues(text: string, max: number): boolean {
  // Each takes two characters at least: brackets, or a member and its comma.
  if (text.length <= 2 * max) return false;
  const interesting = /["[{,]/g;
  let count = 0;
  for (let match = interesting.exec(text); match; match = interesting.exec(text)) {
    if (match[0] === '"') interesting.lastIndex = stringEnd(text, match.index);
    else if (++count > max) return true;
  }
  return false;
}

/**
 * The form in which Go's encoding/json compares names: letters' case is ignored, and `ſ` and the Kelvin sign count as `s` and `k`
 * (https://pkg.go.dev/encoding/json#Unmarshal). To a host, `{"Model": …}` and `{"model": …}` are the same member.
 */
export function foldName(name: string): string {
  return name.toUpperCase().toLowerCase();
}

interface MemberSpan {
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

function* membersOf(text: string): Generator<MemberSpan> {
  let at = skipSpace(text, text.indexOf("{") + 1);
  while (text[at] === '"') {
    const nameEnd = stringEnd(text, at);
    const valueStart = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    yield { name: JSON.parse(text.slice(at, nameEnd)) as string, start: at, valueStart, valueEnd };
    at = skipSpace(text, valueEnd);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return stringEnd(text, start);
  if (first === "{" || first === "[") return endOfNested(text, start);
  let at = start;
  while (at < text.length && !",}] \t\n\r".includes(text[at] ?? "")) at++;
  return at;
}

function endOfNested(text: string, start: number): number {
  const interesting = /["{}[\]]/g;
  interesting.lastIndex = start;
  let depth = 0;
  for (let match = interesting.exec(text); match; match = interesting.exec(text)) {
    if (match[0] === '"') interesting.lastIndex = stringEnd(text, match.index);
    else depth += match[0] === "{" || match[0] === "[" ? 1 : -1;
    if (depth === 0) return match.index + 1;
  }
  return text.length;
}

/** Behind the closing quote: the first one with an even number of backslashes before it. */
function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\n\r".includes(text[at] ?? "x")) at++;
  return at;
}
