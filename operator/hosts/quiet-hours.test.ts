import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { QuietHours } from "../apis/model-host.ts";
import { quietAt } from "./quiet-hours.ts";

const night: QuietHours = { start: "22:00", end: "07:00", timeZone: "Europe/Berlin" };
const at = (iso: string) => Date.parse(iso);
const shown = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;

/** `quiet 21:00Z → 06:00Z`, with dates; `open, next …`. */
function said(hours: QuietHours[], iso: string): string {
  const state = quietAt(hours, at(iso));
  switch (state.kind) {
    case "Quiet":
      return `quiet ${shown(state.since)} → ${shown(state.until)}`;
    case "Open":
      return state.next === undefined ? "open" : `open, next ${shown(state.next)}`;
    case "UnknownZone":
      return `unknown zone ${state.timeZone}: ${state.nearest.join(", ")}`;
  }
}

const cases: Record<string, [hours: QuietHours[], now: string, says: string]> = {
  "no quiet hours": [[], "2026-11-23T12:00:00Z", "open"],
  "before the night begins": [[night], "2026-11-23T20:59:59Z", "open, next 2026-11-23T21:00Z"],
  "at the minute in which it begins": [[night], "2026-11-23T21:00:00Z", "quiet 2026-11-23T21:00Z → 2026-11-24T06:00Z"],
  "after midnight it is still the night of the day before": [
    [night],
    "2026-11-24T03:00:00Z",
    "quiet 2026-11-23T21:00Z → 2026-11-24T06:00Z",
  ],
  "at the minute in which it ends": [[night], "2026-11-24T06:00:00Z", "open, next 2026-11-24T21:00Z"],
  "in summer the same local time is another instant": [
    [night],
    "2026-07-01T20:30:00Z",
    "quiet 2026-07-01T20:00Z → 2026-07-02T05:00Z",
  ],
  "the night in which the clock jumps ahead is an hour shorter": [
    [night],
    "2026-03-29T00:30:00Z",
    "quiet 2026-03-28T21:00Z → 2026-03-29T05:00Z",
  ],
  "the night in which it is turned back is an hour longer": [
    [night],
    "2026-10-25T00:30:00Z",
    "quiet 2026-10-24T20:00Z → 2026-10-25T06:00Z",
  ],
  "a time that the clock jumps over begins at the jump": [
    [{ start: "02:30", end: "04:00", timeZone: "Europe/Berlin" }],
    "2026-03-29T01:10:00Z",
    "quiet 2026-03-29T01:00Z → 2026-03-29T02:00Z",
  ],
  "a time that the clock jumps over ends at the jump": [
    [{ start: "01:00", end: "02:30", timeZone: "Europe/Berlin" }],
    "2026-03-29T00:59:00Z",
    "quiet 2026-03-29T00:00Z → 2026-03-29T01:00Z",
  ],
  "both inside the jump: there is no such night": [
    [{ start: "02:10", end: "02:50", timeZone: "Europe/Berlin" }],
    "2026-03-29T01:00:00Z",
    "open, next 2026-03-30T00:10Z",
  ],
  "a start that exists twice is the first one": [
    [{ start: "02:30", end: "03:30", timeZone: "Europe/Berlin" }],
    "2026-10-25T00:30:00Z",
    "quiet 2026-10-25T00:30Z → 2026-10-25T02:30Z",
  ],
  "an end that exists twice is the last one": [
    [{ start: "01:30", end: "02:30", timeZone: "Europe/Berlin" }],
    "2026-10-25T01:15:00Z",
    "quiet 2026-10-24T23:30Z → 2026-10-25T01:30Z",
  ],
  "a zone whose clock changes by half an hour": [
    [{ start: "02:10", end: "03:00", timeZone: "Australia/Lord_Howe" }],
    "2026-10-03T15:40:00Z",
    "quiet 2026-10-03T15:30Z → 2026-10-03T16:00Z",
  ],
  "a zone with three quarters of an hour": [
    [{ start: "08:00", end: "09:00", timeZone: "Asia/Kathmandu" }],
    "2026-11-23T02:20:00Z",
    "quiet 2026-11-23T02:15Z → 2026-11-23T03:15Z",
  ],
  "only on the days on which it starts: Friday's night reaches into Saturday": [
    [{ ...night, days: ["Fri"] }],
    "2026-11-28T05:00:00Z",
    "quiet 2026-11-27T21:00Z → 2026-11-28T06:00Z",
  ],
  "Saturday's own night is none then": [
    [{ ...night, days: ["Fri"] }],
    "2026-11-28T22:00:00Z",
    "open, next 2026-12-04T21:00Z",
  ],
  "the day is the owner's, not UTC's": [
    [{ start: "00:30", end: "01:30", timeZone: "Pacific/Kiritimati", days: ["Tue"] }],
    "2026-11-23T11:00:00Z",
    "quiet 2026-11-23T10:30Z → 2026-11-23T11:30Z",
  ],
  "windows that touch are one": [
    [
      { start: "08:00", end: "12:00", timeZone: "UTC" },
      { start: "12:00", end: "14:00", timeZone: "UTC" },
    ],
    "2026-11-23T09:00:00Z",
    "quiet 2026-11-23T08:00Z → 2026-11-23T14:00Z",
  ],
  "windows of different zones that overlap are one": [
    [
      { start: "08:00", end: "12:00", timeZone: "UTC" },
      { start: "12:30", end: "14:00", timeZone: "Europe/Berlin" },
    ],
    "2026-11-23T12:30:00Z",
    "quiet 2026-11-23T08:00Z → 2026-11-23T13:00Z",
  ],
  "a misspelt zone is told, with what may be meant": [
    [{ ...night, timeZone: "Europe/Berln" }],
    "2026-11-23T12:00:00Z",
    "unknown zone Europe/Berln: Europe/Berlin",
  ],
};

describe("quiet hours", () => {
  test.each(Object.entries(cases))("%s", (_, [hours, now, says]) => {
    expect(said(hours, now)).toBe(says);
  });

  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([h, m]) => `${pad(h)}:${pad(m)}`);
  const anyHours = fc
    .record({
      start: time,
      end: time,
      timeZone: fc.constantFrom(
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/Sao_Paulo",
      ),
    })
    .filter(({ start, end }) => start !== end);
  const anyTime = fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2027-01-01T00:00:00Z") });

  test("at `until` it is not quiet any more, and a moment before it still is", () => {
    fc.assert(
      fc.property(fc.array(anyHours, { minLength: 1, maxLength: 2 }), anyTime, (hours, now) => {
        const state = quietAt(hours, now);
        if (state.kind !== "Quiet" || state.until - now > 6 * 86_400_000) return;
        expect(quietAt(hours, state.until).kind).toBe("Open");
        expect(quietAt(hours, state.until - 1)).toMatchObject({ kind: "Quiet", until: state.until });
      }),
      { numRuns: 200 },
    );
  });

  test("nothing begins before `next`, and at `next` it is quiet", () => {
    fc.assert(
      fc.property(anyHours, anyTime, fc.double({ min: 0, max: 0.999, noNaN: true }), (hours, now, share) => {
        const state = quietAt([hours], now);
        if (state.kind !== "Open" || state.next === undefined) return;
        expect(quietAt([hours], state.next).kind).toBe("Quiet");
        expect(quietAt([hours], now + Math.floor((state.next - now) * share)).kind).toBe("Open");
      }),
      { numRuns: 200 },
    );
  });
});

const pad = (value: number) => String(value).padStart(2, "0");
