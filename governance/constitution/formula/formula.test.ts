import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formula, votersMax } from "./formula.ts";
import { FormulaError, parseFormula } from "./grammar.ts";
import { ceiling, compare, divide, floor, multiply, negate, squareRoot, whole } from "./surd.ts";

describe("asks for", () => {
  test.each([
    ["Debian's quorum 3Q with Q = sqrt(N)/2, of 1018 developers 47.86", "3 * sqrt(n) / 2", 1000, 48],
    ["Debian's K, the smaller of Q and 5", "min(5, sqrt(n) / 2)", 1000, 5],
    ["the same in a small community", "min(5, sqrt(n)/2)", 36, 3],
    ["a root that comes out even, not one more", "sqrt(n)", 900, 30],
    ["a root just above a whole number, one more", "sqrt(n)", 901, 31],
    ["more than half", "floor(n / 2) + 1", 10, 6],
    ["two thirds, rounded up", "2 * n / 3", 10, 7],
    ["two thirds where they come out even", "n * 2 / 3", 9, 6],
    ["at least two, at most everybody", "min(n, max(2, n / 4))", 1, 1],
    ["products before sums", "1 + 2 * n", 3, 7],
    ["parentheses first", "(1 + 2) * n", 3, 9],
    ["from left to right", "n - 3 - 2", 10, 5],
    ["a rounded root plus one", "ceil(sqrt(n)) + 1", 10, 5],
    ["the product of two roots", "sqrt(n) * sqrt(n)", 7, 7],
    ["the larger of a root and a number", "max(sqrt(n), 3)", 10, 4],
    ["at least one vote, whatever the formula says", "n - 5", 3, 1],
  ])("%s", (_, text, n, votes) => {
    expect(formula(text).needed(n)).toBe(votes);
  });
});

describe("refuses", () => {
  test.each([
    ["nothing", "", "ends too early"],
    ["a decimal point", "n * 0.5", 'the sign "." has no meaning'],
    ["a name that it does not know", "process", '"process" is neither a number nor n'],
    ["names that every object has", "constructor(n)", '"constructor" is neither'],
    ["code", "n;n", 'the sign ";"'],
    ["text", '"n"', "has no meaning"],
    ["a power", "n ** 2", '"*" is neither'],
    ["a missing parenthesis", "sqrt(n", '")" is missing before the end'],
    ["one parenthesis too many", "n)", '")" is not expected here'],
    ["two numbers without a sign", "2 n", '"n" is not expected here'],
    ["a sign without a number", "2 *", "ends too early"],
    ["a sign in front", "-n", '"-" is neither'],
    ["a number that is too large", "1000001", "no number from 0 to 1000000"],
    ["a number with leading zeros", "007", "no number"],
    ["a number of a thousand digits", "9".repeat(1000), "has 1000 characters, 80 are the most"],
    ["a root in a sum", "sqrt(n) + 1", "a root is rounded before"],
    ["a root that is taken away", "n - min(5, sqrt(n))", "a root is rounded before"],
    ["a root of a root", "sqrt(sqrt(n))", "not of a root"],
    ["too many values", "sqrt(n, 2)", "sqrt takes 1 values, not 2"],
    ["too few values", "max(n)", "max takes 2 to 4 values, not 1"],
    ["a bomb of parentheses", `${"(".repeat(30)}n${")".repeat(30)}`, "more than 8 deep"],
    ["a division by 0", "n / 0", "for 1 voter the formula divides by 0"],
    ["a division by 0 at one size only", "100 / (n - 7)", "for 7 voters the formula divides by 0"],
    ["a root below 0", "sqrt(n - 5)", "for 1 voter the formula takes the root of a number below 0"],
    ["more votes than anybody could give", "n * 1000000", "the formula asks for"],
  ])("%s", (_, text, words) => {
    expect(() => formula(text)).toThrow(FormulaError);
    expect(() => formula(text)).toThrow(words);
  });

  test("a number of voters that it was not tried for", () => {
    expect(() => formula("n").needed(votersMax + 1)).toThrow(RangeError);
  });
});

describe("exact numbers", () => {
  const small = fc.integer({ min: -60, max: 60 });
  const surd = fc
    .tuple(small, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 90 }))
    .map(([num, den, root]) => ({
      exact: divide(multiply(whole(num), squareRoot(whole(root))!), whole(den))!,
      float: (num * Math.sqrt(root)) / den,
    }));

  test("compare as the numbers that they stand for", () => {
    fc.assert(
      fc.property(surd, surd, (a, b) => {
        if (Math.abs(a.float - b.float) > 1e-9) {
          expect(Math.sign(compare(a.exact, b.exact))).toBe(Math.sign(a.float - b.float));
        }
        expect(compare(a.exact, a.exact)).toBe(0);
      }),
    );
  });

  test("round to the nearest whole number below and above", () => {
    fc.assert(
      fc.property(surd, ({ exact, float }) => {
        expect(compare(whole(floor(exact)), exact)).toBeLessThanOrEqual(0);
        expect(compare(whole(ceiling(exact)), exact)).toBeGreaterThanOrEqual(0);
        expect(Number(ceiling(exact) - floor(exact))).toBeLessThanOrEqual(1);
        expect(Math.abs(Number(floor(exact)) - float)).toBeLessThanOrEqual(1 + 1e-9);
        expect(floor(negate(exact))).toBe(-ceiling(exact));
      }),
    );
  });

  test("whatever is typed, it is read or refused with a sentence", () => {
    const typed = fc.array(
      fc.constantFrom("n", "1", "20", "+", "-", "*", "/", "(", ")", ",", "sqrt", "min", "ceil", " "),
      {
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(typed, (parts) => {
        try {
          parseFormula(parts.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(FormulaError);
        }
      }),
    );
  });
});
