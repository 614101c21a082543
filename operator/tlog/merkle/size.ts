/**
 * Arithmetic on sizes of trees. JavaScript's bit operators cut a number to 32 bits and would make leaf 4294967296 into leaf
 * 0, so that all of it is done by division. A size is a whole number up to 2^53 - 1.
 */

export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The largest power of two below a size of 2 or more: where RFC 6962 splits a tree. */
export function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

export function half(value: number): number {
  return Math.floor(value / 2);
}

export function isOdd(value: number): boolean {
  return value % 2 === 1;
}

export function isPowerOfTwo(size: number): boolean {
  return size > 0 && 2 ** levelOf(size) === size;
}

/** How often a size can be halved before it is 1. */
export function levelOf(size: number): number {
  let level = 0;
  for (let left = size; left > 1; left = half(left)) level++;
  return level;
}
