import { seconds, spread, times } from "../report/format.ts";
import { spreadOf } from "../report/statistics.ts";
import type { Table } from "../report/table.ts";
import type { Start, Step } from "./steps.ts";

export const goalMs = 20_000;

/** Steps in their order, the whole below them; the first start for comparison, the goal as a ratio. */
export function startTable(first: Start, again: readonly Start[]): Table {
  const titles = [...new Set([first, ...again].flatMap(({ steps }) => steps.map(({ title }) => title)))];
  const whole = spreadOf(again.map(({ answeredMs }) => answeredMs));
  return {
    title: `Second start to first text, median of ${again.length} (lowest – highest)`,
    columns: ["step", "seconds", "first start, seconds"],
    rows: [
      ...titles.map((title) => [
        title,
        spread(spreadOf(again.map((start) => msOf(start, title))), seconds),
        seconds(msOf(first, title)),
      ]),
      ["**in all**", `**${spread(whole, seconds)}**`, seconds(first.answeredMs)],
      [`of the goal (${goalMs / 1000} s)`, times(whole.median / goalMs), times(first.answeredMs / goalMs)],
    ],
  };
}

function msOf({ steps }: Start, title: string): number {
  return steps.filter((step: Step) => step.title === title).reduce((sum, { ms }) => sum + ms, 0);
}
