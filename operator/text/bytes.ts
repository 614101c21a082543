/** How sizes are worded, in one place: binary units as memory and disks of machines are counted (`5.2 GiB`). */

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `5.2 GiB`, `512 MiB`, `0 B`: one decimal below 100 of a unit, none from there on. */
export function formatBytes(bytes: number): string {
  return worded(bytes, 1);
}

/**
 * Two sizes that are compared, worded so that different sizes never read the same: `needs 5.24 GiB, 5.21 GiB are free`.
 * Up to three decimals; beyond them whole bytes.
 */
export function formatBytesApart(a: number, b: number): [string, string] {
  for (let decimals = 1; decimals <= 3; decimals++) {
    const pair: [string, string] = [worded(a, decimals), worded(b, decimals)];
    if (a === b || pair[0] !== pair[1]) return pair;
  }
  return [`${a} B`, `${b} B`];
}

function worded(bytes: number, decimals: number): string {
  if (!Number.isFinite(bytes)) return "unknown size";
  if (bytes < 0) return `-${worded(-bytes, decimals)}`;
  let value = bytes;
  let unit = 0;
  // 1023.96 KiB would round to "1024.0 KiB": go on to the next unit as soon as the rounded number does.
  while (unit < units.length - 1 && Number(rounded(value, unit, decimals)) >= 1024) {
    value /= 1024;
    unit++;
  }
  return `${rounded(value, unit, decimals)} ${units[unit]}`;
}

function rounded(value: number, unit: number, decimals: number): string {
  if (unit === 0) return value.toFixed(0);
  return value.toFixed(value >= 99.95 ? decimals - 1 : decimals);
}
