/** The witness's own key, in its folder. Losing it is no harm to anybody but those who then have to trust a new one. */
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import {
  formatPrivateKey,
  isKeyName,
  type PrivateNoteKey,
  parsePrivateKey,
  privateNoteKey,
} from "../../../operator/tlog/note/key.ts";
import { NoteError } from "../../../operator/tlog/note/note-error.ts";
import type { Disk } from "./disk.ts";

export const keyFile = "key";

/** Made where there is none yet, under `name`. Throws a `TypeError` where there is none and no name either. */
export async function witnessKey(folder: string, disk: Disk, name?: string): Promise<PrivateNoteKey> {
  const path = join(folder, keyFile);
  const present = await disk.read(path);
  if (present !== undefined) return parsedKey(present, path);
  if (name === undefined || !isKeyName(name)) {
    throw new TypeError(`there is no key at ${path} yet: give the witness a name, for example ada.example/witness`);
  }
  const seed = randomBytes(32);
  const text = `${formatPrivateKey(privateNoteKey(name, 4, seed), seed)}\n`;
  await disk.makeFolder(folder);
  const temporary = join(folder, `${randomUUID()}.tmp`);
  await disk.write(temporary, text);
  await disk.sync(temporary);
  const isMine = await disk.link(temporary, path);
  await disk.sync(folder);
  await disk.remove(temporary);
  return parsedKey(isMine ? text : ((await disk.read(path)) ?? ""), path);
}

function parsedKey(text: string, path: string): PrivateNoteKey {
  try {
    const key = parsePrivateKey(text.trim());
    if (key.kind === 4) return key;
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause;
    throw new TypeError(`${path} holds no key of a witness: ${cause.message}`, { cause });
  }
  throw new TypeError(`${path} holds the key of a log: a witness has one of its own`);
}
