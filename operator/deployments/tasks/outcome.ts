/** What a step on a host tells while it runs and when it is done. */
import type { Digest } from "../../engines/engine.ts";
import type { ModelFacts } from "../shape-facts.ts";

export interface TaskProgress {
  readonly completedBytes: number;
  readonly totalBytes: number;
  /** `verify`: all bytes are there and are being checked. */
  readonly phase: "transfer" | "verify";
}

export type TaskResult =
  | { readonly kind: "Pull"; readonly digest: Digest }
  /** The host had the model of that name after all: it is not ours to remove. */
  | { readonly kind: "AlreadyThere" }
  | { readonly kind: "Alias"; readonly facts?: ModelFacts }
  | { readonly kind: "DropPulled" }
  | { readonly kind: "MakeBase"; readonly created: Digest; readonly version: string; readonly facts?: ModelFacts }
  | { readonly kind: "MakeServed"; readonly created: Digest; readonly version: string }
  | {
      readonly kind: "Load";
      /** Another name, under which the host lists the runner. */
      readonly loadedAs?: string;
      readonly bytes: number;
      readonly acceleratorBytes: number;
      readonly context: number;
      readonly tookMs: number;
    };
