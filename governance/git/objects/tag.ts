/** Annotated tags, read and written as git has them. The signature stands after the message, over all before it. */
import { gitLimits } from "../limits.ts";
import { GitError, type GitTag, type NewTag, type Oid, type SignedPayload } from "../repository.ts";
import { isOid, type ObjectFormat, type ObjectType } from "./format.ts";
import { messageText, splitHeaders } from "./headers.ts";
import { checkText, personLine } from "./person.ts";

/** Throws a `GitError` (`damaged`) where it is no tag as git writes them. */
export function parseTag(oid: Oid, bytes: Buffer, format: ObjectFormat): GitTag {
  const split = splitHeaders(bytes);
  const [object, type, name, ...more] = split?.headers ?? [];
  if (!split || object?.name !== "object" || !isOid(object.value, format)) throw damaged(oid, "it names no object");
  if (type?.name !== "type" || !types.has(type.value)) throw damaged(oid, "it names no type of object");
  if (name?.name !== "tag" || name.value.includes("\n")) throw damaged(oid, "it has no name");
  const messageFrom = bytes.length - split.message.length;
  const signatureFrom = signatureStart(bytes, messageFrom);
  // Only a tagger may follow; another header could be read as part of what is signed by one reader and not by the next.
  const isPlain = more.length === 0 || (more.length === 1 && more[0]?.name === "tagger");
  const signature: SignedPayload | undefined =
    signatureFrom < bytes.length && isPlain
      ? { armored: bytes.toString("latin1", signatureFrom), payload: bytes.subarray(0, signatureFrom) }
      : undefined;
  return {
    oid,
    object: object.value,
    objectType: type.value,
    name: name.value,
    message: messageText(bytes.subarray(messageFrom, signatureFrom), gitLimits.messageBytesMax),
    ...(signature ? { signature } : {}),
  };
}

/** The bytes of a tag without its signature: what is signed; the signature is appended. Throws a `GitError` (`failed`). */
export function formatTag({ object, name, message, at, tagger = neutralTagger }: NewTag, type: ObjectType): Buffer {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) || name.includes("..") || /\.(lock)?$/.test(name)) {
    throw new GitError("failed", "the name of a tag has letters, digits, points and hyphens, at most 100");
  }
  checkText("the message of a tag", message);
  if (message.split("\n").some((line) => signatureStarts.some((start) => line.startsWith(start)))) {
    throw new GitError("failed", "the message of a tag holds a line that begins a signature");
  }
  const text = message.endsWith("\n") ? message : `${message}\n`;
  return Buffer.from(
    `object ${object}\ntype ${type}\ntag ${name}\ntagger ${personLine(tagger, at)}\n\n${text}`,
    "utf8",
  );
}

export const neutralTagger = "commonhold <ballot@commonhold.invalid>";

/** As git finds it: the last line that begins one. The end of the tag where there is none. */
function signatureStart(bytes: Buffer, from: number): number {
  let found = bytes.length;
  for (let at = from; at < bytes.length; ) {
    if (signatureStarts.some((start) => bytes.toString("latin1", at, at + start.length) === start)) found = at;
    const end = bytes.indexOf(lineFeed, at);
    at = end < 0 ? bytes.length : end + 1;
  }
  return found;
}

function damaged(oid: Oid, why: string): GitError {
  return new GitError("damaged", `tag ${oid} is damaged: ${why}`);
}

const lineFeed = 0x0a;
const types: ReadonlySet<string> = new Set(["blob", "tree", "commit", "tag"]);
const signatureStarts = [
  "-----BEGIN SSH SIGNATURE-----",
  "-----BEGIN PGP SIGNATURE-----",
  "-----BEGIN PGP MESSAGE-----",
  "-----BEGIN SIGNED MESSAGE-----",
];
