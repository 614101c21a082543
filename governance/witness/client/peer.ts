/** A witness as those who ask it know it. */
import { FetchError } from "../../../operator/addresses/fetch-error.ts";
import { fetchableUrl } from "../../../operator/addresses/url-rules.ts";
import { printable } from "../../../operator/text/printable.ts";
import { type PublicNoteKey, parsePublicKey } from "../../../operator/tlog/note/key.ts";
import { NoteError } from "../../../operator/tlog/note/note-error.ts";
import { originHash } from "../state/heads.ts";

export interface WitnessPeer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Kind 4. Without it, what the witness holds can be compared and its signature says nothing. */
  readonly key?: PublicNoteKey;
}

/** `<URL>`, or `<URL> <public key>`. Throws a `TypeError` that says what is wrong. */
export function parseWitnessPeer(text: string): WitnessPeer {
  const [url = "", key, ...rest] = text.trim().split(/\s+/);
  if (rest.length > 0) throw new TypeError(`${shown(text)}: write a witness as <URL> or as <URL> <public key>`);
  try {
    const peer = { url: fetchableUrl(url).href.replace(/\/+$/, "") };
    return key === undefined ? peer : { ...peer, key: witnessKeyOf(key) };
  } catch (cause) {
    if (!(cause instanceof NoteError || cause instanceof FetchError)) throw cause;
    throw new TypeError(`witness ${shown(url)}: ${cause.message}`, { cause });
  }
}

export function addCheckpointUrl({ url }: WitnessPeer): string {
  return `${url}/add-checkpoint`;
}

export function latestUrl({ url }: WitnessPeer, origin: string): string {
  return `${url}/checkpoints/${originHash(origin)}`;
}

function witnessKeyOf(text: string): PublicNoteKey {
  const key = parsePublicKey(text);
  if (key.kind === 4) return key;
  throw new NoteError("key", `${shown(key.name)} is the key of a log, a witness has one of its own (kind 4)`);
}

function shown(text: string): string {
  return printable(text, 200);
}
