/**
 * Collects cosignatures for a checkpoint of the log. Witnesses are asked all at once; one that does not answer costs its
 * cosignature and nothing else. One that holds something else is what witnesses are for: that is reported with what it holds, and
 * where both are signed by the log, with the proof.
 */

import { FetchError } from "../../../operator/addresses/fetch-error.ts";
import type { Hash } from "../../../operator/tlog/merkle/hash.ts";
import { formatNote, type NoteSignature, parseNote, withSignatures } from "../../../operator/tlog/note/signed-note.ts";
import type { Verifier } from "../../../operator/tlog/note/verify.ts";
import { askWitness, type DisagreementCode, type Growth, type WitnessAnswer } from "./ask.ts";
import { type Disagreement, findForks } from "./find-forks.ts";
import type { WitnessHttp } from "./http.ts";
import { latestUrl, type WitnessPeer } from "./peer.ts";

export interface CosignerOptions {
  readonly witnesses: readonly WitnessPeer[];
  readonly http: WitnessHttp;
  /** Cosignatures that are enough. */
  readonly quorum: number;
}

/** The log as witnesses are shown it. */
export interface WitnessedLog extends Growth {
  readonly origin: string;
  /** Keys that it ever signed with. */
  readonly verifiers: readonly Verifier[];
  root(size: number): Hash;
  /** Its own signed checkpoint of an earlier size. */
  checkpointAt(size: number): Promise<string | undefined>;
}

export interface Cosigning {
  /** With all cosignatures that were given, earlier ones by the same keys replaced. */
  readonly note: string;
  readonly cosigned: number;
  readonly isEnough: boolean;
  readonly answers: readonly WitnessReport[];
}

export interface WitnessReport {
  readonly witness: WitnessPeer;
  readonly answer: WitnessAnswer;
  /** Where it disagrees. */
  readonly disagreement?: WitnessDisagreement;
}

export interface WitnessDisagreement {
  readonly code: DisagreementCode;
  readonly size: number;
  /** Two notes that the log signed: of one size with two roots, or one of more records than the log has. */
  readonly evidence?: { readonly ours: string; readonly theirs: string };
}

export interface Cosigner {
  cosign(log: WitnessedLog, signal?: AbortSignal): Promise<Cosigning>;
  /** What each witness holds; undefined where it cannot be had. */
  held(origin: string, signal?: AbortSignal): Promise<readonly { witness: WitnessPeer; note: string | undefined }[]>;
}

export function createCosigner({ witnesses, http, quorum }: CosignerOptions): Cosigner {
  /** By URL: what each was last known to hold. */
  const sizes = new Map<string, number>();

  async function ask(witness: WitnessPeer, log: WitnessedLog, signal?: AbortSignal): Promise<WitnessReport> {
    const answer = await askWitness(witness, log, sizes.get(witness.url) ?? 0, http, signal);
    if (answer.state === "cosigned") sizes.set(witness.url, log.size);
    if (answer.state !== "disagrees") return { witness, answer };
    return { witness, answer, disagreement: await explain(answer, witness, log, signal) };
  }

  async function explain(
    { code, size }: Extract<WitnessAnswer, { state: "disagrees" }>,
    witness: WitnessPeer,
    log: WitnessedLog,
    signal?: AbortSignal,
  ): Promise<WitnessDisagreement> {
    const theirs = await latestOf(witness, log.origin, http, signal);
    const [proof] = theirs === undefined ? [] : findForks([{ by: witness.url, note: theirs }], searchIn(log));
    const ours = proof && proof.kind !== "unsigned" ? await oursBeside(proof, log) : undefined;
    if (theirs === undefined || ours === undefined) return { code, size };
    return { code, size, evidence: { ours, theirs } };
  }

  return {
    async cosign(log, signal) {
      const answers = await Promise.all(witnesses.map((witness) => ask(witness, log, signal)));
      const signatures = answers.flatMap(({ answer }): NoteSignature[] =>
        answer.state === "cosigned" ? [answer.signature] : [],
      );
      const note = formatNote(withSignatures(parseNote(log.note), signatures));
      return { note, cosigned: signatures.length, isEnough: signatures.length >= quorum, answers };
    },
    held: (origin, signal) =>
      Promise.all(witnesses.map(async (witness) => ({ witness, note: await latestOf(witness, origin, http, signal) }))),
  };
}

function searchIn(log: WitnessedLog) {
  const { origin, verifiers, size } = log;
  return { origin, log: verifiers, records: { size, root: (of: number) => log.root(of) } };
}

/** Our own signed word on the same size; on fewer records, the latest. */
async function oursBeside(proof: Exclude<Disagreement, { kind: "unsigned" }>, log: WitnessedLog) {
  return proof.kind === "more-records" ? log.note : log.checkpointAt(proof.size);
}

/** Undefined where it does not say: the protocol does not ask it to. */
async function latestOf(witness: WitnessPeer, origin: string, http: WitnessHttp, signal?: AbortSignal) {
  try {
    const { status, body } = await http.send("GET", latestUrl(witness, origin), undefined, signal);
    return status === 200 ? body : undefined;
  } catch (error) {
    if (error instanceof FetchError) return undefined;
    throw error;
  }
}
