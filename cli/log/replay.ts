/** `commonhold log replay`: recomputes every verdict from records, evidence and git, and says where another one comes out. */
import type { Evidence } from "../../governance/evidence/evidence.ts";
import { GitError } from "../../governance/git/repository.ts";
import { evidenceBytesMax } from "../../governance/log/entry.ts";
import { LogError } from "../../governance/log/log-error.ts";
import { replayVerdict } from "../../governance/verification/replay.ts";
import { printable } from "../../operator/text/printable.ts";
import { parseCanonicalJson } from "../../operator/tlog/canonical-json.ts";
import { digestOf } from "../../operator/tlog/digest.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import type { LogFlags } from "./flags.ts";
import { type LogSource, withLog } from "./source.ts";

const differencesShownMax = 10;

/** Throws an Error that names the records where it does not agree. */
export async function replay(flags: LogFlags, around: Surroundings): Promise<void> {
  await withLog(flags, around, async (source) => {
    const { records } = source.log;
    const wrong: number[] = [];
    let recomputed = 0;
    for (const { index, record } of records) {
      around.signal.throwIfAborted();
      const differences = await differencesAt(index, source);
      if ("evidence" in record && record.evidence !== undefined) recomputed++;
      if (differences.length === 0) continue;
      wrong.push(index);
      around.say(`record ${index} (${record.kind}) does not come out the same:`, ...shown(differences));
    }
    if (wrong.length > 0)
      throw new Error(`${wrong.length} of ${records.length} records do not agree: ${wrong.join(", ")}`);
    around.say(`All ${records.length} records agree; ${recomputed} verdicts were recomputed from their evidence.`);
  });
}

async function differencesAt(index: number, source: LogSource): Promise<readonly string[]> {
  const { records } = source.log;
  const { repository } = source;
  const record = records[index]?.record;
  const digest = record && "evidence" in record ? record.evidence : undefined;
  const evidence = digest === undefined ? undefined : await evidenceOf(digest, source);
  try {
    const replayed = await replayVerdict({ records, index, evidence, repository });
    return replayed.agrees ? [] : replayed.differences;
  } catch (error) {
    if (
      source.call.signal?.aborted ||
      (error instanceof GitError && (error.isTransient || error.code === "unusable"))
    ) {
      throw error;
    }
    // Objects that are gone, or evidence that makes no sense: whoever wrote the record had them.
    return [`it cannot be recomputed: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Checked against its digest when the log was read; it may have gone since. */
async function evidenceOf(digest: string, { repository, log, call }: LogSource): Promise<Evidence | undefined> {
  const stored = log.evidence(digest);
  const bytes = stored && (await repository.blob(stored.oid, { ...call, bytesMax: evidenceBytesMax }));
  if (!stored || !bytes) return undefined;
  if (digestOf(bytes) !== digest)
    throw new LogError("damaged", "its evidence changed just now", { index: stored.index });
  return parseCanonicalJson(Buffer.from(bytes).toString("utf8")) as unknown as Evidence;
}

function shown(differences: readonly string[]): string[] {
  const lines = differences.slice(0, differencesShownMax).map((one) => `  ${printable(one, 500)}`);
  const hidden = differences.length - lines.length;
  return hidden > 0 ? [...lines, `  … and ${hidden} more`] : lines;
}
