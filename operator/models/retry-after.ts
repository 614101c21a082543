/** How long a server asks to be left alone. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */

/** A server that asks for a longer pause is asked again after this one. */
const retryAfterMsMax = 3_600_000;

/** Seconds or a date, as milliseconds from now on; `undefined` where it says neither. */
export function waitOf(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (!retryAfter) return undefined;
  const ms = /^\d{1,9}$/.test(retryAfter.trim()) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), retryAfterMsMax) : undefined;
}
