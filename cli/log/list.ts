/** `commonhold log list`: one line for each record. */
import { safeLine } from "../../operator/text/log-line.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import type { LogFlags } from "./flags.ts";
import { withLog } from "./source.ts";
import { recordText, timeText } from "./words.ts";

export interface ListFlags extends LogFlags {
  readonly json: boolean;
}

export async function list(flags: ListFlags, around: Surroundings): Promise<void> {
  await withLog(flags, around, async ({ log }) => {
    const width = String(log.size - 1).length;
    for (const { index, record, digest } of log.records) {
      if (flags.json) around.say(safeLine(JSON.stringify({ index, digest, record })));
      else
        around.say(`${String(index).padStart(width)}  ${timeText(record.at)}  ${record.kind}  ${recordText(record)}`);
    }
  });
}
