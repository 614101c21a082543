/** A decision log in memory, for tests of those who write to one. Digests and evidence are real; nothing is signed. */
import { canonicalJson, type JsonValue } from "../../../operator/tlog/canonical-json.ts";
import { digestOf } from "../../../operator/tlog/digest.ts";
import { type Evidence, evidenceDigest } from "../../evidence/evidence.ts";
import type { DecisionLog, LoggedRecord } from "../../log/decision-log.ts";
import type { DecisionRecord } from "../../log/record.ts";
import { parseRecord } from "../../log/record-schema.ts";

export interface MemoryLog extends DecisionLog {
  readonly records: LoggedRecord[];
  readonly stored: Map<string, Evidence>;
}

export function memoryLog(genesis: DecisionRecord): MemoryLog {
  const records: LoggedRecord[] = [];
  const stored = new Map<string, Evidence>();
  const push = (record: DecisionRecord): LoggedRecord => {
    // As it is read back: nothing that JSON cannot say survives.
    const bytes = canonicalJson(JSON.parse(JSON.stringify(record)) as JsonValue);
    const logged = {
      index: records.length,
      record: parseRecord(JSON.parse(bytes)),
      digest: digestOf(Buffer.from(bytes)),
    };
    records.push(logged);
    return logged;
  };
  push(genesis);
  return {
    records,
    stored,
    checkpoint: "",
    async append(record, { evidence } = {}) {
      if (evidence) stored.set(evidenceDigest(evidence), structuredClone(evidence));
      return push(record);
    },
    evidence: async (digest) => stored.get(digest),
  };
}
