/**
 * Asks one witness for its cosignature (C2SP tlog-witness). It is told from where the log grew; where it is elsewhere, it says
 * so, and is asked again from there. What it holds and what the log is now can then only differ if one history became two.
 */

import { FetchError } from "../../../operator/addresses/fetch-error.ts";
import { printable } from "../../../operator/text/printable.ts";
import { parseCheckpoint, parseSize } from "../../../operator/tlog/checkpoint.ts";
import { cosignatureTime, cosignatureVerifier } from "../../../operator/tlog/cosignature.ts";
import { NoteError } from "../../../operator/tlog/note/note-error.ts";
import { type NoteSignature, parseNote, parseSignatureLine, sameKey } from "../../../operator/tlog/note/signed-note.ts";
import { formatAddCheckpoint } from "../../../operator/tlog/witness/request.ts";
import type { WitnessHttp, WitnessResponse } from "./http.ts";
import { addCheckpointUrl, type WitnessPeer } from "./peer.ts";

/** What is to be cosigned. */
export interface Growth {
  /** Signed by the log. */
  readonly note: string;
  readonly size: number;
  /** Hashes that show how the log grew from an older size to this one. */
  consistencyProof(oldSize: number, size: number): readonly Uint8Array[];
}

export type WitnessAnswer =
  | { readonly state: "cosigned"; readonly signature: NoteSignature /** Seconds since 1970. */; readonly time: number }
  /** `size`: what the witness holds. */
  | { readonly state: "disagrees"; readonly code: DisagreementCode; readonly size: number }
  | { readonly state: "refused"; readonly status: number; readonly why: string }
  | { readonly state: "unreachable"; readonly why: string };

export type DisagreementCode =
  /** It holds another tree of this size. */
  | "fork"
  /** What it holds is not the beginning of this log. */
  | "not-append-only"
  /** It holds a checkpoint of this log that is larger than the log. */
  | "ahead";

/** How often a witness may name another size, since others ask it too. */
const attemptsMax = 4;

/** `from`: the size that the witness is believed to hold. */
export async function askWitness(
  peer: WitnessPeer,
  growth: Growth,
  from: number,
  http: WitnessHttp,
  signal?: AbortSignal,
): Promise<WitnessAnswer> {
  let oldSize = Math.min(from, growth.size);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const proof = growth.consistencyProof(oldSize, growth.size);
    const body = formatAddCheckpoint({ oldSize, proof, note: growth.note });
    let response: WitnessResponse;
    try {
      response = await http.send("POST", addCheckpointUrl(peer), body, signal);
    } catch (error) {
      if (error instanceof FetchError) return { state: "unreachable", why: error.message };
      throw error;
    }
    const answer = readAnswer(response, peer, growth, oldSize);
    if (typeof answer !== "number") return answer;
    oldSize = answer;
  }
  return { state: "refused", status: 409, why: `it named another size ${attemptsMax} times` };
}

/** An answer, or the size from which to ask again. */
function readAnswer(response: WitnessResponse, peer: WitnessPeer, growth: Growth, oldSize: number) {
  const { status, contentType, body } = response;
  if (status === 200) return cosignatureIn(body, peer, growth.note);
  if (status === 422) return { state: "disagrees", code: "not-append-only", size: oldSize } as const;
  if (status >= 500 || status === 429) return { state: "unreachable", why: `it answers ${status}` } as const;
  const size = status === 409 && contentType === "text/x.tlog.size" ? parseSize(body.replace(/\n$/, "")) : undefined;
  if (size === undefined) return { state: "refused", status, why: printable(body.trim(), 200) } as const;
  if (size > growth.size) return { state: "disagrees", code: "ahead", size } as const;
  if (size !== oldSize) return size;
  if (size === growth.size) return { state: "disagrees", code: "fork", size } as const;
  return { state: "refused", status, why: `it names ${size} records, from which it was asked` } as const;
}

function cosignatureIn(body: string, peer: WitnessPeer, note: string): WitnessAnswer {
  const unsigned = (why: string): WitnessAnswer => ({ state: "refused", status: 200, why });
  if (!peer.key) return unsigned("its public key is not known here, so its signature says nothing");
  const verifier = cosignatureVerifier(peer.key);
  try {
    const lines = body.split("\n").filter((line) => line !== "");
    const signature = lines.map(parseSignatureLine).find((line) => sameKey(line, verifier));
    if (!signature) return unsigned(`it signed with another key than ${printable(peer.key.name, 100)}`);
    const { text } = parseNote(note);
    parseCheckpoint(text);
    const time = cosignatureTime(signature.signature);
    if (time === undefined || !verifier.verifies(text, signature.signature)) {
      return unsigned("its signature is not over this checkpoint");
    }
    return { state: "cosigned", signature, time };
  } catch (error) {
    if (error instanceof NoteError) return unsigned(error.message);
    throw error;
  }
}
