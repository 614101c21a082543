/** Where the rest of the gateway asks what it knows of the cluster, and how far that can be trusted now. */
import type { Snapshot } from "./snapshot.ts";

export interface Catalogue {
  /** The latest; cheap to call on every request. */
  snapshot(): Snapshot;
  freshness(): Freshness;
  /** Calls `listener` after each change; the answer stops it. */
  onChange(listener: () => void): () => void;
}

/** `starting`: never read whole. `current`: watches stand. `cached`: the API server was last heard `sinceMs` ago. */
export type Freshness =
  | { readonly state: "starting" }
  | { readonly state: "current" }
  | { readonly state: "cached"; readonly sinceMs: number };
