/**
 * How many cases a property is tried on: `usual` in every run of the tests, twenty times as many where
 * `COMMONHOLD_TEST_FULL` is 1.
 */
export function runs(usual: number): { numRuns: number } {
  return { numRuns: process.env["COMMONHOLD_TEST_FULL"] === "1" ? usual * 20 : usual };
}
