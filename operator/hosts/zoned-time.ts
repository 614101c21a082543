/**
 * Wall-clock times of a place as instants, with the time zone data that Node carries (Intl). Twice a year a wall-clock time does not exist
 * (the clock jumps over it) or exists twice (it is turned back): the first is taken as the moment of the jump, for the second the
 * caller says which it means.
 */

export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** May lie outside the month, as in `Date.UTC`. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Formatters are costly to make; owners live in few zones. */
const formattersMax = 64;
const formatters = new Map<string, Intl.DateTimeFormat>();

export function isKnownZone(timeZone: string): boolean {
  try {
    formatterOf(timeZone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The wall-clock time in a zone. Throws a `RangeError` for a zone that is not known. */
export function wallTimeAt(timeZone: string, ms: number): WallTime {
  const parts = new Map(
    formatterOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? Number.NaN;
  return { year: part("year"), month: part("month"), day: part("day"), hour: part("hour"), minute: part("minute") };
}

/** 0 for Sunday to 6 for Saturday. */
export function weekdayOf({ year, month, day }: WallTime): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** When it is this wall-clock time there; `which` decides for times that exist twice. */
export function instantOf(timeZone: string, wall: WallTime, which: "first" | "last"): number {
  const asUtc = utc(wall);
  // Offsets change at most once within a day before and a day after.
  const before = offsetAt(timeZone, asUtc - dayMs);
  const after = offsetAt(timeZone, asUtc + dayMs);
  const fits = [asUtc - before, asUtc - after].filter((at) => at + offsetAt(timeZone, at) === asUtc);
  if (fits.length > 0) return which === "first" ? Math.min(...fits) : Math.max(...fits);
  return jumpBetween(timeZone, asUtc - after, asUtc - before);
}

/** The first minute in `(low, high]` with the offset that holds at `high`. */
function jumpBetween(timeZone: string, low: number, high: number): number {
  const minuteMs = 60_000;
  const later = offsetAt(timeZone, high);
  let [from, to] = [low, high];
  while (to - from > minuteMs) {
    const middle = from + Math.floor((to - from) / 2 / minuteMs) * minuteMs;
    if (offsetAt(timeZone, middle) === later) to = middle;
    else from = middle;
  }
  return to;
}

/** Milliseconds that the place's clock is ahead of UTC. */
function offsetAt(timeZone: string, ms: number): number {
  const minute = Math.floor(ms / 60_000) * 60_000;
  return utc(wallTimeAt(timeZone, minute)) - minute;
}

function utc({ year, month, day, hour, minute }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute);
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "iso8601",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  if (formatters.size >= formattersMax) formatters.clear();
  formatters.set(timeZone, formatter);
  return formatter;
}
