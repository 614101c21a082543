/** One file of a policy as data, or everything that is wrong with it. What it has to do with other files is in `assemble.ts`. */
import { type Constitution, parseConstitution, type Sealed } from "../constitution/documents/constitution.ts";
import type { Members } from "../constitution/documents/members.ts";
import { failed, type Parsed } from "../constitution/documents/problem.ts";
import type { TreeEntry } from "../git/repository.ts";
import { textOf } from "./blob-text.ts";
import { type Confirmation, readConfirmations } from "./confirmations.ts";
import { kindOfFolder } from "./kinds.ts";
import { readMembers } from "./member-objects.ts";
import type { GovernedObject } from "./policy.ts";
import { type OwnedObject, readObject } from "./read-object.ts";
import type { PolicyFile } from "./sift.ts";

export type FileContent =
  | { readonly role: "constitution"; readonly constitution: Sealed<Constitution> }
  | { readonly role: "members"; readonly members: Sealed<Members>; readonly objects: readonly GovernedObject[] }
  | { readonly role: "confirmations"; readonly confirmations: readonly Confirmation[] }
  | ({ readonly role: "object" } & OwnedObject);

export function readFile(
  { role, entry }: PolicyFile,
  bytes: Uint8Array,
  namespaces: readonly string[],
): Parsed<FileContent> {
  const text = textOf(bytes);
  if (typeof text !== "string") return failed([{ file: entry.path, line: 1, column: 1, path: "", ...text }]);
  switch (role) {
    case "constitution":
      return mapped(parseConstitution(text), (constitution) => ({ role, constitution }));
    case "members":
      return mapped(readMembers(text), (read) => ({ role, ...read }));
    case "confirmations":
      return mapped(readConfirmations(text), (confirmations) => ({ role, confirmations }));
    default: {
      const { definition } = kindOfFolder[role];
      if (!definition) throw new TypeError(`${role}/ holds a kind that cannot be read: sift refuses its files`);
      return mapped(readObject(text, entry.path, definition, namespaces), (read) => ({ role: "object", ...read }));
    }
  }
}

function mapped<T>(parsed: Parsed<T>, change: (value: T) => FileContent): Parsed<FileContent> {
  return parsed.ok ? { ok: true, value: change(parsed.value) } : parsed;
}

/** Two entries with one key are read alike. */
export function readingKey({ oid, path }: TreeEntry, namespaces: readonly string[]): string {
  return `${oid} ${namespaces.join(",")} ${path}`;
}
