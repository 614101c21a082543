/**
 * The latest checkpoint of each log that this witness agreed to. It must never forget one that it signed, so a checkpoint is on
 * disk before it is signed; and two processes on one folder must never agree to two continuations of one checkpoint, so each
 * checkpoint is a file with a number, and only one process can make the next number.
 *
 * ```
 * logs/<sha256 of the origin>/head.<n>    digest of the note, line feed, note
 * ```
 */
import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { digestOf } from "../../../operator/tlog/digest.ts";
import type { Disk } from "./disk.ts";

export interface KeptHead {
  /** Of the file; 0 as long as there is none. */
  readonly number: number;
  /** As the log signed it. */
  readonly note?: string;
}

export class WitnessStateError extends Error {
  override readonly name = "WitnessStateError";
  /** `taken`: another process wrote meanwhile. `damaged`: what is there cannot be believed. */
  readonly code: "taken" | "damaged";

  constructor(code: "taken" | "damaged", message: string) {
    super(message);
    this.code = code;
  }
}

export interface HeadStore {
  /** Throws a `WitnessStateError` (`damaged`) where the latest one is not what was written. */
  latest(origin: string): Promise<KeptHead>;
  /** Durable when it resolves. Throws a `WitnessStateError` (`taken`) where `before` is not the latest one any more. */
  keep(origin: string, before: KeptHead, note: string): Promise<KeptHead>;
}

export function headStore(folder: string, disk: Disk): HeadStore {
  const roomOf = (origin: string): string => join(folder, "logs", originHash(origin));
  return {
    async latest(origin) {
      const room = roomOf(origin);
      const number = (await numbers(room, disk)).at(-1);
      if (number === undefined) return { number: 0 };
      const path = join(room, `head.${number}`);
      return { number, note: checked(await disk.read(path), path) };
    },
    async keep(origin, before, note) {
      const room = roomOf(origin);
      const number = before.number + 1;
      await disk.makeFolder(room);
      const temporary = join(room, `${randomUUID()}.tmp`);
      await disk.write(temporary, `${digestOf(Buffer.from(note))}\n${note}`);
      await disk.sync(temporary);
      const isMine = await disk.link(temporary, join(room, `head.${number}`));
      await disk.sync(room);
      await disk.remove(temporary);
      const present = await numbers(room, disk);
      // A slow process could make a number again that was passed and removed long ago: then a higher one is there.
      if (!isMine || present.at(-1) !== number) throw taken(room);
      for (const old of present.filter((one) => one < before.number)) await disk.remove(join(room, `head.${old}`));
      return { number, note };
    },
  };
}

/** How a log is named in paths: 64 hex digits. */
export function originHash(origin: string): string {
  return createHash("sha256").update(origin).digest("hex");
}

async function numbers(room: string, disk: Disk): Promise<number[]> {
  const names = await disk.list(room);
  return names
    .flatMap((name) => /^head\.(\d{1,15})$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function checked(content: string | undefined, path: string): string {
  const end = content?.indexOf("\n") ?? -1;
  const note = content?.slice(end + 1) ?? "";
  if (content?.slice(0, end) === digestOf(Buffer.from(note))) return note;
  throw new WitnessStateError(
    "damaged",
    `${path} is not what was written there: restore it from a backup. Without it this witness would begin anew and could be shown another history.`,
  );
}

function taken(room: string): WitnessStateError {
  return new WitnessStateError("taken", `another process writes to ${room}: give each witness a folder of its own`);
}
