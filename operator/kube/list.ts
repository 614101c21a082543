/**
 * Reads a whole collection in pages.
 *
 * All pages come from one snapshot, named by the first page's `continue` token. The server forgets snapshots after some
 * minutes (compaction) and then answers 410: the list starts over, and the last attempt asks for everything at once,
 * which cannot expire half-way (as client-go's pager does).
 */

import { isGone } from "./errors.ts";
import { apiVersionOf, collectionPath, type KubeObject, type ResourceType } from "./resource.ts";
import type { Query, Transport } from "./transport.ts";

export interface ListOptions {
  /** Of all namespaces when left out. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Objects per page; default 500. */
  pageSize?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Limit per page. */
  timeoutMs?: number | undefined;
  /** Called after each page: a sign of life for whoever measures contact. */
  onPage?: (() => void) | undefined;
}

export interface KubeList<T extends KubeObject> {
  items: T[];
  /** Where a watch goes on from. */
  resourceVersion: string;
}

const pagedAttemptsMax = 3;
const pageSizeDefault = 500;

export async function listAll<T extends KubeObject>(
  transport: Transport,
  type: ResourceType<T>,
  options: ListOptions,
): Promise<KubeList<T>> {
  const pageSize = options.pageSize ?? pageSizeDefault;
  for (let attempt = 1; attempt <= pagedAttemptsMax; attempt++) {
    try {
      return await listPages(transport, type, options, pageSize);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return listPages(transport, type, options, undefined);
}

async function listPages<T extends KubeObject>(
  transport: Transport,
  type: ResourceType<T>,
  options: ListOptions,
  limit: number | undefined,
): Promise<KubeList<T>> {
  const items: T[] = [];
  let next: string | undefined;
  let page: ListBody<T>;
  do {
    const { labelSelector, fieldSelector } = options;
    const query: Query = { labelSelector, fieldSelector, limit, continue: next };
    const path = collectionPath(type, options.namespace);
    const { signal, timeoutMs } = options;
    page = (await transport.request({ method: "GET", path, query, signal, timeoutMs })) as ListBody<T>;
    for (const item of page.items ?? []) items.push(withType(type, item));
    options.onPage?.();
    next = page.metadata?.continue || undefined;
  } while (next);
  return { items, resourceVersion: page.metadata?.resourceVersion ?? "" };
}

interface ListBody<T> {
  items?: T[];
  metadata?: { continue?: string; resourceVersion?: string };
}

/** The items of a typed list come without `apiVersion` and `kind`. */
function withType<T extends KubeObject>(type: ResourceType<T>, item: T): T {
  return item.kind ? item : { ...item, apiVersion: apiVersionOf(type), kind: type.kind };
}
