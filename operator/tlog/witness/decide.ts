/**
 * What a witness answers to `add-checkpoint` (C2SP tlog-witness). It signs nothing but growth: the checkpoint must continue
 * the tree that this witness knows, record by record. Before anything was cosigned it knows the log's first record, which
 * was pinned when the witness was set up: a log with another genesis is therefore never signed, not even as the first one.
 *
 * Decides only. Whoever calls must see to it that no second request for the same log is decided meanwhile, that `remember`
 * is on disk before `cosign` is called, and that the answer goes out after that: a witness that forgets what it signed can
 * be shown two histories.
 */
import { type Checkpoint, parseCheckpoint, sameHead, type TreeHead } from "../checkpoint.ts";
import { verifyConsistency } from "../merkle/consistency.ts";
import type { Hash } from "../merkle/hash.ts";
import { ProofError } from "../merkle/proof-error.ts";
import { NoteError } from "../note/note-error.ts";
import { parseNote } from "../note/signed-note.ts";
import { type Verifier, verifyNote } from "../note/verify.ts";
import { type AddCheckpoint, parseAddCheckpoint } from "./request.ts";

export interface WitnessedLog {
  /** The keys that this log may sign with. */
  readonly verifiers: readonly Verifier[];
  /** The latest that was cosigned; `genesisHead` as long as nothing was. */
  readonly known: TreeHead;
}

/** A tree that holds nothing but the genesis record. */
export function genesisHead(leafHash: Hash): TreeHead {
  return { size: 1, root: leafHash };
}

export type WitnessAnswer = WitnessAcceptance | WitnessRefusal;

export interface WitnessAcceptance {
  readonly status: 200;
  /** Store it, then `cosign(text, …)`; the lines of the signatures are the body of the answer. */
  readonly remember: { readonly origin: string; readonly head: TreeHead; readonly note: string };
  readonly text: string;
}

export type WitnessRefusalCode =
  | "malformed"
  | "old-size-above-size"
  | "unsigned"
  | "unknown-log"
  /** The log believes the witness to be elsewhere: it may ask again from the size in `body`. */
  | "not-from-known"
  /** Two different trees of one size, both signed by the log: `claimed` and what is known prove it to anybody. */
  | "fork"
  /** Not shown to be a continuation; either the request is wrong or the log rewrote something. */
  | "not-append-only";

export interface WitnessRefusal {
  readonly status: 400 | 403 | 404 | 409 | 422;
  readonly code: WitnessRefusalCode;
  readonly body: string;
  readonly contentType: "text/plain; charset=utf-8" | "text/x.tlog.size";
  /** Signed by the log and refused: keep it as evidence. */
  readonly claimed?: { readonly checkpoint: Checkpoint; readonly note: string };
}

/** `logOf` gives what is known of the log with this origin, undefined for any other. Throws only where a log has one key twice. */
export function decideAddCheckpoint(
  body: Uint8Array | string,
  logOf: (origin: string) => WitnessedLog | undefined,
): WitnessAnswer {
  try {
    const request = parseAddCheckpoint(body);
    const { origin } = parseCheckpoint(parseNote(request.note).text);
    const log = logOf(origin);
    if (!log) return refusal(404, "unknown-log", "this witness does not know this log");
    return ofKnownLog(request, log);
  } catch (error) {
    if (error instanceof NoteError && error.code === "malformed") return refusal(400, "malformed", error.message);
    throw error;
  }
}

function ofKnownLog(request: AddCheckpoint, log: WitnessedLog): WitnessAnswer {
  let text: string;
  try {
    text = verifyNote(request.note, log.verifiers).text;
  } catch (error) {
    if (error instanceof NoteError && (error.code === "unverified" || error.code === "bad-signature")) {
      return refusal(403, "unsigned", error.message);
    }
    throw error;
  }
  return ofSignedCheckpoint(request, parseCheckpoint(text), text, log.known);
}

function ofSignedCheckpoint(
  { oldSize, proof, note }: AddCheckpoint,
  checkpoint: Checkpoint,
  text: string,
  known: TreeHead,
): WitnessAnswer {
  const { origin, size, root } = checkpoint;
  const claimed = { checkpoint, note };
  if (oldSize > size) return refusal(400, "old-size-above-size", `old ${oldSize} is more than the size ${size}`);
  if (size === known.size && !sameHead(checkpoint, known)) return { ...sizeConflict(known, "fork"), claimed };
  if (oldSize !== known.size) return sizeConflict(known, "not-from-known");
  try {
    verifyConsistency({ oldSize, oldRoot: known.root, size, root, proof });
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return { ...refusal(422, "not-append-only", error.message), claimed };
  }
  return { status: 200, remember: { origin, head: { size, root }, note }, text };
}

function sizeConflict(known: TreeHead, code: "fork" | "not-from-known"): WitnessRefusal {
  return { status: 409, code, body: `${known.size}\n`, contentType: "text/x.tlog.size" };
}

function refusal(status: WitnessRefusal["status"], code: WitnessRefusalCode, reason: string): WitnessRefusal {
  return { status, code, body: `${reason}\n`, contentType: "text/plain; charset=utf-8" };
}
