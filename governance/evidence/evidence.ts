/**
 * All that a verdict was made from, as plain data: what the forge and the clock said, and which git objects to read for the
 * rest. It is stored with the verdict. The service that decides and `commonhold log replay` years later both go from these
 * data and the same git objects to the same snapshot (`snapshot-from.ts`), so that a verdict can be recomputed by anybody.
 * A public log is for ever, so there are numbers of accounts and keys in it, and no names.
 */

import { canonicalJson, type JsonValue } from "../../operator/tlog/canonical-json.ts";
import { digestOf } from "../../operator/tlog/digest.ts";
import type { Account, Ballot, Suspended } from "../constitution/snapshot.ts";
import type { Oid } from "../git/repository.ts";

export interface Evidence {
  readonly format: 1;
  readonly repository: string;
  readonly proposal: {
    readonly id: string;
    readonly proposer: Account;
    readonly openedAt: number;
    readonly head: { readonly oid: Oid; readonly since: number; readonly pushedBy?: Account };
    readonly emergency?: { readonly ratifiedAt?: number };
  };
  /** Commits of the policy branch whose trees were ratified: when the proposal was opened, and at the verdict. */
  readonly opening: Oid;
  readonly current: Oid;
  /** The commit of the policy branch into which the head would be merged; left out once a commit of it has the candidate's tree. */
  readonly base?: Oid;
  /** Trees and commits between which the proposal is judged. */
  readonly candidate: {
    /** What a merge makes, or made: recomputed here. */
    readonly tree: Oid;
  };
  readonly suspended: Suspended;
  readonly ballots: readonly EvidenceBallot[];
  readonly merged?: { readonly at: number; readonly sequence: number };
}

/** As the snapshot has it, but for the signature: where it is checked again; the result is not believed from here. */
export interface EvidenceBallot extends Omit<Ballot, "signature"> {
  readonly object?: Oid;
}

/** `sha256:…` of the canonical form. */
export function evidenceDigest(evidence: Evidence): string {
  return digestOf(Buffer.from(canonicalJson(evidence as unknown as JsonValue), "utf8"));
}
