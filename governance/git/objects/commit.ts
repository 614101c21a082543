/** Commits, read and written as git has them. The signature is over all of the commit but the header that holds it. */
import { gitLimits } from "../limits.ts";
import { type GitCommit, GitError, type NewCommit, type Oid, type SignedPayload } from "../repository.ts";
import { isOid, type ObjectFormat } from "./format.ts";
import { type HeadersAndMessage, messageText, splitHeaders, timeOf } from "./headers.ts";
import { checkText, personLine } from "./person.ts";

/** Throws a `GitError` (`damaged`) where it is no commit as git writes them. */
export function parseCommit(oid: Oid, bytes: Buffer, format: ObjectFormat): GitCommit {
  const split = splitHeaders(bytes);
  const [tree, ...rest] = split?.headers ?? [];
  if (!split || tree?.name !== "tree" || !isOid(tree.value, format)) throw damaged(oid, "its first line names no tree");
  const parentsEnd = rest.findIndex(({ name }) => name !== "parent");
  const parents = rest.slice(0, parentsEnd < 0 ? rest.length : parentsEnd).map(({ value }) => value);
  const [author, committer, ...more] = rest.slice(parents.length);
  if (!parents.every((parent) => isOid(parent, format))) throw damaged(oid, "a parent has no object id");
  if (author?.name !== "author" || committer?.name !== "committer")
    throw damaged(oid, "it names no author and committer");
  if (more.some(({ name }) => once.has(name))) throw damaged(oid, "it says twice what can be said once");
  const committedAt = timeOf(committer.value);
  if (committedAt === undefined) throw damaged(oid, "its committer has no time");
  const signature = signatureOf(bytes, split, format);
  return {
    oid,
    tree: tree.value,
    parents,
    message: messageText(split.message, gitLimits.messageBytesMax),
    committedAt,
    ...(signature ? { signature } : {}),
  };
}

/** The bytes of a commit without a signature: what is signed. Throws a `GitError` (`failed`) for what no commit can hold. */
export function formatCommit({ tree, parents, message, at, author = neutralAuthor }: NewCommit): Buffer {
  const person = personLine(author, at);
  checkText("the message of a commit", message);
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${person}`,
    `committer ${person}`,
    "",
    message.endsWith("\n") ? message : `${message}\n`,
  ];
  return Buffer.from(lines.join("\n"), "utf8");
}

/** `commit` (of `formatCommit`) with the signature where git writes it: as its last header. */
export function signedCommit(commit: Buffer, armored: string, { signatureHeader }: ObjectFormat): Buffer {
  const end = commit.indexOf("\n\n") + 1;
  const header = `${signatureHeader} ${armored.trimEnd().replaceAll("\n", "\n ")}\n`;
  return Buffer.concat([commit.subarray(0, end), Buffer.from(header, "utf8"), commit.subarray(end)]);
}

/** Who commits is said by the signature; a public log holds no names. */
export const neutralAuthor = "commonhold <governance@commonhold.invalid>";

/** Two signatures would be over two different payloads, so a commit with more than one has none. */
function signatureOf(bytes: Buffer, { headers }: HeadersAndMessage, format: ObjectFormat): SignedPayload | undefined {
  const [own, ...others] = headers.filter(({ name }) => name === format.signatureHeader);
  if (!own || others.length > 0) return undefined;
  const kept: Buffer[] = [];
  let at = 0;
  for (const { name, from, to } of headers) {
    if (!signatureHeaders.has(name)) continue;
    kept.push(bytes.subarray(at, from));
    at = to;
  }
  return { armored: `${own.value}\n`, payload: Buffer.concat([...kept, bytes.subarray(at)]) };
}

function damaged(oid: Oid, why: string): GitError {
  return new GitError("damaged", `commit ${oid} is damaged: ${why}`);
}

const once = new Set(["tree", "parent", "author", "committer"]);
/** A commit may be signed for both kinds of hashes; neither signature is over the other one. */
const signatureHeaders = new Set(["gpgsig", "gpgsig-sha256"]);
