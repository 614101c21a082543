/** How many votes a formula asks of `n` voters, exactly. */
import { type Expression, FormulaError, parseFormula } from "./grammar.ts";
import { add, ceiling, compare, divide, floor, multiply, negate, type Surd, squareRoot, whole } from "./surd.ts";

export interface Formula {
  readonly text: string;
  /** Votes that are needed of `n` voters: the value, rounded up, and at least 1. `n` from 0 to `votersMax`. */
  needed(n: number): number;
}

/** A community of more voters than this has to raise the limit: formulas are tried for each size up to it. */
export const votersMax = 1_000;

/** Throws a FormulaError for what cannot be read, or what has no value for some number of voters. */
export function formula(text: string): Formula {
  const expression = parseFormula(text);
  const needed = Array.from({ length: votersMax + 1 }, (_, n) => (n === 0 ? 1 : neededOf(expression, n)));
  return {
    text,
    needed(n) {
      const votes = needed[n];
      if (votes === undefined) throw new RangeError(`${n} voters: a formula answers for 0 to ${votersMax}`);
      return votes;
    },
  };
}

/** A fixed number, as a formula. */
export function constant(votes: number): Formula {
  return { text: String(votes), needed: () => votes };
}

function neededOf(expression: Expression, n: number): number {
  const votes = ceiling(evaluated(expression, n));
  if (votes > BigInt(votersMax) * 1_000n) throw new FormulaError(`for ${n} voters the formula asks for ${votes} votes`);
  return Math.max(1, Number(votes));
}

function evaluated(expression: Expression, n: number): Surd {
  switch (expression.op) {
    case "number":
      return whole(expression.value);
    case "n":
      return whole(n);
    case "+":
      return add(evaluated(expression.left, n), evaluated(expression.right, n));
    case "-":
      return add(evaluated(expression.left, n), negate(evaluated(expression.right, n)));
    case "*":
      return multiply(evaluated(expression.left, n), evaluated(expression.right, n));
    case "/":
      return divide(evaluated(expression.left, n), evaluated(expression.right, n)) ?? noValue(n, "divides by 0");
    default:
      return applied(
        expression.op,
        expression.of.map((part) => evaluated(part, n)),
        n,
      );
  }
}

function applied(op: "sqrt" | "ceil" | "floor" | "min" | "max", [first, ...others]: Surd[], n: number): Surd {
  if (!first) return noValue(n, `gives nothing to ${op}`);
  switch (op) {
    case "sqrt":
      return squareRoot(first) ?? noValue(n, "takes the root of a number below 0");
    case "ceil":
      return whole(ceiling(first));
    case "floor":
      return whole(floor(first));
    case "min":
      return others.reduce((least, next) => (compare(next, least) < 0 ? next : least), first);
    case "max":
      return others.reduce((most, next) => (compare(next, most) > 0 ? next : most), first);
  }
}

function noValue(n: number, what: string): never {
  throw new FormulaError(`for ${n} ${n === 1 ? "voter" : "voters"} the formula ${what}`);
}
