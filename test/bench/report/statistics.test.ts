import fc from "fast-check";
import { expect, test } from "vitest";
import { paired, percentile, spreadOf } from "./statistics.ts";

test.each([
  { name: "the middle one of three", samples: [3, 1, 2], share: 0.5, value: 2 },
  { name: "the lower of two in the middle", samples: [1, 2, 3, 4], share: 0.5, value: 2 },
  { name: "the highest of fewer than a hundred at p99", samples: [5, 9, 7], share: 0.99, value: 9 },
  {
    name: "the 99th of a hundred at p99",
    samples: Array.from({ length: 100 }, (_, i) => i + 1),
    share: 0.99,
    value: 99,
  },
  { name: "the lowest at 0", samples: [4, 2], share: 0, value: 2 },
  { name: "numbers, not texts: 10 after 9", samples: [10, 9], share: 0.5, value: 9 },
])("percentile is $name", ({ samples, share, value }) => {
  expect(percentile(samples, share)).toBe(value);
});

test("nothing measured is no number, not zero", () => {
  expect(percentile([], 0.5)).toBeNaN();
  expect(spreadOf([]).median).toBeNaN();
  expect(paired([1], [], (a, b) => a - b).median).toBeNaN();
});

test("a percentile is always a sample, with no more than its share of them below", () => {
  const samples = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      const value = percentile(values, share);
      expect(values).toContain(value);
      expect(values.filter((other) => other < value).length).toBeLessThanOrEqual(share * values.length);
    }),
  );
});

test("one disturbed round moves the median of five by no more than a neighbour, and stays visible at the end", () => {
  expect(spreadOf([11, 10, 900, 12, 13])).toEqual({ median: 12, min: 10, max: 900 });
});

test("variants are compared within each round: a round that was slow for both adds nothing", () => {
  expect(paired([2, 12, 3], [1, 11, 2], (a, b) => a - b)).toEqual({ median: 1, min: 1, max: 1 });
});
