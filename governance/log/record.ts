/**
 * What is written into the decision log. A record is for ever and public: numbers, digests, choices, times; no names, no
 * titles, no words of anybody. The chain adds `previous`. Times are milliseconds since 1970.
 */
import type { Oid } from "../git/repository.ts";

export type DecisionRecord =
  | GenesisRecord
  | OpenedRecord
  | VerdictRecord
  | UnratifiedRecord
  | RestoredRecord
  | EmergencyEndedRecord
  | AppliedRecord
  | ApplyFailedRecord
  | HaltedRecord
  | ResumedRecord
  | KeyRotatedRecord
  | LedgerRootRecord;

export type RecordKind = DecisionRecord["kind"];

interface Common {
  readonly at: number;
}

/** The first one; everything else hangs on it. Witnesses pin its hash. */
export interface GenesisRecord extends Common {
  readonly kind: "genesis";
  readonly format: 1;
  readonly repository: string;
  readonly commit: Oid;
  readonly tree: Oid;
  readonly constitution: string;
  readonly members: string;
  /** Name of the log, and the public note key (`vkey`) that signs its checkpoints. */
  readonly origin: string;
  readonly logKey: string;
  /** SSH key (`type base64`) that signs the commits of the log. */
  readonly signer?: string;
}

export interface OpenedRecord extends Common {
  readonly kind: "opened";
  readonly proposal: string;
  readonly head: Oid;
  readonly openedAt: number;
  /** Ratified at the opening. */
  readonly ratified: Oid;
}

/** A proposal's end, or the passing of an emergency. */
export interface VerdictRecord extends Common {
  readonly kind: "ratified" | "rejected" | "vetoed" | "expired" | "closed" | "emergency";
  readonly proposal: string;
  readonly head: Oid;
  /** The merge: its commit, its parents, the unit's first parent and the recomputed tree. */
  readonly merge?: { readonly commit: Oid; readonly parents: readonly Oid[]; readonly base: Oid; readonly tree: Oid };
  /** The last ratified commit before this one. */
  readonly from: Oid;
  readonly constitution: string;
  readonly electorate: string;
  readonly decidedBy: string;
  readonly classes: readonly string[];
  readonly isEmergency: boolean;
  readonly plan: string;
  readonly tally: { readonly [name: string]: number };
  readonly quorum: { readonly needed: number; readonly votes: number; readonly of: string };
  readonly votes: readonly { readonly member: number; readonly choice: string; readonly ballot?: string }[];
  readonly times: {
    readonly openedAt: number;
    readonly judgedAt: number;
    readonly closesAt: number;
    readonly mergeBy: number;
    readonly passesAt?: number;
    readonly appliesAt?: number;
    readonly expiresAt?: number;
  };
  /** Codes of all reasons, in their order. */
  readonly reasons: readonly string[];
  readonly evaluator: number;
  /** `sha256:…` of the stored evidence. */
  readonly evidence: string;
}

/** A commit of the policy branch that nobody voted for, or that is not what was voted for. */
export interface UnratifiedRecord extends Common {
  readonly kind: "unratified";
  readonly commit: Oid;
  readonly parents: readonly Oid[];
  readonly tree: Oid;
  /** What stays in force. */
  readonly from: Oid;
  readonly code: string;
  readonly proposal?: string;
  /** Of the verdict, where there was one. */
  readonly evidence?: string;
  readonly reasons?: readonly string[];
}

/** The branch has the last ratified tree again. */
export interface RestoredRecord extends Common {
  readonly kind: "restored";
  readonly commit: Oid;
  readonly tree: Oid;
  readonly from: Oid;
}

export interface EmergencyEndedRecord extends Common {
  readonly kind: "emergencyEnded";
  readonly proposal: string;
  readonly cause: "expired" | "ratified" | "superseded";
}

export type ReceiptResult = "created" | "configured" | "unchanged" | "pruned" | "failed";

export interface Receipt {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly result: ReceiptResult;
  /** Code of what went wrong. */
  readonly reason?: string;
}

export interface AppliedRecord extends Common {
  readonly kind: "applied";
  /** The ratified commit whose tree is in force now. */
  readonly commit: Oid;
  readonly tree: Oid;
  /** Emergencies that were in force over it. */
  readonly emergencies: readonly string[];
  /** What changed; unchanged objects are only counted. */
  readonly receipts: readonly Receipt[];
  readonly unchanged: number;
}

export interface ApplyFailedRecord extends Common {
  readonly kind: "applyFailed";
  readonly commit: Oid;
  readonly tree: Oid;
  readonly code: string;
  readonly receipts: readonly Receipt[];
}

export interface HaltedRecord extends Common {
  readonly kind: "halted";
  readonly code: string;
  /** Head of the branch that is not believed. */
  readonly commit?: Oid;
}

export interface ResumedRecord extends Common {
  readonly kind: "resumed";
  readonly commit: Oid;
}

/** From the next checkpoint on the log signs with `next`; this record itself is under a checkpoint of both. */
export interface KeyRotatedRecord extends Common {
  readonly kind: "keyRotated";
  readonly previousKey: string;
  readonly nextKey: string;
  /** Signs commits from the next one on, where that key changes too. */
  readonly nextSigner?: string;
  /**
   * The previous key is gone, so that only the next one signed. Nothing in the log can bear that out: readers and witnesses refuse the
   * log from here on until each of them is told to trust `nextKey`.
   */
  readonly isLost?: true;
}

export interface LedgerRootRecord extends Common {
  readonly kind: "ledgerRoot";
  readonly day: string;
  readonly size: number;
  readonly root: string;
}
