/**
 * When an owner wants the machine for themself. Each entry of the spec is a window that opens on given days at a local time; windows that
 * touch or overlap count as one. Where the clock is turned back a window is the longer one: the owner's will in doubt.
 */
import type { QuietHours } from "../apis/model-host.ts";
import { nearestNames } from "../text/nearest.ts";
import { dayMs, instantOf, isKnownZone, type WallTime, wallTimeAt, weekdayOf } from "./zoned-time.ts";

export type QuietState =
  /** `until` is when the last touching window closes; `timeZone` the one of the window that is open now. */
  | { readonly kind: "Quiet"; readonly since: number; readonly until: number; readonly timeZone: string }
  /** `next` is when the next window opens, within the coming week. */
  | { readonly kind: "Open"; readonly next?: number }
  /** Nobody knows when it is quiet: until the spec is mended it counts as quiet. */
  | { readonly kind: "UnknownZone"; readonly timeZone: string; readonly nearest: readonly string[] };

interface Window {
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
}

const daysBack = 8;
const daysAhead = 8;
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

export function quietAt(hours: readonly QuietHours[] | undefined, now: number): QuietState {
  if (!hours || hours.length === 0) return { kind: "Open" };
  const unknown = hours.find(({ timeZone }) => !isKnownZone(timeZone))?.timeZone;
  if (unknown !== undefined) {
    return {
      kind: "UnknownZone",
      timeZone: unknown,
      nearest: nearestNames(unknown, Intl.supportedValuesOf("timeZone"), 1),
    };
  }
  const windows = hours.flatMap((one) => windowsOf(one, now)).toSorted((a, b) => a.from - b.from);
  const open = windows.find(({ from, to }) => from <= now && now < to);
  if (open) return { kind: "Quiet", ...joined(windows, open), timeZone: open.timeZone };
  const next = windows.find(({ from }) => from > now)?.from;
  return { kind: "Open", ...(next === undefined ? {} : { next }) };
}

function windowsOf({ start, end, timeZone, days }: QuietHours, now: number): Window[] {
  const today = wallTimeAt(timeZone, now);
  const overnight = end <= start ? 1 : 0;
  const windows: Window[] = [];
  for (let offset = -daysBack; offset <= daysAhead; offset++) {
    const opens = at(today, offset, start);
    const weekday = weekdays[weekdayOf(opens)];
    if (days && days.length > 0 && !(weekday && days.includes(weekday))) continue;
    const from = instantOf(timeZone, opens, "first");
    const to = instantOf(timeZone, at(today, offset + overnight, end), "last");
    if (from < to) windows.push({ from, to, timeZone });
  }
  return windows;
}

function at({ year, month, day }: WallTime, offset: number, time: string): WallTime {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return { year, month, day: day + offset, hour, minute };
}

/** From the first to the last of the windows that hang together with this one. */
function joined(windows: readonly Window[], open: Window): { since: number; until: number } {
  let { from: since, to: until } = open;
  for (let grown = true; grown; ) {
    grown = false;
    for (const { from, to } of windows) {
      if (from > until || to < since || (from >= since && to <= until)) continue;
      since = Math.min(since, from);
      until = Math.max(until, to);
      grown = true;
    }
  }
  return { since, until };
}

/** Looking further ahead than this is never needed to know when the answer changes next. */
export const quietHorizonMs = daysAhead * dayMs;
