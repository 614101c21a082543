/** Looks at the syntax tree of a YAML text, which is built without recursion, for what must not be in it. */
import { type CST, Parser } from "yaml";
import type { YamlFault } from "./plain-yaml.ts";
import { tooDeep } from "./yaml-lexical.ts";
import type { YamlLimits } from "./yaml-limits.ts";

/** Every refused construct with its place. */
export function structuralProblems(text: string, limits: YamlLimits): YamlFault[] {
  const faults: YamlFault[] = [];
  let documents = 0;
  for (const token of new Parser().parse(text)) {
    if (token.type === "document" && ++documents > 1) faults.push(secondDocument(token.offset));
    if (token.type === "directive") faults.push(refusedToken("directive", token.offset));
    walk(token, limits, faults);
    if (faults.length > faultsMax) break;
  }
  return faults;
}

/** The first few tell enough. */
const faultsMax = 20;

const refusals = {
  anchor: ["an anchor (&) names a value to be used elsewhere", "write the value out where it is needed"],
  alias: ["an alias (*) takes its value from elsewhere", "write the value out"],
  tag: ["a tag (!) changes how a value is read", "leave the tag out; quote a value that shall be text"],
  directive: ["a directive (%) changes how the file is read", "delete the line"],
} as const;

function refusedToken(type: keyof typeof refusals, offset: number): YamlFault {
  const [reason, fix] = refusals[type];
  return { offset, reason, fix };
}

function secondDocument(offset: number): YamlFault {
  return {
    offset,
    reason: "a second YAML document begins here",
    fix: "keep one document per file: delete the line --- and what follows",
  };
}

/** With a stack of its own: a hostile text nests deeper than calls may. */
function walk(root: CST.Token, limits: YamlLimits, faults: YamlFault[]): void {
  const open: [token: CST.Token, depth: number][] = [[root, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [token, depth] = next;
    if (depth > limits.depthMax) {
      faults.push(tooDeep(token.offset, limits));
      return;
    }
    if (token.type === "anchor" || token.type === "tag" || token.type === "alias") {
      faults.push(refusedToken(token.type, token.offset));
    }
    for (const part of partsOf(token)) open.push([part, isCollection(part) ? depth + 1 : depth]);
  }
}

function isCollection({ type }: CST.Token): boolean {
  return type === "block-map" || type === "block-seq" || type === "flow-collection";
}

function partsOf(token: CST.Token): CST.Token[] {
  const parts: (CST.Token | null | undefined)[] = [];
  if ("start" in token && Array.isArray(token.start)) parts.push(...token.start);
  if ("props" in token) parts.push(...token.props);
  if ("value" in token) parts.push(token.value);
  if ("end" in token && Array.isArray(token.end)) parts.push(...token.end);
  if ("items" in token) {
    for (const { start, key, sep, value } of token.items) parts.push(...start, key, ...(sep ?? []), value);
  }
  return parts.filter((part) => part !== null && part !== undefined).toReversed();
}
