/**
 * A log as far as it was checked. Entries are taken one after the other, whether they were read from git or are about to be
 * written: what is appended goes through the very checks that a reader makes. Nothing here reads or writes.
 */
import type { JsonObject } from "../../operator/tlog/canonical-json.ts";
import type { TreeHead } from "../../operator/tlog/checkpoint.ts";
import type { Digest } from "../../operator/tlog/digest.ts";
import { type Hash, sameHash } from "../../operator/tlog/merkle/hash.ts";
import { MerkleTree } from "../../operator/tlog/merkle/tree.ts";
import { type LinkedRecord, RecordChain } from "../../operator/tlog/record-chain.ts";
import type { Oid } from "../git/repository.ts";
import type { LoggedRecord } from "./decision-log.ts";
import type { LogEntry } from "./entry.ts";
import { assertSigned, checkpointNote, decisionRecord, evidenceNamed, linkedRecord } from "./entry-checks.ts";
import { assertTrusted, KeyHistory } from "./key-history.ts";
import { LogError } from "./log-error.ts";
import type { DecisionRecord, GenesisRecord } from "./record.ts";
import type { LogTrust } from "./trust.ts";

/** Where evidence is kept, and with which record. */
export interface StoredEvidence {
  readonly oid: Oid;
  readonly index: number;
}

export type LogTree = Pick<MerkleTree, "root" | "inclusionProof" | "consistencyProof">;

export class CheckedLog {
  readonly #trust: LogTrust;
  readonly #chain = new RecordChain();
  readonly #records: LoggedRecord[] = [];
  readonly #commits: Oid[] = [];
  readonly #leaves: Hash[] = [];
  readonly #tree = new MerkleTree((index) => this.#leaves[index] as Hash);
  readonly #evidence = new Map<string, StoredEvidence>();
  #begun: { readonly genesis: GenesisRecord; readonly keys: KeyHistory } | undefined;
  #note = "";

  constructor(trust: LogTrust = {}) {
    this.#trust = trust;
  }

  get records(): readonly LoggedRecord[] {
    return this.#records;
  }

  /** Of the records, in their order. */
  get commits(): readonly Oid[] {
    return this.#commits;
  }

  get size(): number {
    return this.#records.length;
  }

  get head(): TreeHead {
    return { size: this.size, root: this.#chain.root() };
  }

  get tree(): LogTree {
    return this.#tree;
  }

  /** The latest signed checkpoint. */
  get note(): string {
    return this.#note;
  }

  get genesis(): GenesisRecord {
    return this.#first().genesis;
  }

  get keys(): KeyHistory {
    return this.#first().keys;
  }

  leaf(index: number): Hash | undefined {
    return this.#leaves[index];
  }

  evidence(digest: string): StoredEvidence | undefined {
    return this.#evidence.get(digest);
  }

  /** The next record as it will be stored, and the tree that it makes. Changes nothing. */
  draft(record: DecisionRecord): { readonly linked: LinkedRecord; readonly head: TreeHead } {
    const chain = new RecordChain(this.#chain.end);
    const linked = chain.append(record as unknown as JsonObject);
    return { linked, head: { size: linked.index + 1, root: chain.root() } };
  }

  /** Throws a `LogError` that names the record; the log is of no use after that. */
  take(entry: LogEntry): LoggedRecord {
    const { index, commit } = entry;
    const linked = linkedRecord(this.#chain, entry);
    const record = decisionRecord(linked);
    const before = this.#begun?.keys.current.key;
    this.#begin(record, linked.digest, index);
    if (record.kind === "keyRotated") this.keys.rotate(record, index);
    const head = { size: index + 1, root: this.#chain.root() };
    const note = checkpointNote(entry, this.genesis.origin, head);
    this.#assertPinned(head, index);
    if (record.kind === "keyRotated" && before) {
      const next = this.keys.current.key;
      assertSigned(note, record.isLost ? [next] : [before, next], index);
    }
    this.#keepEvidence(entry, record);
    const logged: LoggedRecord = { index, record, digest: linked.digest };
    this.#records.push(logged);
    this.#commits.push(commit);
    this.#leaves.push(linked.leafHash);
    this.#note = note;
    return logged;
  }

  /** After the last entry: signed by whom it should be, and no shorter than it is known to have been. */
  assertWhole(): void {
    const { keys = [], origin = this.genesis.origin, genesisDigest, minimum, seen } = this.#trust;
    const { current, terms } = this.keys;
    assertSigned(this.#note, [current.key], this.size - 1);
    const named = genesisDigest === undefined ? [] : terms.slice(0, 1).map(({ key }) => key);
    if (keys.length + named.length > 0) assertTrusted(terms, [...keys, ...named], origin, minimum?.size);
    const known = Math.max(minimum?.size ?? 0, seen?.size ?? 0);
    if (this.size < known) {
      throw new LogError("truncated", `is missing: the log ends before it, and had ${known} records already`, {
        index: this.size,
      });
    }
  }

  #first() {
    if (!this.#begun) throw new TypeError("a log without records has no genesis");
    return this.#begun;
  }

  #begin(record: DecisionRecord, digest: Digest, index: number): void {
    const { genesisDigest, origin } = this.#trust;
    if (this.#begun) {
      if (record.kind === "genesis") throw new LogError("damaged", "is a second genesis", { index });
      return;
    }
    if (record.kind !== "genesis") throw new LogError("wrong-genesis", "is not a genesis", { index });
    if (genesisDigest !== undefined && genesisDigest !== digest) {
      const message = `is ${digest}, and ${genesisDigest} is pinned: this is another log`;
      throw new LogError("wrong-genesis", message, { index });
    }
    if (origin !== undefined && origin !== record.origin) {
      throw new LogError("wrong-genesis", `begins a log of another name than ${origin}`, { index });
    }
    this.#begun = { genesis: record, keys: new KeyHistory(record) };
  }

  #assertPinned({ size, root }: TreeHead, index: number): void {
    const { minimum, seen } = this.#trust;
    const isOther = (head: TreeHead | undefined): boolean => head?.size === size && !sameHash(head.root, root);
    if (!isOther(minimum) && !isOther(seen)) return;
    const message = `it or a record before it is not what it was when the log had ${size} records`;
    throw new LogError("rewritten", message, { index });
  }

  #keepEvidence(entry: LogEntry, record: DecisionRecord): void {
    const digest = evidenceNamed(entry, record);
    if (digest === undefined || this.#evidence.has(digest)) return;
    if (!entry.evidence) throw new LogError("damaged", "its evidence is not with it", { index: entry.index });
    this.#evidence.set(digest, { oid: entry.evidence.oid, index: entry.index });
  }
}
