/**
 * What is remembered of one request for its log line and the metrics. Never a prompt, an answer or a key; names that came from
 * outside are made printable where they are written.
 */
import type { Usage } from "./usage.ts";

export type Outcome = "ok" | "refused" | "failed" | "broken" | "cancelled";
export type Phase = "queued" | "before_first_byte" | "streaming";

export interface Facts {
  readonly requestId: string;
  readonly protocol: string;
  /** The route's own path, never the client's. */
  readonly route: string;
  readonly arrivedMs: number;
  member?: string;
  keyId?: string;
  /** `namespace/name` */
  deployment?: string;
  /** The host that answered, or was asked last. */
  host?: string;
  attempts: number;
  /** How far it came; says where a client left. */
  phase?: Phase;
  queuedMs?: number;
  firstByteMs?: number;
  bytes: number;
  usage?: Usage;
  /** Frames of a stream, where the host reported no tokens. */
  frames?: number;
  outcome?: Outcome;
  /** Of the error that the client got. */
  code?: string;
}
