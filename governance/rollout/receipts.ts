/** Receipts: what became of each object, as the log keeps it. Names, versions and codes; no sentences. */
import type { Receipt, ReceiptResult } from "../log/record.ts";
import type { Desired, Origin } from "./desired.ts";
import { originOf } from "./judge.ts";
import type { LiveObject } from "./live.ts";
import type { Memory } from "./memory.ts";
import { ourClaim } from "./ownership/claims.ts";
import type { Failure } from "./snapshot.ts";

export interface ReceiptSources {
  readonly memory: Pick<Memory, "done" | "desired" | "origin" | "wasApplied">;
  readonly live: ReadonlyMap<string, LiveObject>;
  readonly failures: ReadonlyMap<string, Failure>;
}

/** Of everything that was changed for the target, and of what failed now; sorted, one for each object. */
export function receiptsOf({ memory, live, failures }: ReceiptSources): Receipt[] {
  const receipts = new Map<string, Receipt>();
  const { origin } = memory;
  if (origin && !memory.wasApplied) {
    for (const key of memory.desired.keys()) {
      const object = live.get(key);
      const receipt = object && receiptOfOrigin(object, origin);
      if (receipt) receipts.set(key, receipt);
    }
  }
  for (const [key, receipt] of memory.done) {
    // What a finalizer holds is not gone yet.
    const isHeld = receipt.result === "pruned" && live.get(key)?.metadata.uid === receipt.uid;
    if (!isHeld) receipts.set(key, receipt);
  }
  for (const [key, failure] of failures) {
    const receipt = failedReceipt(memory.desired.get(key), live.get(key), failure);
    if (receipt) receipts.set(key, receipt);
  }
  return [...receipts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, receipt]) => receipt);
}

export function receiptOf(live: LiveObject, result: ReceiptResult): Receipt {
  const [group = "", version = ""] = live.apiVersion.split("/");
  return { group, version, ...namesOf(live.kind, live.metadata), ...stateOf(live), result };
}

/** One that failed, wanted or not; undefined for what is neither. */
function failedReceipt(
  desired: Desired | undefined,
  live: LiveObject | undefined,
  { reason }: Failure,
): Receipt | undefined {
  if (!desired) return live && { ...receiptOf(live, "failed"), reason };
  const { group, version, kind } = desired.object;
  const names = namesOf(kind, desired.object);
  return { group, version, ...names, ...(live && stateOf(live)), result: "failed", reason };
}

/** What this target made of an object, though the answer to that write was never heard, or by a process that died. */
function receiptOfOrigin(live: LiveObject, { commit, tree }: Origin): Receipt | undefined {
  const madeBy = originOf(live);
  if (madeBy?.commit !== commit || madeBy.tree !== tree) return undefined;
  return receiptOf(live, isMadeByUs(live) ? "created" : "configured");
}

/**
 * Both times are the API server's, whole seconds of one request, the claim's taken first: where our claim is not younger than
 * the object, our apply was its creation.
 */
export function isMadeByUs({ claims, metadata }: LiveObject): boolean {
  const time = ourClaim(claims)?.time;
  return time !== undefined && metadata.creationTimestamp !== undefined && time <= metadata.creationTimestamp;
}

function namesOf(
  kind: string,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name: string },
) {
  return { kind, ...(namespace !== undefined && { namespace }), name };
}

function stateOf({ metadata: { uid, resourceVersion } }: LiveObject) {
  return { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
}
