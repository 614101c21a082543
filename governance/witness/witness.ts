/**
 * A witness: says yes to a checkpoint only if it continues the one that it said yes to before, has that on disk before it
 * signs, and answers one request after the other. Whoever asks two witnesses can therefore not be told two histories by a
 * log, unless the log has both of them.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import { parseCheckpoint, type TreeHead } from "../../operator/tlog/checkpoint.ts";
import { cosign } from "../../operator/tlog/cosignature.ts";
import type { Hash } from "../../operator/tlog/merkle/hash.ts";
import type { PrivateNoteKey, PublicNoteKey } from "../../operator/tlog/note/key.ts";
import { formatNote, formatSignatureLine, parseNote, withSignatures } from "../../operator/tlog/note/signed-note.ts";
import { noteVerifier, type Verifier, verifyNote } from "../../operator/tlog/note/verify.ts";
import {
  decideAddCheckpoint,
  genesisHead,
  type WitnessAcceptance,
  type WitnessRefusal,
  type WitnessRefusalCode,
} from "../../operator/tlog/witness/decide.ts";
import type { ClaimStore } from "./state/claims.ts";
import { type HeadStore, type KeptHead, originHash } from "./state/heads.ts";

export interface WitnessedOrigin {
  readonly origin: string;
  /** Keys that the log may sign with; two while it changes them. */
  readonly keys: readonly PublicNoteKey[];
  /** Leaf hash of its first record: the root of its tree of one. */
  readonly genesis: Hash;
}

export interface WitnessOptions {
  readonly key: PrivateNoteKey;
  readonly logs: readonly WitnessedOrigin[];
  readonly heads: HeadStore;
  readonly claims: ClaimStore;
  readonly clock: Clock;
  /** Of every answer, for the process's own log. */
  readonly onAnswer?: (answer: WitnessNotice) => void;
}

export interface WitnessNotice {
  readonly status: number;
  readonly code: "cosigned" | WitnessRefusalCode;
  readonly origin?: string;
  readonly size?: number;
  /** Why what was refused could not be kept as evidence. */
  readonly unkept?: unknown;
}

export interface WitnessReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Witness {
  /** Reads what is on disk. Throws a `WitnessStateError` where it cannot be believed. */
  load(): Promise<void>;
  /** Throws where the disk fails: then nothing was signed. */
  addCheckpoint(body: Uint8Array): Promise<WitnessReply>;
  /** Latest cosigned checkpoint of the log whose origin has this SHA-256 (hex). */
  latest(hash: string): string | undefined;
  /** Requests that wait for their turn. */
  readonly waiting: number;
}

interface Known {
  readonly log: WitnessedOrigin;
  readonly verifiers: readonly Verifier[];
  kept: KeptHead;
  /** With this witness's own signature. */
  cosigned?: string;
}

export function createWitness(options: WitnessOptions): Witness {
  const { key, heads, claims, clock, onAnswer = () => {} } = options;
  const known = new Map<string, Known>();
  let isLoaded = false;
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();

  async function load(): Promise<void> {
    for (const log of options.logs) {
      const kept = await heads.latest(log.origin);
      // What is on disk was agreed to; signing it again says nothing new.
      const cosigned = kept.note === undefined ? {} : { cosigned: cosignedNote(kept.note).note };
      known.set(log.origin, { log, verifiers: log.keys.map(noteVerifier), kept, ...cosigned });
    }
    isLoaded = true;
  }

  function cosignedNote(note: string) {
    const parsed = parseNote(note);
    const signature = cosign(parsed.text, key, Math.floor(clock.now() / 1000));
    return { note: formatNote(withSignatures(parsed, [signature])), line: formatSignatureLine(signature) };
  }

  async function answer(body: Uint8Array): Promise<WitnessReply> {
    if (!isLoaded) await load();
    const decision = decideAddCheckpoint(body, (origin) => {
      const log = known.get(origin);
      return log && { verifiers: log.verifiers, known: headOf(log) };
    });
    return decision.status === 200 ? accept(decision) : refuse(decision);
  }

  async function accept({ remember }: WitnessAcceptance): Promise<WitnessReply> {
    const { origin, head } = remember;
    const log = known.get(origin) as Known;
    const note = withoutStrangers(remember.note, log);
    if (note !== log.kept.note) await keep(log, note);
    const signed = cosignedNote(note);
    log.cosigned = signed.note;
    onAnswer({ status: 200, code: "cosigned", origin, size: head.size });
    return { status: 200, contentType: "text/plain; charset=utf-8", body: signed.line };
  }

  async function keep(log: Known, note: string): Promise<void> {
    try {
      log.kept = await heads.keep(log.log.origin, log.kept, note);
    } catch (error) {
      // It may be on disk or not, or another process wrote: what is there now counts.
      isLoaded = false;
      throw error;
    }
  }

  async function refuse({ status, code, body, contentType, claimed }: WitnessRefusal): Promise<WitnessReply> {
    const log = claimed && known.get(claimed.checkpoint.origin);
    if (!log || (code !== "fork" && code !== "not-append-only")) {
      onAnswer({ status, code });
      return { status, contentType, body };
    }
    const { origin, size } = claimed.checkpoint;
    const before = log.kept.note === undefined ? {} : { known: log.kept.note };
    const claim = { origin, code, at: clock.now(), claimed: withoutStrangers(claimed.note, log), ...before };
    const failure = await claims.keep(claim).then(
      () => ({}),
      (unkept: unknown) => ({ unkept }),
    );
    onAnswer({ status, code, origin, size, ...failure });
    return { status, contentType, body };
  }

  return {
    load,
    addCheckpoint(body) {
      waiting++;
      const reply = turn.then(() => answer(body));
      const done = () => void waiting--;
      turn = reply.then(done, done);
      return reply;
    },
    latest: (hash) => [...known.values()].find(({ log }) => originHash(log.origin) === hash)?.cosigned,
    get waiting() {
      return waiting;
    },
  };
}

function headOf({ log, kept }: Known): TreeHead {
  return kept.note === undefined ? genesisHead(log.genesis) : parseCheckpoint(parseNote(kept.note).text);
}

/** With the log's own signatures only: anybody can add lines to a note, until there is no room for a cosignature. */
function withoutStrangers(note: string, { verifiers }: Known): string {
  const { text, verified } = verifyNote(note, verifiers);
  return formatNote({ text, signatures: verified });
}
