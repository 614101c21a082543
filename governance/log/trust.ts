/** What is known of a log before it is read. Each part that is given is one more thing that nobody can change unnoticed. */
import type { TreeHead } from "../../operator/tlog/checkpoint.ts";
import type { PublicNoteKey } from "../../operator/tlog/note/key.ts";

export interface LogTrust extends LogPins {
  /** The name of the log. */
  readonly origin?: string;
  /** Keys of the log that are trusted; where the genesis is pinned, the key that it names is. */
  readonly keys?: readonly PublicNoteKey[];
  /** SSH key (`type base64`) that signs commits, where the log itself names none. */
  readonly signer?: string;
  /** What was seen of the log before: it may only have grown. Unlike what is pinned, that it was seen bears nothing out. */
  readonly seen?: TreeHead;
}

export interface LogPins {
  /** `sha256:…` of the bytes of the first record. */
  readonly genesisDigest?: string;
  /** The log was this once, and was trusted; it may have grown since and nothing else. */
  readonly minimum?: TreeHead;
}
