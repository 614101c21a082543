/** What the verbs about the decision log take. */
import { type Command, InvalidArgumentError } from "commander";
import { isDigest } from "../../operator/tlog/digest.ts";
import { type PublicNoteKey, parsePublicKey } from "../../operator/tlog/note/key.ts";
import { policyVariable } from "../policy/address.ts";
import { nonEmpty } from "../policy/flags.ts";

export interface LogFlags {
  readonly repository?: string;
  /** `sha256:…` of the first record. */
  readonly genesis?: string;
  readonly key: readonly PublicNoteKey[];
}

export function withLogFlags(command: Command): Command {
  return command
    .option(
      "--repository <url>",
      `where the log is: a policy repository or the service's own; else ${policyVariable}, else that of the clone in which this folder is`,
      nonEmpty,
    )
    .option("--genesis <digest>", "sha256:… of the first record, as you know it from elsewhere", digest)
    .option(
      "--key <vkey>",
      "public key of the log, as you know it from elsewhere; may be given several times",
      logKey,
      [],
    );
}

export function digest(text: string): string {
  if (!isDigest(text)) throw new InvalidArgumentError("Write it as sha256: and 64 hex digits.");
  return text;
}

/** Of a log: kind 1. */
export function logKey(text: string, before: readonly PublicNoteKey[]): readonly PublicNoteKey[] {
  return [...before, noteKey(text, 1)];
}

/** Of a witness: kind 4. */
export function witnessKey(text: string, before: readonly PublicNoteKey[]): readonly PublicNoteKey[] {
  return [...before, noteKey(text, 4)];
}

function noteKey(text: string, kind: PublicNoteKey["kind"]): PublicNoteKey {
  const whose = kind === 1 ? "a log" : "a witness";
  try {
    const key = parsePublicKey(text);
    if (key.kind === kind) return key;
  } catch (error) {
    throw new InvalidArgumentError(
      `It is no public key of ${whose}: ${error instanceof Error ? error.message : error}.`,
    );
  }
  throw new InvalidArgumentError(`It is not the key of ${whose}.`);
}
