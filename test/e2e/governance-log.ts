/** The decision log as a member sees it by the command line. */
import type { DecisionRecord } from "../../governance/log/record.ts";
import type { Person } from "./governance-person.ts";

export interface VerifiedLog {
  readonly origin: string;
  readonly repository: string;
  /** Digest of the first record, and its leaf hash in base 64. */
  readonly genesis: string;
  readonly genesisLeaf: string;
  readonly size: number;
  readonly keys: readonly { readonly key: string; readonly since: number }[];
}

export interface ListedRecord {
  readonly index: number;
  readonly digest: string;
  readonly record: DecisionRecord;
}

/** What `commonhold log verify` found; rejects with its words where the log does not hold. */
export async function verifiedLog(person: Person, ...flags: readonly string[]): Promise<VerifiedLog> {
  return JSON.parse(await person.commonhold("log", "verify", "--json", ...flags)) as VerifiedLog;
}

export async function recordsSeenBy(person: Person, ...flags: readonly string[]): Promise<ListedRecord[]> {
  const lines = (await person.commonhold("log", "list", "--json", ...flags)).split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ListedRecord);
}
