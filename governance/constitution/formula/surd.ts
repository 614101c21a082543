/**
 * Exact numbers for quorums. Debian's quorum is half the square root of the number of members; a float would decide a
 * vote by rounding. A value is `factor × √root` with a fraction as factor and a whole root: closed under multiplication,
 * division and the root of a fraction; comparison, rounding up and rounding down are exact by squaring. Sums are taken
 * of fractions only, which the grammar sees to.
 */

export interface Surd {
  readonly num: bigint;
  /** Above 0, with `num` in lowest terms. */
  readonly den: bigint;
  /** At least 1; 1 for a fraction. */
  readonly root: bigint;
}

export const zero: Surd = { num: 0n, den: 1n, root: 1n };

export function whole(value: number | bigint): Surd {
  return { num: BigInt(value), den: 1n, root: 1n };
}

export function add(a: Surd, b: Surd): Surd {
  return normal(a.num * b.den + b.num * a.den, a.den * b.den, 1n);
}

export function negate(a: Surd): Surd {
  return { ...a, num: -a.num };
}

export function multiply(a: Surd, b: Surd): Surd {
  return normal(a.num * b.num, a.den * b.den, a.root * b.root);
}

/** Undefined where `b` is 0. */
export function divide(a: Surd, b: Surd): Surd | undefined {
  if (b.num === 0n) return undefined;
  const sign = b.num < 0n ? -1n : 1n;
  return normal(sign * a.num * b.den, a.den * sign * b.num * b.root, a.root * b.root);
}

/** Of a fraction; undefined below 0. √(n/d) = √(n·d)/d. */
export function squareRoot(a: Surd): Surd | undefined {
  if (a.num < 0n) return undefined;
  return normal(1n, a.den, a.num * a.den);
}

/** Below, equal to or above 0 as `a` is below, equal to or above `b`. */
export function compare(a: Surd, b: Surd): number {
  const left = signedSquare(a) * b.den * b.den;
  const right = signedSquare(b) * a.den * a.den;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The smallest whole number that is not below `a`. */
export function ceiling(a: Surd): bigint {
  return -floor(negate(a));
}

/** The largest whole number that is not above `a`. */
export function floor(a: Surd): bigint {
  const square = a.num * a.num * a.root;
  const divisor = a.den * a.den;
  if (a.num >= 0n) return integerRoot(square / divisor);
  const least = integerRoot(square / divisor);
  return least * least * divisor === square ? -least : -least - 1n;
}

function signedSquare({ num, root }: Surd): bigint {
  return num < 0n ? -num * num * root : num * num * root;
}

function normal(num: bigint, den: bigint, root: bigint): Surd {
  if (num === 0n || root === 0n) return zero;
  const side = integerRoot(root);
  const isSquare = side * side === root;
  const top = isSquare ? num * side : num;
  const divisor = greatestDivisor(top < 0n ? -top : top, den);
  return { num: top / divisor, den: den / divisor, root: isSquare ? 1n : root };
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** The largest whole number whose square is not above `value`, by Newton's method from above. */
function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
