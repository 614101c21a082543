/**
 * Changes of `members.yaml` that touch nothing else: not a comment, not a quote, not an empty line. The text is read with `yaml`, which
 * tells where each value stands, and only there it is changed; then it is read again, and holds what was wanted or nothing is
 * changed at all.
 */
import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, isSeq, type Node, parseDocument, stringify, type YAMLMap, type YAMLSeq } from "yaml";
import { type Member, parseMembers } from "../../governance/constitution/documents/members.ts";
import { type Parsed, problemSentence } from "../../governance/constitution/documents/problem.ts";
import { PolicyRefusal } from "./refusal.ts";

/** What is written of a new member; the rest is left to defaults. */
export type NewMember = Pick<Member, "number" | "name" | "joined"> &
  Partial<Pick<Member, "displayName" | "github" | "affiliation">> & { readonly sshKeys: readonly string[] };

/** `text` with the member at its end. Throws a PolicyRefusal where the file cannot be changed so. */
export function withMember(text: string, member: NewMember): string {
  const before = readMembers(text);
  const list = membersNode(text);
  const indent = " ".repeat(columnOf(text, startOf(list)));
  const lines = written(member).map((line) => indent + line);
  const at = endOfLastItem(text, list);
  const changed = `${text.slice(0, at)}${text.slice(0, at).endsWith("\n") ? "" : "\n"}${lines.join("\n")}\n${text.slice(at)}`;
  const wanted = { ...member, sshKeys: member.sshKeys.map(bare), roles: ["member"], machines: [] } as const;
  return checked(changed, [...before, wanted as unknown as Member]);
}

/** Quoted where any parser would take a text for something else, an older one too. */
function written({ number, name, displayName, github, sshKeys, affiliation, joined }: NewMember): string[] {
  const fields = {
    number,
    name,
    ...(displayName !== undefined && { displayName }),
    ...(github && { github }),
    ...(sshKeys.length > 0 && { sshKeys }),
    ...(affiliation !== undefined && { affiliation }),
  };
  const lines = stringify([fields], { version: "1.1", lineWidth: 0 }).trimEnd().split("\n");
  // A date needs no quotes here, and people write none.
  return [...lines, `  joined: ${joined}`];
}

/** `text` with one key in place of another, wherever it stands. Throws a PolicyRefusal where no member has the old one. */
export function withKey(text: string, oldKey: string, newKey: string): string {
  const before = readMembers(text);
  const owner = before.find(({ sshKeys }) => sshKeys.includes(oldKey));
  if (!owner) {
    throw new PolicyRefusal(
      "no member in members.yaml has this key: sign with the key that you want to replace (--key FILE)",
    );
  }
  const scalar = keyNode(membersNode(text), oldKey);
  const [start, end] = scalar.range ?? [];
  if (start === undefined || end === undefined) throw unexpected();
  const changed = text.slice(0, start) + newKey + text.slice(end);
  const wanted = before.map((member) => ({
    ...member,
    sshKeys: member.sshKeys.map((key) => (key === oldKey ? bare(newKey) : key)),
  }));
  return checked(changed, wanted);
}

/** All members of the file. Throws a PolicyRefusal with what is wrong with it. */
export function readMembers(text: string): readonly Member[] {
  return orRefuse(parseMembers(text));
}

function orRefuse(parsed: ReturnType<typeof parseMembers>): readonly Member[] {
  if (parsed.ok) return parsed.value.value.members;
  throw new PolicyRefusal(`members.yaml cannot be changed: ${sentences(parsed)}`);
}

function sentences(parsed: Extract<Parsed<unknown>, { ok: false }>): string {
  return parsed.problems.slice(0, 3).map(problemSentence).join("\n");
}

function membersNode(text: string): YAMLSeq {
  const { contents } = parseDocument(text, { version: "1.2", schema: "core", keepSourceTokens: true });
  const list = isMap(contents) ? contents.get("members", true) : undefined;
  if (!isSeq(list) || list.flow || list.items.length === 0) {
    throw new PolicyRefusal("members.yaml cannot be changed: write its members as a list with one dash for each");
  }
  return list;
}

function keyNode(list: YAMLSeq, key: string): Node {
  for (const member of list.items) {
    const keys = isMap(member) ? (member as YAMLMap).get("sshKeys", true) : undefined;
    for (const item of isSeq(keys) ? keys.items : []) {
      if (isScalar(item) && typeof item.value === "string" && bare(item.value) === key) return item;
    }
  }
  throw unexpected();
}

/** `type base64`, without the comment. */
function bare(key: string): string {
  return key.split(" ").slice(0, 2).join(" ");
}

function startOf(list: YAMLSeq): number {
  const token = list.srcToken;
  if (token?.type !== "block-seq") throw unexpected();
  return token.offset;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

/** Behind the line on which the last member ends; a comment below it stays below the new one. */
function endOfLastItem(text: string, list: YAMLSeq): number {
  const last = list.items.at(-1) as Node | undefined;
  const end = last?.range?.[1];
  if (end === undefined) throw unexpected();
  // The value may end with its line, or before a comment on it.
  if (text[end - 1] === "\n") return end;
  const lineEnd = text.indexOf("\n", end);
  return lineEnd < 0 ? text.length : lineEnd + 1;
}

function checked(changed: string, wanted: readonly Member[]): string {
  const now = orRefuse(parseMembers(changed));
  if (!isDeepStrictEqual(now, JSON.parse(JSON.stringify(wanted)))) throw unexpected();
  return changed;
}

function unexpected(): PolicyRefusal {
  return new PolicyRefusal(
    "members.yaml cannot be changed by this command without changing more than was asked: edit it by hand and run commonhold propose",
  );
}
