/** A catalogue that a test sets by hand: what requests see is injected directly, without a cluster. */
import type { Catalogue, Freshness } from "../../api/catalogue/catalogue.ts";
import { type CatalogueObjects, snapshotOf } from "../../api/catalogue/snapshot.ts";

export interface SetCatalogue extends Catalogue {
  set(objects: Partial<CatalogueObjects>): void;
  setFreshness(freshness: Freshness): void;
}

export function setCatalogue(initial: Partial<CatalogueObjects> = {}): SetCatalogue {
  let objects: CatalogueObjects = { members: [], deployments: [], hosts: [], ...initial };
  let snapshot = snapshotOf(objects);
  let freshness: Freshness = { state: "current" };
  const listeners = new Set<() => void>();
  return {
    snapshot: () => snapshot,
    freshness: () => freshness,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    set(changed) {
      objects = { ...objects, ...changed };
      snapshot = snapshotOf(objects);
      for (const listener of listeners) listener();
    },
    setFreshness(next) {
      freshness = next;
    },
  };
}
