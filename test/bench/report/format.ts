/** Numbers as a table shows them: three digits that mean something, and the unit where the column does not say it. */
import type { Spread } from "./statistics.ts";

const absent = "–";

/** `0.044`, `0.44`, `4.4`, `44`, `4,400`. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return absent;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  const digits = size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toFixed(digits);
}

/** Of things that are counted: `3`, `10,000`. */
export function count(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString("en-US") : absent;
}

/** `12.1 (11.8 – 12.9)` */
export function spread({ median, min, max }: Spread, show: (value: number) => string = number): string {
  if (!Number.isFinite(median)) return absent;
  const ends = min === max ? "" : ` (${show(min)} – ${show(max)})`;
  return `${show(median)}${ends}`;
}

/** `0.019 ×`, `1.90 ×`, `19 ×` */
export function times(value: number): string {
  if (!Number.isFinite(value)) return absent;
  const digits = value >= 10 ? 0 : value >= 0.1 ? 2 : 3;
  return `${value.toFixed(digits)} ×`;
}

export function seconds(ms: number): string {
  return Number.isFinite(ms) ? (ms / 1000).toFixed(ms < 10_000 ? 2 : 1) : absent;
}

export function mebibytes(bytes: number): string {
  return Number.isFinite(bytes) ? (bytes / 2 ** 20).toFixed(0) : absent;
}
