import { describe, expect, test } from "vitest";
import { formatCheckpoint } from "../../operator/tlog/checkpoint.ts";
import { signNote } from "../../operator/tlog/note/sign.ts";
import { genesisRecord, logKey, oid, origin } from "../log/log-world.fixture.ts";
import type { DecisionRecord } from "../log/record.ts";
import { createGovernanceMetrics } from "./metrics.ts";
import type { Passed } from "./pass.ts";

const passed = { view: { now: 5_000, open: [], troubles: [], rollout: { state: "applied" } } } as unknown as Passed;
const logged = (records: readonly DecisionRecord[]) => records.map((record, index) => ({ record, index, digest: "" }));
const applied = (commit: string, ms: number) =>
  ({
    kind: "applied",
    at: genesisRecord.at + ms,
    commit,
    tree: oid("b"),
    emergencies: [],
    receipts: [],
    unchanged: 0,
  }) as const;
const ratified = (commit: string, ms: number) =>
  ({
    ...{ kind: "ratified", at: genesisRecord.at + ms, times: { judgedAt: 0 } },
    merge: { commit, tree: oid("c"), parents: [], base: oid("a") },
  }) as unknown as DecisionRecord;

async function reading(name: string, records: readonly DecisionRecord[], cosigned?: string): Promise<number> {
  const metrics = createGovernanceMetrics();
  metrics.passed(passed, 10, { records: logged(records), cosigned });
  const found = await metrics.registry.getSingleMetric(`commonhold_governance_${name}`)?.get();
  return found?.values[0]?.value ?? Number.NaN;
}

describe("what governance says of its log", () => {
  test("seconds from the ratification to being in force are those of what was applied last", async () => {
    const records = [
      genesisRecord,
      applied(genesisRecord.commit, 0),
      ratified(oid("1"), 1_000),
      applied(oid("1"), 61_000),
    ];
    expect(await reading("last_apply_seconds", records)).toBe(60);
    expect(await reading("last_apply_seconds", records.slice(0, 3))).toBe(0);
    expect(await reading("log_records", records)).toBe(4);
  });

  test("what is applied again, as after an emergency, has taken as long as it took at first", async () => {
    const records = [genesisRecord, ratified(oid("1"), 1_000), applied(oid("1"), 2_000), applied(oid("1"), 900_000)];
    expect(await reading("last_apply_seconds", records)).toBe(1);
  });

  test("nothing is cosigned without witnesses; with them, what their checkpoint covers", async () => {
    expect(await reading("log_cosigned_records", [genesisRecord])).toBe(0);
    const text = formatCheckpoint({ origin, size: 7, root: Buffer.alloc(32, 1), extensions: [] });
    expect(await reading("log_cosigned_records", [genesisRecord], signNote(text, [logKey]))).toBe(7);
  });
});
