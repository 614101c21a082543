/** `commonhold log prove` and `log check-proof`: a record's place in the log, as a file that is checked without the log. */
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { CheckedLog } from "../../governance/log/checked-log.ts";
import type { LoggedRecord } from "../../governance/log/decision-log.ts";
import { recordFile } from "../../governance/log/entry.ts";
import { checkProof, formatProof, parseProof } from "../../governance/log/proof-file.ts";
import { recordBytesMax } from "../../governance/log/record-schema.ts";
import { printable } from "../../operator/text/printable.ts";
import { canonicalJson, type JsonValue } from "../../operator/tlog/canonical-json.ts";
import { parseCheckpoint } from "../../operator/tlog/checkpoint.ts";
import { cosignatureVerifier } from "../../operator/tlog/cosignature.ts";
import type { PublicNoteKey } from "../../operator/tlog/note/key.ts";
import { NoteError } from "../../operator/tlog/note/note-error.ts";
import { parseNote } from "../../operator/tlog/note/signed-note.ts";
import { noteVerifier } from "../../operator/tlog/note/verify.ts";
import { PolicyRefusal } from "../policy/refusal.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import type { LogFlags } from "./flags.ts";
import { type LogSource, withLog } from "./source.ts";
import { recordText, timeText } from "./words.ts";

export interface ProveFlags extends LogFlags {
  readonly out?: string;
}

/** `which`: an index, or a proposal, whose decision is meant. */
export async function prove(which: string, flags: ProveFlags, around: Surroundings): Promise<void> {
  await withLog(flags, around, async (source) => {
    const { index } = recordOf(which, source.log);
    const text = await proofOf(index, source);
    const path = resolve(around.cwd, flags.out ?? `record-${index}.tlog-proof`);
    await writeFile(path, text);
    around.say(
      `${path} proves that record ${index} is in the log ${printable(source.log.genesis.origin, 200)}.`,
      "It is checked without network by: commonhold log check-proof FILE --key <the log's public key>",
    );
  });
}

/** An index, the whole id of a proposal, its number on GitHub, or the first digits of its opening. The last record of it counts. */
function recordOf(which: string, log: CheckedLog): LoggedRecord {
  if (/^\d{1,15}$/.test(which)) {
    const found = log.records[Number(which)];
    if (found) return found;
    throw new PolicyRefusal(`there is no record ${which}: the log has ${log.size}, from 0 to ${log.size - 1}`);
  }
  const name = which.replace(/^#/, "");
  const about = log.records.filter(({ record }) => "proposal" in record && isCalled(record.proposal, name));
  const proposals = new Set(about.map(({ record }) => ("proposal" in record ? record.proposal : undefined)));
  const decided = about.findLast(({ record }) => "evidence" in record) ?? about.at(-1);
  if (proposals.size === 1 && decided) return decided;
  const shown = printable(which, 100);
  if (proposals.size > 1) throw new PolicyRefusal(`"${shown}" names ${proposals.size} proposals: write more of its id`);
  throw new PolicyRefusal(`the log has no record of a proposal "${shown}": commonhold log list shows what it has`);
}

function isCalled(proposal: string | undefined, name: string): boolean {
  if (proposal === undefined) return false;
  const last = proposal.split("/").at(-1) ?? "";
  return (
    proposal === name || (proposal.startsWith("github:") ? last === name : name.length >= 4 && last.startsWith(name))
  );
}

/** Under the checkpoint that witnesses cosigned, where that one reaches so far. */
async function proofOf(index: number, { repository, log, cosigned, call }: LogSource): Promise<string> {
  const cosignedSize = cosigned === undefined ? 0 : parseCheckpoint(parseNote(cosigned).text).size;
  const [checkpoint, size] =
    cosigned !== undefined && cosignedSize > index ? [cosigned, cosignedSize] : [log.note, log.size];
  const commit = log.commits[index] ?? "";
  const record = await repository.file(commit, recordFile, { ...call, bytesMax: recordBytesMax });
  if (!record) throw new Error(`record ${index} was there a moment ago and is not any more`);
  return formatProof({ index, record, hashes: log.tree.inclusionProof(index, size), checkpoint });
}

export interface CheckProofFlags {
  readonly key: readonly PublicNoteKey[];
  readonly witnessKey: readonly PublicNoteKey[];
  readonly origin?: string;
}

export async function checkProofFile(file: string, flags: CheckProofFlags, around: Surroundings): Promise<void> {
  if (flags.key.length === 0) {
    throw new PolicyRefusal(
      "a proof is as good as the key that it is checked with: give the log's public key with --key",
    );
  }
  const text = await readFile(resolve(around.cwd, file), "utf8");
  const checked = refusing(file, () =>
    checkProof(text, {
      origin: flags.origin ?? parseCheckpoint(parseNote(parseProof(text).checkpoint).text).origin,
      log: flags.key.map(noteVerifier),
      witnesses: flags.witnessKey.map(cosignatureVerifier),
    }),
  );
  const { index, record, checkpoint, cosigned } = checked;
  around.say(
    `Record ${index} is in the log ${printable(checkpoint.origin, 200)}, which had ${checkpoint.size} records then.`,
    `  ${record.kind} at ${timeText(record.at)}: ${recordText(record)}`,
    ...cosigned.map(({ name, time }) => `  cosigned by ${printable(name, 200)} at ${timeText(time * 1000)}`),
    ...flags.witnessKey
      .filter(({ keyId }) => !cosigned.some((one) => one.keyId === keyId))
      .map(({ name }) => `  not cosigned by ${printable(name, 200)}`),
    `  ${printable(canonicalJson(record as unknown as JsonValue), 10_000)}`,
  );
}

function refusing<T>(file: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    const why =
      cause instanceof NoteError && cause.code === "unverified" ? "none of the keys that you gave signed it" : "";
    const reason = why || (cause instanceof Error ? cause.message : String(cause));
    throw new PolicyRefusal(`${printable(file, 300)} proves nothing: ${printable(reason, 300)}`, { cause });
  }
}
