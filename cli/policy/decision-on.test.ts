import { expect, test } from "vitest";
import type { LoggedRecord } from "../../governance/log/decision-log.ts";
import type { DecisionRecord, RecordKind } from "../../governance/log/record.ts";
import { decisionOn } from "./decision-on.ts";

const proposal = "git:aaaa/bbbb";

/** Of this proposal, each a second after the one before. */
const log = (...kinds: RecordKind[]): LoggedRecord[] =>
  kinds.map((kind, index) => {
    const record = { kind, proposal, at: index * 1000 } as DecisionRecord;
    return { index, record, digest: `sha256:${index}` };
  });

test.each<[string, LoggedRecord[], ReturnType<typeof decisionOn>]>([
  ["an open one has not ended", log("opened"), undefined],
  ["an emergency in force has not ended", log("opened", "emergency"), undefined],
  ["what was ratified ended then", log("opened", "ratified"), { kind: "ratified", at: 1000 }],
  ["what was closed after it was rejected was rejected", log("rejected", "closed"), { kind: "rejected", at: 0 }],
  ["what nobody merged expired", log("opened", "expired"), { kind: "expired", at: 1000 }],
  [
    "an emergency that was in force ended, and did not expire beside",
    log("opened", "emergency", "emergencyEnded", "expired"),
    { kind: "ended", at: 2000 },
  ],
  [
    "an emergency whose proposal expired before it ended, did end",
    log("opened", "emergency", "expired", "emergencyEnded"),
    { kind: "ended", at: 3000 },
  ],
])("%s", (_, records, decision) => {
  expect(decisionOn(records, proposal)).toEqual(decision);
  expect(decisionOn(records, "git:aaaa/cccc")).toBeUndefined();
});
