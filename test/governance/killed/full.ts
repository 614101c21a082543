/** What only the long run tries (`COMMONHOLD_TEST_FULL` is 1). */
export function inFull<T>(...some: readonly T[]): readonly T[] {
  return process.env["COMMONHOLD_TEST_FULL"] === "1" ? some : [];
}
