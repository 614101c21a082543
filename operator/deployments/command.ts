/** What a plan wants done, as data; `apply.ts` alone does it. */
import type { ModelDeploymentEvent } from "../apis/conditions/model-deployment.ts";
import type { Digest, ParameterValue } from "../engines/engine.ts";

export type Command =
  /** Before anything is made anywhere: from then on a deletion waits for us. */
  | { readonly kind: "AddFinalizer" }
  | { readonly kind: "RemoveFinalizer" }
  /** Asks the registry (or reads the spec) what the reference means; the answer comes with a later snapshot. */
  | { readonly kind: "Resolve"; readonly reference: string }
  | { readonly kind: "StartTask"; readonly replica: string; readonly host: string; readonly step: TaskStep }
  | { readonly kind: "StopTask"; readonly replica: string }
  /** Hands names to the host's own list of removals, which outlives us and the host's absence. */
  | {
      readonly kind: "HandOver";
      readonly replica: string;
      readonly host: string;
      readonly models: readonly string[];
    };

/**
 * One step on one host, done in the background. Each can be cut at any point and begun again without harm. `describe`: the
 * model's shape is not known yet, the host is to be asked.
 */
export type TaskStep =
  | {
      readonly kind: "Pull";
      /** What the host is asked to pull, and how it lists it then. */
      readonly reference: string;
      readonly name: string;
      readonly digest: Digest;
      readonly insecure: boolean;
      /** The base's name, which is stored already: it may hold parts of the download meanwhile. */
      readonly holdAs: string;
      readonly expected: readonly LayerSize[];
    }
  /** A second name of ours for what was verified. */
  | {
      readonly kind: "Alias";
      readonly from: string;
      readonly base: string;
      readonly digest: Digest;
      readonly describe: boolean;
    }
  /** Takes the name of the download away again. */
  | { readonly kind: "DropPulled"; readonly name: string; readonly digest: Digest }
  | {
      readonly kind: "MakeBase";
      readonly base: string;
      readonly files: readonly FileToSend[];
      readonly describe: boolean;
    }
  | {
      readonly kind: "MakeServed";
      readonly served: string;
      readonly base: string;
      readonly adapters: readonly FileToSend[];
      readonly parameters: Readonly<Record<string, ParameterValue>>;
      readonly system?: string;
    }
  | { readonly kind: "Load"; readonly served: string; readonly context: number };

export interface LayerSize {
  readonly digest: Digest;
  readonly bytes: number;
}

export interface FileToSend {
  readonly url: string;
  readonly sha256: string;
  readonly size: number;
}

export interface EventDraft {
  readonly type: "Normal" | "Warning";
  readonly reason: ModelDeploymentEvent;
  readonly message: string;
}
