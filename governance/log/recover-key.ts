/**
 * Goes on with a log whose key is gone, for example with the machine that held it. Nothing in the log can bear out that the next key is
 * the right one: from here on readers and witnesses refuse the log until each of them was told by people to trust it.
 */
import { formatPublicKey, type PublicNoteKey } from "../../operator/tlog/note/key.ts";
import type { Call } from "../git/repository.ts";
import type { LoggedRecord } from "./decision-log.ts";
import { LogError } from "./log-error.ts";
import type { LogOptions, NextKeys } from "./open-log.ts";
import { logRef } from "./remote-log.ts";
import type { LogPins } from "./trust.ts";
import { verifyLog } from "./verify-log.ts";
import { writeEntry } from "./writer.ts";

export interface RecoverKeyOptions extends Pick<LogOptions, "repository" | "origin" | "ref" | "clock">, Call {
  readonly next: Required<NextKeys>;
  /** Without the key there is nothing else to know the log by. */
  readonly pins: LogPins & { readonly genesisDigest: string };
  /** Keys that are trusted besides, where one was lost before. */
  readonly keys?: readonly PublicNoteKey[];
}

/** Writes a `keyRotated` record that says so. Throws a `LogError` where the log is not the pinned one. */
export async function recoverKey(options: RecoverKeyOptions): Promise<LoggedRecord> {
  const { repository, origin, ref = logRef, clock, next, pins, keys = [], signal } = options;
  const tip = await repository.resolve(ref, { signal });
  if (tip === undefined) throw new LogError("missing", `there is no log at ${ref}`);
  const log = await verifyLog(repository, tip, { origin, ...pins, keys }, { signal });
  const record = {
    kind: "keyRotated",
    at: clock.now(),
    previousKey: formatPublicKey(log.keys.current.key),
    nextKey: formatPublicKey(next.key),
    nextSigner: next.signer.publicKey,
    isLost: true,
  } as const;
  const entry = { record, origin, keys: [next.key], signer: next.signer, signal };
  return writeEntry({ repository, ref, clock, log }, entry);
}
