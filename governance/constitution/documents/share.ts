/**
 * The share of the votes cast that has to say yes, as a fraction: `1/2`, `2/3`, `3/4`. It is reached when at least that
 * share says yes and more say yes than no, as in Debian's constitution (A.5: more in favour than against, and N times as
 * many where a majority of N:1 is asked for; 3:1 is 3/4). So 1/2 means more yes than no. No float takes part.
 */
export interface Share {
  readonly num: number;
  readonly den: number;
}

const partMax = 1_000;

export function parseShare(text: string): Share | { readonly wrong: string } {
  const share = parseFraction(text);
  if ("wrong" in share) return share;
  return 2 * share.num < share.den ? { wrong: "is less than 1/2: a minority would decide" } : share;
}

/** A fraction above 0 and at most 1, in lowest terms, so that one number has one spelling. */
export function parseFraction(text: string): Share | { readonly wrong: string } {
  const match = /^([1-9][0-9]{0,3})\/([1-9][0-9]{0,3})$/.exec(text);
  if (!match) return { wrong: "is no fraction such as 1/2 or 2/3" };
  const [num, den] = [Number(match[1]), Number(match[2])];
  const divisor = greatestDivisor(num, den);
  if (divisor > 1) return { wrong: `can be written shorter: ${num / divisor}/${den / divisor}` };
  if (den > partMax) return { wrong: `has more than ${partMax} below the line` };
  return num > den ? { wrong: "is more than 1/1: nobody could reach it" } : { num, den };
}

export function reachesShare(yes: number, no: number, { num, den }: Share): boolean {
  return yes > no && yes * den >= num * (yes + no);
}

/** Below, equal to or above 0 as `a` asks for less, as much or more than `b`. */
export function compareShares(a: Share, b: Share): number {
  return a.num * b.den - b.num * a.den;
}

export function shareText({ num, den }: Share): string {
  return `${num}/${den}`;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
