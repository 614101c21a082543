/** Spans of time as people write them in a constitution: `90s`, `30m`, `72h`, `14d`; one number, one unit. */

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A year: what takes longer is not decided by a vote that is still open. */
export const durationMsMax = 366 * unitsMs.d;

/** Milliseconds, or a sentence that says what is wrong. */
export function parseDuration(text: string): { readonly ms: number } | { readonly wrong: string } {
  const match = /^(0|[1-9][0-9]{0,8})([smhd])$/.exec(text);
  if (!match) return { wrong: "is no span of time such as 90s, 30m, 72h or 14d" };
  const ms = Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs];
  return ms > durationMsMax ? { wrong: "is longer than 366d" } : { ms };
}

/** In words, with the two largest units that say something: `2 days 4 hours`, `90 seconds`, `no time`. */
export function spanOf(ms: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.ceil(ms / 1_000));
  for (const [name, seconds] of [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ] as const) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count} ${count === 1 ? name : `${name}s`}`);
  }
  return parts.slice(0, 2).join(" ") || "no time";
}
