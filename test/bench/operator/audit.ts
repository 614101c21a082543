/** Requests to the Kubernetes API as its own audit log tells them: nobody who is measured counts themself. */

export interface AuditEntry {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
  /** RFC 3339 with microseconds. */
  readonly requestReceivedTimestamp: string;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Requests of `user` that arrived in the span, by `verb resource/subresource`, most frequent first. A watch counts once, at its begin. */
export function requestsOf(entries: readonly AuditEntry[], user: string, { fromMs, toMs }: Span): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    if (
      entry.user.username !== user ||
      entry.stage !== (entry.verb === "watch" ? "ResponseStarted" : "ResponseComplete")
    )
      continue;
    const at = Date.parse(entry.requestReceivedTimestamp);
    if (at < fromMs || at >= toMs) continue;
    const what = nameOf(entry);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

export function sumOf(counts: ReadonlyMap<string, number>, matches: (what: string) => boolean = () => true): number {
  return [...counts].reduce((sum, [what, count]) => sum + (matches(what) ? count : 0), 0);
}

function nameOf({ verb, objectRef }: AuditEntry): string {
  const { resource, subresource } = objectRef ?? {};
  if (resource === undefined) return `${verb} (no object)`;
  return subresource === undefined ? `${verb} ${resource}` : `${verb} ${resource}/${subresource}`;
}
