/**
 * Takes the roots of the work ledger into the decision log, each day once: what machines served is then under the same checkpoints and
 * witnesses as what was decided. A root that says something else of a day than the log does is a ledger that was tampered with.
 */
import type { LedgerRootSpec } from "../../../operator/apis/ledger-root.ts";
import { printable } from "../../../operator/text/printable.ts";
import type { LedgerRootRecord } from "../../log/record.ts";
import { append, recordTime } from "../append.ts";
import type { Governance, Trouble } from "../governance.ts";

/** Days that one pass takes over. */
const daysAtOnceMax = 100;

export async function takeLedgerRoots(governance: Governance, now: number, signal: AbortSignal): Promise<Trouble[]> {
  const { log } = governance;
  const known = new Map(
    log.records.flatMap(({ record }) => (record.kind === "ledgerRoot" ? [[record.day, record] as const] : [])),
  );
  const roots = (await governance.ledgerRoots(signal)).toSorted((a, b) => (a.day < b.day ? -1 : 1));
  const fresh = roots.filter(({ day }) => !known.has(day)).slice(0, daysAtOnceMax);
  for (const { day, size, root } of fresh) {
    await append(
      governance,
      { kind: "ledgerRoot", at: recordTime(governance, now), day, size, root },
      undefined,
      signal,
    );
  }
  return roots.flatMap((root) => contradiction(root, known.get(root.day)));
}

function contradiction({ day, size, root }: LedgerRootSpec, logged: LedgerRootRecord | undefined): Trouble[] {
  if (!logged || (logged.size === size && logged.root === root)) return [];
  const sentence =
    `LedgerRoot ${printable(day, 20)} says ${size} records with root ${root}, but the decision log has ${logged.size} with ${logged.root}: ` +
    "the ledger or the object was tampered with";
  return [{ code: "LedgerRootChanged", sentence, isTransient: false }];
}
