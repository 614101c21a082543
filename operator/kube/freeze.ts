/**
 * Freezes a JSON value to its leaves, so that a shared one cannot be changed by accident. By a list of what is left rather
 * than by recursion: an object may be nested deeper than the stack.
 */
export function deepFreeze<T>(value: T): T {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== "object" || next === null || Object.isFrozen(next)) continue;
    Object.freeze(next);
    for (const part of Object.values(next)) left.push(part);
  }
  return value;
}
