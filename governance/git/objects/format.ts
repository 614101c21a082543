/** Names of objects: which hash a repository uses, and how long its hex form is. */
import { hash } from "node:crypto";
import { printable } from "../../../operator/text/printable.ts";
import { GitError, type Oid } from "../repository.ts";

export interface ObjectFormat {
  readonly hash: "sha1" | "sha256";
  readonly hexDigits: number;
  /** Header of a commit that holds the signature over it. */
  readonly signatureHeader: string;
  readonly emptyTree: Oid;
}

export type ObjectType = "blob" | "tree" | "commit" | "tag";

const formats: Readonly<Record<string, ObjectFormat>> = {
  sha1: {
    hash: "sha1",
    hexDigits: 40,
    signatureHeader: "gpgsig",
    emptyTree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
  },
  sha256: {
    hash: "sha256",
    hexDigits: 64,
    signatureHeader: "gpgsig-sha256",
    emptyTree: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
  },
};

/** As `git rev-parse --show-object-format` names it; undefined for one that we do not know. */
export function objectFormat(name: string): ObjectFormat | undefined {
  return Object.hasOwn(formats, name) ? formats[name] : undefined;
}

export function isOid(text: string, { hexDigits }: ObjectFormat): boolean {
  return text.length === hexDigits && /^[0-9a-f]+$/.test(text);
}

/** Throws a `GitError` (`failed`): an abbreviated or otherwise spelled name is a mistake of the caller. */
export function checkOid(text: string, format: ObjectFormat): void {
  if (isOid(text, format)) return;
  throw new GitError(
    "failed",
    `"${printable(text, 80)}" is no object id: it has ${format.hexDigits} lower-case hex digits`,
  );
}

export function oidOf(type: ObjectType, bytes: Uint8Array, format: ObjectFormat): Oid {
  return oidOfFramed(Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`, "latin1"), bytes]), format);
}

/** `framed`: `type size`, a zero byte, the bytes. For whoever has them in a row already: nothing is copied. */
export function oidOfFramed(framed: Uint8Array, format: ObjectFormat): Oid {
  return hash(format.hash, framed, "hex");
}
