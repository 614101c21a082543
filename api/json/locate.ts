/**
 * Where a text stops being JSON, for a message that helps: `JSON.parse` of Node 20 names no position in short texts and quotes the
 * text instead. Reads the text once, without recursion, by the grammar of RFC 8259; called only after `JSON.parse` refused it.
 */

export interface JsonFault {
  readonly problem: string;
  /** From 1. */
  readonly line: number;
  /** In UTF-16 code units, from 1. */
  readonly column: number;
}

type Expecting = "value" | "valueOrEnd" | "keyOrEnd" | "key" | "colon" | "commaOrEnd" | "nothing";

export function locateJsonFault(text: string): JsonFault {
  const [offset, problem] = scan(text);
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { problem, line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

type Fault = readonly [offset: number, problem: string];

function scan(text: string): Fault {
  const open: ("{" | "[")[] = [];
  let expecting: Expecting = "value";
  let at = 0;
  for (;;) {
    at = skipSpace(text, at);
    const character = text[at];
    if (character === undefined) return [at, expecting === "nothing" ? "the reader refused it" : "it ends too early"];
    if (expecting === "nothing") return [at, `${shown(character)} after the end`];
    if (expecting === "colon") {
      if (character !== ":") return [at, `${shown(character)} where ":" was expected`];
      expecting = "value";
      at++;
      continue;
    }
    if (expecting === "commaOrEnd" && character === ",") {
      expecting = open.at(-1) === "{" ? "key" : "value";
      at++;
      continue;
    }
    if (closes(character, expecting, open.at(-1))) {
      open.pop();
      expecting = open.length === 0 ? "nothing" : "commaOrEnd";
      at++;
      continue;
    }
    if (expecting === "commaOrEnd") return [at, `${shown(character)} where "," or an end was expected`];
    if (expecting === "key" || expecting === "keyOrEnd") {
      if (character !== '"') return [at, `${shown(character)} where a name in double quotes was expected`];
      const end = stringEnd(text, at);
      if (typeof end !== "number") return end;
      at = end;
      expecting = "colon";
      continue;
    }
    if (character === "{" || character === "[") {
      open.push(character);
      expecting = character === "{" ? "keyOrEnd" : "valueOrEnd";
      at++;
      continue;
    }
    const end = scalarEnd(text, at, character);
    if (typeof end !== "number") return end;
    at = end;
    expecting = open.length === 0 ? "nothing" : "commaOrEnd";
  }
}

function closes(character: string, expecting: Expecting, inside: "{" | "[" | undefined): boolean {
  if (expecting !== "commaOrEnd" && expecting !== "keyOrEnd" && expecting !== "valueOrEnd") return false;
  return (inside === "{" && character === "}") || (inside === "[" && character === "]");
}

function scalarEnd(text: string, at: number, character: string): number | Fault {
  if (character === '"') return stringEnd(text, at);
  const literal = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
  literal.lastIndex = at;
  const match = literal.exec(text);
  return match ? at + match[0].length : [at, `${shown(character)} where a value was expected`];
}

function stringEnd(text: string, start: number): number | Fault {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return [at, `a raw ${shown(text[at] ?? "")} inside a string`];
    if (code !== 0x5c) continue;
    const known = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
    known.lastIndex = at + 1;
    const match = known.exec(text);
    if (!match) return [at, "an unknown escape inside a string"];
    at += match[0].length;
  }
  return [text.length, "a string does not end"];
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\n\r".includes(text[at] ?? "x")) at++;
  return at;
}

/** One character as a JSON string, so that a control character stays readable. */
function shown(character: string): string {
  return JSON.stringify(character);
}
