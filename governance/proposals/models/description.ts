/** What is said of a model before anybody votes on it. */
import type { ModelSource } from "../../../operator/apis/model-deployment.ts";
import type { ModelShape } from "../../../operator/models/model-shape.ts";

export interface ModelDescription {
  /** In full form. */
  readonly reference: string;
  readonly source: "Registry" | "Files";
  /** Of the manifest as the registry serves it now, or the pin made of the files. */
  readonly digest: string;
  /** Of all layers or files. */
  readonly bytes: number;
  /** Of these: adapters and projectors, which are loaded beside the weights. */
  readonly attachedBytes: number;
  /** Left out where it could not be read: memory is estimated from the size alone then. */
  readonly shape?: ModelShape;
  /** In a few words, as whoever made the model says. */
  readonly licence?: string;
}

/** Rejects with a `ModelError` where nothing can be said, and with the signal's reason. */
export type DescribeModel = (source: ModelSource, signal: AbortSignal) => Promise<ModelDescription>;
